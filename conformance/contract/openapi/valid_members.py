"""The members of a schema that can be meant as written; a report for each of the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.contract.errors import closest
from conformance.text import clip

from .json_pointer import join
from .keywords import (
    ANNOTATIONS,
    AS_A_WHOLE,
    COUNTS,
    EXPECTED,
    GROUPS,
    MODIFIERS,
    OWN,
    RECURSION,
    STRUCTURE,
    WHOLE,
)

PARTS = frozenset({name for names in GROUPS.values() for name in names} | {"const"})
KNOWN = ANNOTATIONS | STRUCTURE | MODIFIERS | OWN | GROUPS.keys() | PARTS | WHOLE | {AS_A_WHOLE, RECURSION}

IGNORED = "it is ignored"

Report = Callable[[str, str, str], None]
"""Reports a defect: its pointer, the problem, and the reading."""


def valid_members(node: Mapping[str, Any], pointer: str, report: Report) -> dict[str, Any]:
    """Return the members of *node*, which is at *pointer*, that are keywords with a value that they can have."""
    found: dict[str, Any] = {}
    for key, value in node.items():
        problem = "" if key.startswith("x-") else _problem(key, value)
        if problem:
            report(pointer + join((key,)), problem, IGNORED)
        else:
            found[key] = int(value) if key in COUNTS else value  # JSON may have 3.0 for 3
    return found


def _problem(key: str, value: Any) -> str:
    if key not in KNOWN:
        near = closest(key, KNOWN)
        return f"{clip(key)} is not a keyword{f' (did you mean {near}?)' if near else ''}"
    if key in EXPECTED and not EXPECTED[key][0](value):
        return f"expected {EXPECTED[key][1]}, found {clip(repr(value))}"
    if key == "pattern" and not _is_linear(value):
        return f"the pattern {clip(value)} is invalid, or needs an engine without a limit of time"
    return ""


def _is_linear(pattern: str) -> bool:
    """Whether an engine that takes linear time can run *pattern*."""
    from jsonschema_rs import Draft202012Validator, RegexOptions

    try:
        Draft202012Validator({"pattern": pattern}, pattern_options=RegexOptions())
    except ValueError:
        return False
    return True
