"""Equality of JSON values, which differs from that of Python values."""

from __future__ import annotations

from typing import Any

ARRAY = (list, tuple)


def json_equal(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON: 1 is 1.0, and true is not 1 (JSON Schema 2020-12, Core, section 4.2.2)."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, ARRAY) and isinstance(other, ARRAY):
        return len(one) == len(other) and all(map(json_equal, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(json_equal(value, other[key]) for key, value in one.items())
    return bool(one == other)
