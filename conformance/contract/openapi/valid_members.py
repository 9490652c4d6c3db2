"""The members of a schema that are valid. Each of the others is reported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.contract.errors import closest_name
from conformance.text import clip

from .json_pointer import join_pointer
from .json_schema import compiled_schema
from .keywords import (
    ANNOTATIONS,
    COUNTS,
    DYNAMIC,
    EXPECTED,
    GROUPS,
    IDENTIFIERS,
    MODIFIERS,
    OWN,
    STRUCTURE,
    UNEVALUATED,
)

PARTS = frozenset({name for names in GROUPS.values() for name in names} | {"const"})
NAMES = IDENTIFIERS | DYNAMIC
KNOWN = ANNOTATIONS | STRUCTURE | MODIFIERS | OWN | GROUPS.keys() | PARTS | frozenset(UNEVALUATED) | NAMES

BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")

IGNORED = "the suite ignores it"

Report = Callable[[str, str, str], None]
"""Reports a defect: its pointer, the problem, and the reading."""


def valid_members(node: Mapping[str, Any], pointer: str, report: Report) -> dict[str, Any]:
    """Return the members of *node*, which is at *pointer*, that are keywords with a value that they can have."""
    found: dict[str, Any] = {}
    for key, value in node.items():
        problem = "" if key.startswith("x-") else _problem(key, value)
        if problem:
            report(pointer + join_pointer((key,)), problem, IGNORED)
        else:
            is_whole = key in (*COUNTS, *BOUNDS) and isinstance(value, float) and value.is_integer()
            found[key] = int(value) if is_whole else value  # JSON may have 3.0 for 3
    return found


def _problem(key: str, value: Any) -> str:
    if key not in KNOWN:
        near = closest_name(key, KNOWN)
        return f"{clip(key)} is not a keyword{f' (did you mean {near}?)' if near else ''}"
    if key in EXPECTED and not EXPECTED[key][0](value):
        return f"expected {EXPECTED[key][1]}, found {clip(repr(value))}"
    if key == "pattern" and not _is_linear(value):
        return f"the pattern {clip(value)} is invalid, or cannot be matched in limited time"
    return ""


def _is_linear(pattern: str) -> bool:
    """Whether an engine that takes linear time can run *pattern*."""
    try:
        compiled_schema({"pattern": pattern})
    except ValueError:
        return False
    return True
