"""The forms that a report can be written in."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

Document = Mapping[str, Any]


def _json(document: Document) -> str:
    return json.dumps(document, indent=1) + "\n"


def _html(document: Document) -> str:
    from .html import html

    return html(document)


def _markdown(document: Document) -> str:
    from .markdown import markdown

    return markdown(document)


def _junit(document: Document) -> str:
    from .junit import junit

    return junit(document)


def _badge(document: Document) -> str:
    from .badge import badge

    return json.dumps(badge(document)) + "\n"


FORMATS: Mapping[str, Callable[[Document], str]] = {
    "json": _json,
    "html": _html,
    "markdown": _markdown,
    "badge": _badge,
    "junitxml": _junit,
}
"""By the key of the option that asks for it."""
