"""The members of a response around its vectors: what the contract requires, and what clients of OpenAI expect."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from conformance.contract import Contract, Schema
from conformance.contract.examples import example

NO_SCHEMA = Schema("", "", "", {})


@dataclass(frozen=True)
class ResponseShape:
    """Members of the body, of each item and of ``usage``, without those that depend on the request.

    ``names`` are the members that depend on the request and that the contract allows.
    """

    body: Mapping[str, Any]
    item: Mapping[str, Any]
    usage: Mapping[str, Any]
    names: frozenset[str]


def response_shape(contract: Contract) -> ResponseShape:
    """The shape of the responses of *contract*."""
    body = contract.response
    items = _child(body, "data").items or NO_SCHEMA
    usage = _child(body, "usage")
    names = {name for name in ("model", "usage") if _allows(body, name)}
    names |= {name for name in ("prompt_tokens", "total_tokens") if _allows(usage, name)}
    names |= {name for name in ("index",) if _allows(items, name)}
    return ResponseShape(
        _members(body, {"object": "list"}, {"data", "model", "usage"}),
        _members(items, {"object": "embedding"}, {"index", "embedding"}),
        _members(usage, {}, {"prompt_tokens", "total_tokens"}, zero=True),
        frozenset(names),
    )


def _members(
    node: Schema, usual: Mapping[str, Any], computed: set[str], *, zero: bool = False
) -> dict[str, Any]:
    """The *usual* members that *node* allows, and examples of the others that it requires."""
    found = {name: _usual(node, name, value) for name, value in usual.items() if _allows(node, name)}
    for name in node.required:
        if name not in found and name not in computed:
            child = _child(node, name)
            is_count = zero and child.type in ("integer", "number") and not child.node.get("minimum")
            found[name] = 0 if is_count else example(child)
    return found


def _usual(node: Schema, name: str, value: Any) -> Any:
    """*value*, or the first one of an enumeration without it."""
    allowed = _child(node, name).node.get("enum", [value])
    return value if value in allowed else allowed[0]


def _allows(node: Schema, name: str) -> bool:
    return name in node.properties or not node.closed


def _child(node: Schema, name: str) -> Schema:
    forms = (node, *node.branches)
    return next((form.properties[name] for form in forms if name in form.properties), NO_SCHEMA)
