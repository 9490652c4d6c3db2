"""The responses that can show whether a requirement is met: those with the value that the requirement is about.

A response without ``data`` has no indices to judge, and a response that is not JSON has nothing to judge. If no
response can be judged, the requirement must not pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from conformance.contract import Contract, Schema
from conformance.contract.role_search import is_optional, vector_nodes
from conformance.contract.roles import ITEM, RESPONSE, Roles, known_roles
from conformance.validation import MISSING
from conformance.validation.semantic_rules import ENCODINGS, count_inputs

PLAIN_WORD = re.compile("[a-z]{3}", re.IGNORECASE)

Place = tuple[str, ...]
"""The names of properties on the path from the root of a response.

EACH stands for any item of an array, OBJECT for the value itself if it is an object.
"""

Payload = Any

EACH = "*"
OBJECT = "{}"

RELATIONS: Mapping[str, tuple[str, ...]] = {
    "response.count": ("vectors",),
    "response.index": ("index",),
    "response.encoding": ("vector",),
    "response.base64": ("vector",),
    "response.dimensions": ("vector",),
    "response.length": ("vector",),
    "response.not-empty": ("vector",),
    "response.finite": ("vector",),
    "response.order": ("index",),
    "response.not-zero": ("vector",),
    "response.model.named": ("response-model",),
    "response.model.same": ("response-model",),
    "response.usage.counted": ("prompt-tokens",),
    "response.usage.not-negative": ("prompt-tokens", "total-tokens"),
    "response.usage.total": ("prompt-tokens", "total-tokens"),
}
"""The roles of the places of the requirements that do not come from a schema keyword."""


def places_of(contract: Contract) -> Mapping[str, tuple[Place, ...]]:
    """The places that each requirement is about; a requirement that is missing here is about the whole response."""
    of_roles = places_of_roles(contract.roles)
    relations = {id: tuple(p for role in roles for p in of_roles[role]) for id, roles in RELATIONS.items()}
    return {**dict(_places(contract.response, ())), **relations}


def places_of_roles(roles: Roles) -> Mapping[str, Sequence[Place]]:
    """The places of each role in responses, in all their forms."""
    lists = [] if roles.vectors is None else [roles.vectors, *roles.other_vectors]
    items: list[Place] = [()] if roles.has_one_vector else [(*path, EACH) for path in lists]
    starts: Mapping[str, Sequence[Place]] = {RESPONSE: [()], ITEM: items}
    found: dict[str, Sequence[Place]] = {"vectors": lists}
    for role in known_roles().values():
        path = getattr(roles, role.attribute)
        if role.part in starts and role.name not in found:
            found[role.name] = [] if path is None else [(*start, *path) for start in starts[role.part]]
    return found


def optional_ids(contract: Contract) -> frozenset[str]:
    """The requirements on properties of responses that the contract does not require, and on what is in them.

    A property of one of several forms of an object is not required, and neither is an alternative that is a list.
    """
    roles = contract.roles
    optional = {
        role.name
        for role in known_roles().values()
        if role.part == RESPONSE and role.name != "vectors"
        if is_optional(contract.response, getattr(roles, role.attribute) or ())
    }
    optional |= {"index"} if roles.index_may_be_absent else set()
    relations = (id for id, names in RELATIONS.items() if optional >= {*names})
    vectors = frozenset(
        node.pointer for node in vector_nodes(contract.response, roles) if contract.has_arrays_of_numbers
    )
    return frozenset((*_optional(contract.response, False, vectors), *relations))


def _optional(node: Schema, optional: bool, vectors: frozenset[str]) -> Iterator[str]:
    """The ids in *node*; *vectors* are the pointers of vectors, whose alternatives the requests can show."""
    if optional:
        yield from (node.id_of(keyword) for keyword in (*node.keywords(), "null"))
        yield from (f"{node.name}.{name}.required" for name in node.required)
    for name, child in node.properties.items():
        yield from _optional(child, optional or name not in node.required, vectors)
    if node.items is not None:
        yield from _optional(node.items, optional, vectors)
    for branch in node.branches:
        is_list = branch.items is not None and node.pointer not in vectors
        yield from _optional(branch, optional or bool(branch.properties) or is_list, vectors)


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
    roles, default = contract.roles, contract.default_encoding

    def requests_encoding(encoding: str) -> Callable[[Payload], bool]:
        return lambda request: roles.encoding_of(request, default) == encoding

    return {
        **{id: requests_encoding(encoding) for id, encoding in _encodings(contract).items()},
        "response.dimensions": lambda request: roles.dimensions_of(request) is not None,
        "response.not-zero": lambda request: _is_plain(roles.texts_of(request)),
        "response.length": lambda request: _is_batch(roles.texts_of(request)),
        "response.order": lambda request: _is_batch(roles.texts_of(request)),
    }


def encodings_shown(contract: Contract) -> Mapping[str, tuple[type, ...]]:
    """The Python types of a vector that can show a requirement on one encoding, by the id of the requirement."""
    return {id: ENCODINGS[encoding][0] for id, encoding in _encodings(contract).items()}


def _encodings(contract: Contract) -> Mapping[str, str]:
    """The encoding of the vectors that each requirement on one encoding is about, by its id."""
    vectors = places_of_roles(contract.roles)["vector"]
    of_branches = {
        branch.id_of("type"): encoding
        for place, alternatives in _alternatives(contract.response, ())
        for branch in alternatives.branches
        for encoding, (kinds, _) in ENCODINGS.items()
        if place in vectors and (list in kinds) == (branch.type == "array")
    }
    return {**of_branches, "response.base64": "base64"}


def required_on_the_way(contract: Contract) -> Mapping[str, Sequence[str]]:
    """By the id of each requirement on a value: the requirements that this value and those around it are present."""
    names = dict(_required(contract.response, ()))
    found: dict[str, Sequence[str]] = {}
    for id, places in places_of(contract).items():
        ways = [place[:end] for place in places for end in range(1, len(place) + 1)]
        found[id] = [names[way] for way in dict.fromkeys(ways) if way in names and names[way] != id]
    return found


def _required(node: Schema, place: Place) -> Iterator[tuple[Place, str]]:
    """The places of the required properties in *node*, and the ids of their requirements."""
    for name in node.required:
        yield (*place, name), f"{node.name}.{name}.required"
    for name, child in node.properties.items():
        yield from _required(child, (*place, name))
    if node.items is not None:
        yield from _required(node.items, (*place, EACH))
    for branch in node.branches:
        yield from _required(branch, place)


def _is_batch(value: object) -> bool:
    return (count_inputs(value) or 0) > 1


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
