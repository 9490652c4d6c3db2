"""How an overlay's value is merged into a document's (OpenAPI Overlay 1.1.0, Action Object)."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from typing import Any

from conformance.contract.openapi.json_pointer import escape

from .jsonpath import Location


class MergeError(ValueError):
    """Two values that the Overlay specification does not merge; the sentence says which."""


def update(document: Any, places: Sequence[Location], value: Any) -> bool:
    """Merge `value` into the values at `places`, in place, and say whether anything changed.

    Objects are merged member by member; an array is concatenated with an array, anything else is appended to
    it; a primitive value is replaced. Raises MergeError for other combinations, and when the places hold
    values of different kinds.
    """
    kinds = sorted({kind(value_at(document, place)) for place in places})
    if len(kinds) > 1:
        raise MergeError(f"expected a target that selects values of one kind, found {' and '.join(kinds)}")
    changed = False
    for place in places:
        target = value_at(document, place)
        added = [value] if isinstance(target, list) and not isinstance(value, list) else value
        merged, differs = _merged(target, added, "")
        if place:
            value_at(document, place[:-1])[place[-1]] = merged
        changed |= differs
    return changed


def remove(document: Any, places: Sequence[Location]) -> bool:
    """Take the values at `places` out of what holds them, and say whether there were any.

    Raises MergeError for the root, which nothing holds.
    """
    if () in places:
        raise MergeError("the root of the document cannot be removed")
    holders: dict[int, tuple[Any, set[str | int]]] = {}
    for place in places:
        holder = value_at(document, place[:-1])
        holders.setdefault(id(holder), (holder, set()))[1].add(place[-1])
    for holder, keys in holders.values():
        if isinstance(holder, list):  # all at once: each removal would shift the indices behind it
            holder[:] = [item for index, item in enumerate(holder) if index not in keys]
        else:
            for key in keys:
                del holder[key]
    return bool(places)


def value_at(document: Any, place: Location) -> Any:
    """The value at a place that a query selected."""
    for key in place:
        document = document[key]
    return document


def kind(value: Any) -> str:
    """`object`, `array` or `primitive`: what the Overlay specification tells apart."""
    return "object" if isinstance(value, dict) else "array" if isinstance(value, list) else "primitive"


def _merged(target: Any, value: Any, pointer: str) -> tuple[Any, bool]:
    if kind(target) != kind(value):
        raise MergeError(f"cannot merge {kind(value)} {pointer or 'as a whole'} into {kind(target)}")
    if isinstance(target, dict):
        return target, _merge_members(target, value, pointer)
    if isinstance(target, list):
        target.extend(deepcopy(value))
        return target, bool(value)
    return value, type(target) is not type(value) or target != value  # True is not 1 here


def _merge_members(target: dict[str, Any], value: dict[str, Any], pointer: str) -> bool:
    changed = False
    for key, member in value.items():
        if key in target:
            target[key], differs = _merged(target[key], member, f"{pointer}/{escape(key)}")
        else:
            target[key], differs = deepcopy(member), True
        changed |= differs
    return changed
