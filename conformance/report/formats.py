"""The forms that a report can be written in, and writing them."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import NamedTemporaryFile
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


def write_text(file: Path, text: str) -> None:
    """Write *text* to *file* and the folders above it: all of it or, where that fails, none. Raises OSError."""
    data = text.encode("utf-8", "backslashreplace")
    if file.exists() and not file.is_file():  # a pipe or a device can not be put in the place of another file
        file.write_bytes(data)
        return
    place = file.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=place.parent, prefix=f".{place.name}.", delete=False) as draft:
        try:
            draft.write(data)
            draft.close()
            Path(draft.name).chmod(place.stat().st_mode if place.exists() else 0o666 & ~_umask())
            Path(draft.name).replace(place)
        except BaseException:
            draft.close()
            Path(draft.name).unlink(missing_ok=True)
            raise


def _umask() -> int:
    """The process's file mode creation mask, which can only be read by setting it."""
    os.umask(mask := os.umask(0o077))
    return mask
