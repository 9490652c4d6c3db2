"""Find the request's properties that have a role. Find its texts too, which may be nested below a property."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .errors import ContractError, closest_name, listed_names
from .example_values import example_value
from .openapi.json_pointer import split_pointer
from .role_kinds import CERTAINLY, KINDS, Fit, forms_of
from .roles import Role, known_roles
from .schema import Schema
from .texts_place import EACH, WHOLE, Steps, TextsPlace

MAX_STEPS = 6
"""Names and lists on the way to the texts."""


class UnusableRole(ContractError):
    """A profile gives a role to a property that the contract does not have, or whose schema does not fit."""

    def __init__(self, role: str, name: str, problem: str, known: Collection[str]) -> None:
        near = closest_name(name, known)
        hint = f"did you mean {near!r}?" if near else f"use one of {listed_names(known) or 'none'}"
        super().__init__(f"x-conformance: roles: {role}: {problem}; {hint}")


def find_texts(request: Schema, given: Mapping[str, str | None]) -> tuple[str | None, TextsPlace | None]:
    """The property of a *request* that has the texts, or WHOLE, and their place in it if they are deeper.

    Raises UnusableRole.
    """
    role = known_roles()["texts"]
    forms = [form for form in forms_of(request) if form.properties]
    name = given.get(role.name)
    if name is not None and name.startswith("/"):
        return _given_place(role, request, name)
    if role.name in given:
        properties = {name: node for form in forms for name, node in form.properties.items()}
        return find_property(role, properties, given), None
    at_top = (named_property(role, form.properties) for form in forms)
    only = (only_property(role, form.properties) for form in forms)
    found = next(filter(None, (*at_top, *only)), None)
    return (found, None) if found is not None else _deeper(role, request)


def find_property(
    role: Role, properties: Mapping[str, Schema], given: Mapping[str, str | None]
) -> str | None:
    """The property with *role*: the given one, the first that has one of its names, or the only one of its kind.

    Raises UnusableRole.
    """
    if role.name not in given:
        return named_property(role, properties) or only_property(role, properties)
    name = given[role.name]
    if name is not None and name not in properties:
        raise UnusableRole(role.name, name, f"the {role.part} has no property {name!r}", properties)
    return name


def named_property(role: Role, properties: Mapping[str, Schema]) -> str | None:
    """The first of the names of *role* that is a property of its kind."""
    fits = KINDS[role.kind]
    return next((n for n in role.names if n in properties and fits(properties[n]) > Fit.NO), None)


def only_property(role: Role, properties: Mapping[str, Schema]) -> str | None:
    """The only property that is certainly of the kind."""
    found = (
        [name for name, node in properties.items() if CERTAINLY[role.kind](node) == Fit.CERTAIN]
        if role.alone
        else []
    )
    return found[0] if len(found) == 1 else None


@dataclass(frozen=True, slots=True)
class Deep:
    """A schema below the properties of a request: its path, and whether all on the way is required."""

    path: Steps
    node: Schema
    is_required: bool = True


def _deeper(role: Role, request: Schema) -> tuple[str | None, TextsPlace | None]:
    """The best place below the properties of *request*: required, with the best name, near the root."""

    def has_texts(place: Deep) -> bool:
        is_item = place.path[-1] == EACH
        is_named = len(place.path) > 1 and place.path[-1] in role.names
        return (place.path == (EACH,) if is_item else is_named) and KINDS[role.kind](
            place.node
        ) == Fit.CERTAIN

    found = [place for place in _below(Deep((), request)) if place.path and has_texts(place)]
    if not found:
        return None, None
    rank = {name: number for number, name in enumerate(role.names)}
    best = min(found, key=lambda one: (not one.is_required, len(one.path), rank.get(one.path[-1], -1)))
    return _place(role, request, best.path)


def _given_place(role: Role, request: Schema, pointer: str) -> tuple[str | None, TextsPlace | None]:
    path = tuple(split_pointer(pointer))
    known = {"/" + "/".join(place.path): place for place in _below(Deep((), request)) if place.path}
    if not any(place.path == path for place in known.values()):
        raise UnusableRole(role.name, pointer, f"the request has nothing at {pointer!r}", known)
    return (path[0], None) if len(path) == 1 and path[0] != EACH else _place(role, request, path)


def _place(role: Role, request: Schema, path: Steps) -> tuple[str, TextsPlace]:
    is_whole = path[0] == EACH
    name, inside = (WHOLE, path) if is_whole else (path[0], path[1:])
    before = path[: path.index(EACH)] if EACH in path else ()
    is_batch = EACH in path and (not before or before[-1] not in role.parts)
    template = json.dumps(_template(request, path))
    if not is_whole:
        template = json.dumps(json.loads(template)[name])
    return name, TextsPlace(inside, is_batch, template)


def _template(node: Schema, path: Steps) -> Any:
    """An example of *node* that has something at *path*."""
    if not path:
        return example_value(node)
    step, rest = path[0], path[1:]
    if step == EACH:
        items = next(
            form.items for form in forms_of(node) if form.items is not None and _has(form.items, rest)
        )
        return [_template(items, rest)]
    form = next(f for f in forms_of(node) if step in f.properties and _has(f.properties[step], rest))
    base = example_value(form)
    return {**(base if isinstance(base, dict) else {}), step: _template(form.properties[step], rest)}


def _has(node: Schema, path: Steps) -> bool:
    return next(texts_nodes(node, path), None) is not None


def texts_nodes(node: Schema, path: Steps) -> Iterator[Schema]:
    """The schemas at *path* of *node*, in each of its alternatives."""
    if not path:
        yield node
        return
    for form in forms_of(node):
        child = form.items if path[0] == EACH else form.properties.get(path[0])
        if child is not None:
            yield from texts_nodes(child, path[1:])


def _below(place: Deep) -> Iterator[Deep]:
    yield place
    if len(place.path) == MAX_STEPS:
        return
    for form in forms_of(place.node):
        for name, child in form.properties.items():
            required = place.is_required and name in form.required
            yield from _below(Deep((*place.path, name), child, required))
        if form.items is not None:
            yield from _below(replace(place, path=(*place.path, EACH), node=form.items))
