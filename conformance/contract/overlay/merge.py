"""Merge an overlay's value into a document (OpenAPI Overlay 1.1.0, Action Object)."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from conformance.contract.openapi.json_pointer import escape_token

from .jsonpath import Location


class MergeError(ValueError):
    """Two values that the Overlay specification does not merge; the message names them."""


def update_values(document: Any, locations: Sequence[Location], value: Any) -> bool:
    """Merge `value` into the values at `locations`, in place; return whether the document changed.

    Objects are merged member by member. An array is concatenated with an array; any other value is appended to it. A
    primitive value is replaced. Raises MergeError for other combinations, and if the locations have values of
    different kinds.
    """
    kinds = sorted({value_kind(value_at(document, location)) for location in locations})
    if len(kinds) > 1:
        raise MergeError(f"the target must select values of one kind, but it selects {' and '.join(kinds)}")
    changed = False
    for location in locations:
        target = value_at(document, location)
        added = [value] if isinstance(target, list) and not isinstance(value, list) else value
        merged, differs = _merged(target, added, "")
        if location:
            value_at(document, location[:-1])[location[-1]] = merged
        changed |= differs
    return changed


def remove_values(document: Any, locations: Sequence[Location]) -> bool:
    """Remove the values at `locations`; return whether there were any.

    Raises MergeError for the root of the document, which is not inside another value.
    """
    if () in locations:
        raise MergeError("the root of the document cannot be removed")
    parents: dict[int, tuple[Any, set[str | int]]] = {}
    for location in locations:
        parent = value_at(document, location[:-1])
        parents.setdefault(id(parent), (parent, set()))[1].add(location[-1])
    for parent, keys in parents.values():
        if isinstance(parent, list):  # all at once: each removal would shift the following indices
            parent[:] = [item for index, item in enumerate(parent) if index not in keys]
        else:
            for key in keys:
                del parent[key]
    return bool(locations)


def value_at(document: Any, location: Location) -> Any:
    """Return the value at a location that a query selected."""
    for key in location:
        document = document[key]
    return document


def value_kind(value: Any) -> str:
    """Return `object`, `array` or `primitive`: the kinds of values in the Overlay specification."""
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "primitive"


def _merged(target: Any, value: Any, pointer: str) -> tuple[Any, bool]:
    if value_kind(target) != value_kind(value):
        raise MergeError(
            f"cannot merge {value_kind(value)} {pointer or 'as a whole'} into {value_kind(target)}"
        )
    if isinstance(target, dict):
        return target, _merge_members(target, value, pointer)
    if isinstance(target, list):
        target.extend(deepcopy(value))
        return target, bool(value)
    return value, type(target) is not type(value) or target != value  # True and 1 are different JSON values


def _merge_members(target: dict[str, Any], value: dict[str, Any], pointer: str) -> bool:
    changed = False
    for key, member in value.items():
        if key in target:
            target[key], differs = _merged(target[key], member, f"{pointer}/{escape_token(key)}")
        else:
            target[key], differs = deepcopy(member), True
        changed |= differs
    return changed
