"""For each part of the request schema: a valid request with a value for this part, and where this value is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from conformance.contract import Contract, Schema
from conformance.validation.request import request_validator

from .base import base_payload
from .schema_values import SchemaValues, raw_schema

Insert = Callable[[Any], Any]
"""Builds a request that has a value at one place."""


@dataclass(frozen=True)
class Place:
    """The place of the values of ``node``: a request with ``usual`` there is valid.

    ``is_sent`` is False in forms of a request without texts: a target may not support them. ``instead`` is the id of
    the anyOf around ``node``, whose requirement is about all its alternatives; an empty string outside of anyOf.
    """

    node: Schema
    insert: Insert
    usual: Any
    is_sent: bool = True
    instead: str = ""


def request_places(contract: Contract, model: str | None, values: SchemaValues) -> Iterator[Place]:
    """Yield a place for each schema of the request that a valid request can reach."""
    yield from _Walk(contract, values).all(contract, base_payload(contract, model))


class _Walk:
    def __init__(self, contract: Contract, values: SchemaValues) -> None:
        self._values = values
        self._accepts = request_validator(contract).accepts

    def all(self, contract: Contract, base: Any) -> Iterator[Place]:
        request = contract.request
        if not self._accepts(base):
            return
        if contract.form is request:
            yield from self._below(Place(request, _itself, base))
            return
        around = Place(request, _itself, base)
        yield around
        for branch in request.branches:
            if branch is contract.form:
                yield from self._below(replace(around, node=branch))
            else:
                yield from self._of(branch, replace(around, is_sent=False))

    def _of(self, node: Schema, around: Place) -> Iterator[Place]:
        """The place of *node* where *around* inserts values, and all places below it, if a valid request has one."""
        usual = [value for value in self._values.valid(node) if self._accepts(around.insert(value))]
        if usual:
            yield from self._below(replace(around, node=node, usual=usual[0]))

    def _below(self, place: Place) -> Iterator[Place]:
        yield place
        node = place.node
        for name, child in node.properties.items():
            yield from self._member(place, name, child)
        if node.items is not None:
            yield from self._item(place, node.items)
        instead = place.instead or (node.id_of("anyOf") if "anyOf" in node.node else "")
        for branch in node.branches:
            yield from self._of(branch, replace(place, instead=instead))

    def _member(self, place: Place, name: str, child: Schema) -> Iterator[Place]:
        for value in self._objects(place, name):
            found = list(self._of(child, replace(place, insert=_member_of(place.insert, value, name))))
            if found:
                yield from found
                return

    def _objects(self, place: Place, name: str) -> Iterator[dict[str, Any]]:
        """Objects that may have the member *name*: the usual one first, generated ones last."""
        known = [place.usual, *self._values.valid(place.node)]
        yield from (value for value in known if isinstance(value, dict))
        raw = raw_schema(place.node)
        having = {**raw, "required": [*raw.get("required", ()), name]}
        generated = self._values.generated(having, place.node)
        yield from (value for value in generated if isinstance(value, dict))

    def _item(self, place: Place, item: Schema) -> Iterator[Place]:
        around = place.usual if isinstance(place.usual, list) else []
        for rest in ([], around[1:], around):
            found = list(self._of(item, replace(place, insert=_item_of(place.insert, rest))))
            if found:
                yield from found
                return


def _itself(value: Any) -> Any:
    return value


def _member_of(insert: Insert, around: dict[str, Any], name: str) -> Insert:
    return lambda value: insert({**around, name: value})


def _item_of(insert: Insert, rest: list[Any]) -> Insert:
    return lambda value: insert([value, *rest])
