"""A report as JSON text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def report_json(document: Mapping[str, Any]) -> str:
    """The report as ASCII: text that is not Unicode, such as a lone surrogate, can be written too."""
    return json.dumps(document, indent=1) + "\n"
