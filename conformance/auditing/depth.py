"""How deeply a value is nested."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.validation.json_syntax import MAX_DEPTH


def is_deep(value: Any) -> bool:
    """Whether *value* is nested more deeply than what judges it, which is recursive, can follow."""
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [child for one in level for child in _children(one) if isinstance(child, (dict, list))]
        if not level:
            return False
    return True


def _children(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
