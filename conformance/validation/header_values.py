"""The values that the text of a header can mean (OpenAPI 3.0.3, section "Style Values": ``simple``)."""

from __future__ import annotations

import re
from collections.abc import Sequence

INTEGER = re.compile(r"[+-]?[0-9]{1,300}")
NUMBER = re.compile(r"[+-]?[0-9]{1,300}(\.[0-9]{1,300})?([eE][+-]?[0-9]{1,4})?")
BOOLEANS = {"true": True, "false": False}


def header_readings(text: str) -> Sequence[object]:
    """The scalar values that *text* can mean, the text itself first."""
    text = text.strip(" \t")
    found: list[object] = [text]
    if INTEGER.fullmatch(text):
        found.append(int(text))
    elif NUMBER.fullmatch(text):
        found.append(float(text))
    elif text.lower() in BOOLEANS:
        found.append(BOOLEANS[text.lower()])
    elif text in ("", "null"):
        found.append(None)
    return found


def header_text(value: object) -> str:
    """The *value* as the text of a header: a scalar, or an array of scalars."""
    if isinstance(value, list):
        return ",".join(map(header_text, value))
    return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)
