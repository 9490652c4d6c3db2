"""The members of a response around its vectors: what the contract requires, and what clients of OpenAI expect."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from conformance.contract import Contract, Schema
from conformance.contract.example_values import example_value
from conformance.contract.role_kinds import forms_of
from conformance.contract.role_search import item_nodes
from conformance.contract.roles import Path, Roles

NO_SCHEMA = Schema("", "", "", {})

MARK = "the list of vectors"
"""The text that stands for the list while the rest of a response is written."""

KIND, LIST, EMBEDDING = "object", "list", "embedding"
"""The member with which an object of OpenAI names its kind, and its values."""


@dataclass(frozen=True, slots=True)
class Slot:
    """The place of a value that depends on the request, by its role."""

    role: str


@dataclass(frozen=True)
class ResponseShape:
    """The JSON of a response, and of an item of its list of vectors, with slots.

    ``has_list`` is whether the response has such a list. Without it, the only item may be its vector.
    """

    body: Any
    item: Any
    has_list: bool = True
    has_one_vector: bool = False

    @property
    def most_items(self) -> int:
        """The largest number of vectors in a response."""
        return sys.maxsize if self.has_list else int(self.has_one_vector)

    def around_list(self, model: str, tokens: int) -> tuple[bytes, bytes]:
        """The JSON before and after the items of the list of vectors, or the only vector."""
        counts = {"response_model": model, "prompt_tokens": tokens, "total_tokens": tokens}
        values = {"vectors": MARK, "vector": MARK, **counts}
        before, mark, after = orjson.dumps(_filled(self.body, values)).partition(orjson.dumps(MARK))
        opening, closing = (b"[", b"]") if self.has_list and mark else (b"", b"")
        return before + opening, closing + after

    def item_of(self, index: int, vector: Any) -> bytes:
        """The JSON of an item of the list."""
        return orjson.dumps(
            _filled(self.item, {"index": index, "vector": vector}), option=orjson.OPT_SERIALIZE_NUMPY
        )


def response_shape(contract: Contract) -> ResponseShape:
    """The shape of the responses of *contract*."""
    roles = contract.roles
    if roles.has_one_vector:
        slots = _slots(roles, "vector", "response_model", "prompt_tokens", "total_tokens")
        body = _with_slots(contract.response, slots, EMBEDDING)
        return ResponseShape(body, Slot("vector"), has_list=False, has_one_vector=True)
    return ResponseShape(
        _with_slots(
            contract.response,
            _slots(roles, "vectors", "response_model", "prompt_tokens", "total_tokens"),
            LIST,
        ),
        _with_slots(
            next(item_nodes(contract.response, roles), NO_SCHEMA), _slots(roles, "index", "vector"), EMBEDDING
        ),
        roles.vectors is not None,
    )


def _slots(roles: Roles, *names: str) -> dict[Path, Slot]:
    paths = {name: getattr(roles, name) for name in names}
    return {path: Slot(name) for name, path in paths.items() if path is not None}


def _with_slots(node: Schema, slots: Mapping[Path, Slot], kind: str = "", *, counts: bool = False) -> Any:
    """An example of *node* with *slots*: *kind* as what it is, what it requires, and the slots.

    With *counts*, it is an object of counts: the others are 0.
    """
    if () in slots:
        return slots[()]
    if not slots and not any(form.type in ("object", None) and not form.branches for form in forms_of(node)):
        return example_value(node)
    inside: dict[str, dict[Path, Slot]] = defaultdict(dict)
    for path, slot in slots.items():
        inside[path[0]][path[1:]] = slot
    form = _form_with(node, next(iter(inside), ""))
    found: dict[str, Any] = {}
    if kind and (KIND in form.properties or not form.properties):
        found[KIND] = _usual(form, KIND, kind)
    for name in form.required:
        if name not in found and name not in inside:
            child = form.properties.get(name, NO_SCHEMA)
            is_count = counts and child.type in ("integer", "number") and not child.node.get("minimum")
            found[name] = 0 if is_count else example_value(child)
    for name, rest in inside.items():
        has_counts = any(slot.role.endswith("_tokens") for slot in rest.values())
        found[name] = _with_slots(form.properties.get(name, NO_SCHEMA), rest, counts=has_counts)
    return found


def _form_with(node: Schema, name: str) -> Schema:
    """The first form of *node* that has the property *name*, or has any properties."""
    forms = list(forms_of(node))
    with_name = (form for form in forms if name in form.properties)
    return next(with_name, next((form for form in forms if form.properties), node))


def _usual(node: Schema, name: str, value: Any) -> Any:
    """*value*, or the first one of an enumeration without it."""
    allowed = node.properties.get(name, NO_SCHEMA).node.get("enum", [value])
    return value if value in allowed else allowed[0]


def _filled(value: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(value, Slot):
        return values[value.role]
    if isinstance(value, dict):
        return {name: _filled(child, values) for name, child in value.items()}
    return value
