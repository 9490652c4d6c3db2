"""The responses that a requirement can be judged on: those with a value at the place that it is about.

A response without ``data`` has no indices to judge, and a response that is not JSON has nothing to judge. If no
response can be judged, the requirement must not pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.contract import Contract, Schema
from conformance.validation import MISSING
from conformance.validation.semantic_rules import ENCODINGS, count_inputs

PLAIN_WORD = re.compile("[a-z]{3}", re.IGNORECASE)

Place = tuple[str, ...]
"""The names of properties on the path from the root of a response.

EACH stands for any item of an array, OBJECT for the value itself if it is an object.
"""

Payload = Mapping[str, Any]

EACH = "*"
OBJECT = "{}"

INDEX: Place = ("data", EACH, "index")
EMBEDDING: Place = ("data", EACH, "embedding")
PROMPT: Place = ("usage", "prompt_tokens")
TOTAL: Place = ("usage", "total_tokens")

RELATIONS: Mapping[str, tuple[Place, ...]] = {
    "response.count": (("data",),),
    "response.index": (INDEX,),
    "response.encoding": (EMBEDDING,),
    "response.base64": (EMBEDDING,),
    "response.dimensions": (EMBEDDING,),
    "response.length": (EMBEDDING,),
    "response.not-empty": (EMBEDDING,),
    "response.finite": (EMBEDDING,),
    "response.order": (INDEX,),
    "response.not-zero": (EMBEDDING,),
    "response.model.named": (("model",),),
    "response.model.same": (("model",),),
    "response.usage.counted": (PROMPT,),
    "response.usage.not-negative": (PROMPT, TOTAL),
    "response.usage.total": (PROMPT, TOTAL),
}
"""The places of the requirements that do not come from a schema keyword."""


def places_of(contract: Contract) -> Mapping[str, tuple[Place, ...]]:
    """The places that each requirement is about; a requirement that is missing here is about the whole response."""
    return {**dict(_places(contract.response, ())), **RELATIONS}


def optional_ids(contract: Contract) -> frozenset[str]:
    """The requirements on properties of responses that the contract does not require, and on what is in them."""
    return frozenset(_optional(contract.response, False))


def _optional(node: Schema, optional: bool) -> Iterator[str]:
    if optional:
        yield from (node.id_of(keyword) for keyword in (*node.keywords(), "null"))
        yield from (f"{node.name}.{name}.required" for name in node.required)
    for name, child in node.properties.items():
        yield from _optional(child, optional or name not in node.required)
    for inner in (*([] if node.items is None else [node.items]), *node.branches):
        yield from _optional(inner, optional)


def _places(node: Schema, place: Place) -> Iterator[tuple[str, tuple[Place, ...]]]:
    for keyword in node.keywords():
        if keyword != "required":
            yield node.id_of(keyword), (place,)
    for name in node.required:
        yield f"{node.name}.{name}.required", ((*place, OBJECT),)
    for name, child in node.properties.items():
        if child in node.non_nullable:
            yield child.id_of("null"), ((*place, name),)
    for name, child in node.properties.items():
        yield from _places(child, (*place, name))
    if node.items is not None:
        yield from _places(node.items, (*place, EACH))
    for branch in node.branches:
        yield from _places(branch, place)


def has_value_at(value: object, place: Place) -> bool:
    """Whether *value* has a value at *place*; *value* is MISSING if the response could not be parsed."""
    if not place:
        return value is not MISSING
    name, rest = place[0], place[1:]
    if name == OBJECT:
        return isinstance(value, dict)
    if name == EACH:
        return isinstance(value, list) and any(has_value_at(item, rest) for item in value)
    return isinstance(value, dict) and name in value and has_value_at(value[name], rest)


def request_conditions(contract: Contract) -> Mapping[str, Callable[[Payload], bool]]:
    """Conditions on requests, by the id of those requirements that not every request can show."""
    node = contract.form.properties.get("encoding_format")
    default = None if node is None else node.node.get("default")

    def requests_encoding(encoding: str) -> Callable[[Payload], bool]:
        return lambda request: request.get("encoding_format", default) == encoding

    by_encoding = {
        branch.id_of("type"): requests_encoding(encoding)
        for place, alternatives in _alternatives(contract.response, ())
        for branch in alternatives.branches
        for encoding, (kinds, _) in ENCODINGS.items()
        if place == EMBEDDING and (list in kinds) == (branch.type == "array")
    }
    return {
        **by_encoding,
        "response.base64": requests_encoding("base64"),
        "response.dimensions": lambda request: request.get("dimensions") is not None,
        "response.not-zero": lambda request: _is_plain(request.get("input")),
        "response.length": _is_batch,
        "response.order": _is_batch,
    }


def _is_batch(request: Payload) -> bool:
    return (count_inputs(request.get("input")) or 0) > 1


def _is_plain(value: object) -> bool:
    """Whether an input has a plain word, or tokens. A model of whole words may return zeros for other texts."""
    if isinstance(value, str):
        return PLAIN_WORD.search(value) is not None
    return not isinstance(value, list) or all(_is_plain(item) for item in value)


def reported_as(contract: Contract) -> Mapping[str, str]:
    """The violation to look for, by the id of those requirements that the validator never reports.

    A value whose type fits no branch of a oneOf violates the oneOf, not the type of a branch.
    """
    return {
        branch.id_of("type"): node.id_of("oneOf")
        for _, node in _alternatives(contract.response, ())
        for branch in node.branches
    }


def _alternatives(node: Schema, place: Place) -> Iterator[tuple[Place, Schema]]:
    """Yield the nodes with a oneOf, at *node* and below, with their places."""
    if "oneOf" in node.node:
        yield place, node
    for name, child in node.properties.items():
        yield from _alternatives(child, (*place, name))
    if node.items is not None:
        yield from _alternatives(node.items, (*place, EACH))
    for branch in node.branches:
        yield from _alternatives(branch, place)
