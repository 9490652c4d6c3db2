"""Which answers let a requirement show: those that have something at the place that it is about.

An answer without ``data`` says nothing about indices, and one that is no JSON says nothing at all. Where no answer lets
a requirement show, nobody may call it met.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.contract import Contract, Schema
from conformance.validation import MISSING
from conformance.validation.semantic_rules import ENCODINGS, inputs

PLAIN_WORD = re.compile("[a-z]{3}", re.IGNORECASE)

Place = tuple[str, ...]
"""Names of properties on the way from the root of an answer.

EACH stands for an array's items, OBJECT for the value itself where that is an object.
"""

Request = Mapping[str, Any]

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
"""The places of requirements that no schema keyword states."""


def places_of(contract: Contract) -> Mapping[str, tuple[Place, ...]]:
    """The places that each requirement on answers is about; a requirement that is not here is about all of them."""
    return {**dict(_places(contract.response, ())), **RELATIONS}


def _places(node: Schema, place: Place) -> Iterator[tuple[str, tuple[Place, ...]]]:
    for keyword in node.keywords():
        if keyword != "required":
            yield node.id_of(keyword), (place,)
    for name in node.required:
        yield f"{node.name}.{name}.required", ((*place, OBJECT),)
    for name, child in node.properties.items():
        if child in node.refused_null:
            yield child.id_of("null"), ((*place, name),)
    for name, child in node.properties.items():
        yield from _places(child, (*place, name))
    if node.items is not None:
        yield from _places(node.items, (*place, EACH))
    for branch in node.branches:
        yield from _places(branch, place)


def stands_at(value: object, place: Place) -> bool:
    """Whether *value*, which is MISSING where an answer could not be read, has anything at *place*."""
    if not place:
        return value is not MISSING
    name, rest = place[0], place[1:]
    if name == OBJECT:
        return isinstance(value, dict)
    if name == EACH:
        return isinstance(value, list) and any(stands_at(item, rest) for item in value)
    return isinstance(value, dict) and name in value and stands_at(value[name], rest)


def asked_by(contract: Contract) -> Mapping[str, Callable[[Request], bool]]:
    """Which requests let a requirement on their answers show, where not all do."""
    node = contract.request.properties.get("encoding_format")
    default = None if node is None else node.node.get("default")

    def asks_for(encoding: str) -> Callable[[Request], bool]:
        return lambda request: request.get("encoding_format", default) == encoding

    forms = {
        branch.id_of("type"): asks_for(encoding)
        for place, alternatives in _alternatives(contract.response, ())
        for branch in alternatives.branches
        for encoding, (kinds, _) in ENCODINGS.items()
        if place == EMBEDDING and (list in kinds) == (branch.type == "array")
    }
    return {
        **forms,
        "response.base64": asks_for("base64"),
        "response.dimensions": lambda request: request.get("dimensions") is not None,
        "response.not-zero": lambda request: _is_plain(request.get("input")),
        "response.length": _is_batch,
        "response.order": _is_batch,
    }


def _is_batch(request: Request) -> bool:
    return (inputs(request.get("input")) or 0) > 1


def _is_plain(value: object) -> bool:
    """Whether an input has a word that every model knows, or tokens; a model of words alone has nothing for others."""
    if isinstance(value, str):
        return PLAIN_WORD.search(value) is not None
    return not isinstance(value, list) or all(_is_plain(item) for item in value)


def stand_ins(contract: Contract) -> Mapping[str, str]:
    """What to look for in place of a requirement that nothing can violate by itself.

    The type of a oneOf's branch permits; what is of no branch's type violates the oneOf.
    """
    return {
        branch.id_of("type"): node.id_of("oneOf")
        for _, node in _alternatives(contract.response, ())
        for branch in node.branches
    }


def _alternatives(node: Schema, place: Place) -> Iterator[tuple[Place, Schema]]:
    """The nodes below *node* that have a oneOf, with their places."""
    if "oneOf" in node.node:
        yield place, node
    for name, child in node.properties.items():
        yield from _alternatives(child, (*place, name))
    if node.items is not None:
        yield from _alternatives(node.items, (*place, EACH))
    for branch in node.branches:
        yield from _alternatives(branch, place)
