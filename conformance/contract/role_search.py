"""Find the roles of a contract's properties, by their names and their schemas."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .openapi.json_pointer import split_pointer
from .role_kinds import KINDS, Fit, fits_vector, forms_of, is_open
from .roles import REQUEST, RESPONSE, Path, Role, Roles, known_roles
from .schema import Schema
from .texts_place import EACH, WHOLE
from .texts_search import UnusableRole, find_property, find_texts, texts_nodes

VECTORS = "vectors"

NOWHERE = "/x-no-such-property"
"""A pointer to nothing."""


@dataclass(frozen=True, slots=True)
class Place:
    """A schema and its path."""

    path: Path
    node: Schema


def find_roles(request: Schema, response: Schema, given: Mapping[str, str | None] | None = None) -> Roles:
    """The roles in the schemas of *request* and *response*; *given* are those that a profile sets. Raises UnusableRole.

    The value of a given role is the name of a property, for a response also a JSON pointer to it, or None.
    """
    given = given or {}
    known = known_roles()
    texts, place = find_texts(request, given)
    form = request_form(request, texts)
    found: dict[str, Any] = {"texts": texts, "texts_place": place}
    for role in known.values():
        if role.part == REQUEST and role.name != "texts":
            taken = {name for name in found.values() if isinstance(name, str)}
            properties = {name: node for name, node in form.properties.items() if name not in taken}
            found[role.attribute] = find_property(role, properties, given)
    in_response = _in_response(response, given)
    if place is not None and in_response.has_one_vector:
        found["texts_place"] = replace(place, is_batch=False)
    return replace(in_response, **found)


def request_form(request: Schema, texts: str | None) -> Schema:
    """The form of a *request* that has the property *texts*, or else any properties; or the request itself."""
    forms = [form for form in forms_of(request) if form.properties]
    return next((form for form in forms if texts in form.properties), next(iter(forms), request))


def nodes_of_texts(form: Schema, roles: Roles) -> tuple[Schema, ...]:
    """The schemas of the texts of a request of this *form*; for a batch of objects, that of the list."""
    place = roles.texts_place
    start = form if roles.texts == WHOLE else form.properties.get(roles.texts or "")
    if start is None or place is None:
        return () if start is None else (start,)
    path = place.path[: place.path.index(EACH)] if place.is_batch else place.path
    return tuple(texts_nodes(start, path))


def nodes_at(node: Schema, path: Path) -> Iterator[Schema]:
    """The schemas at *path* of *node*, in each of its alternatives."""
    if not path:
        yield node
        return
    for form in forms_of(node):
        if path[0] in form.properties:
            yield from nodes_at(form.properties[path[0]], path[1:])


def is_optional(node: Schema, path: Path) -> bool:
    """Whether a value of *node* may have nothing at *path*."""
    if not path:
        return False
    forms = [form for form in forms_of(node) if path[0] in form.properties]
    return not forms or any(
        path[0] not in form.required or is_optional(form.properties[path[0]], path[1:]) for form in forms
    )


def vector_nodes(response: Schema, roles: Roles) -> Iterator[Schema]:
    """The schemas of one vector in a *response*."""
    for item in item_nodes(response, roles):
        yield from nodes_at(item, roles.vector or ())


def item_nodes(response: Schema, roles: Roles) -> Iterator[Schema]:
    """The schemas of an item of the list of vectors in a *response*; the response itself if it has only one vector."""
    if roles.has_one_vector:
        yield response
    for path in () if roles.vectors is None else (roles.vectors, *roles.other_vectors):
        for node in nodes_at(response, path):
            yield from (form.items for form in forms_of(node) if form.items is not None)


def pointers_of(form: Schema, response: Schema, roles: Roles) -> dict[str, str]:
    """The pointer of the schema of each role, by the role's name; NOWHERE if the contract does not describe it.

    ``usage`` is that of the object with the prompt tokens.
    """
    found = dict.fromkeys(known_roles(), NOWHERE)
    items = list(item_nodes(response, roles))
    for role in known_roles().values():
        name = getattr(roles, role.attribute)
        if name is not None:
            starts = {REQUEST: [form], RESPONSE: [response]}.get(role.part, items)
            path = (name,) if role.part == REQUEST else name
            found_nodes = (node for start in starts for node in nodes_at(start, path))
            nodes = starts if name == WHOLE else list(found_nodes)
            if nodes:
                found[role.name] = nodes[0].pointer
    usage = nodes_at(response, (roles.prompt_tokens or ())[:-1])
    return {**found, "usage": next(usage, response).pointer}


def _in_response(response: Schema, given: Mapping[str, str | None]) -> Roles:
    chosen, others = _chosen_list(response, given)
    scalars: dict[str, Any] = {
        role.attribute: _inside(role, response, given)
        for role in known_roles().values()
        if role.part == RESPONSE and role.name != VECTORS
    }
    if chosen is None:
        return Roles(vector=_only_vector(response, given), **scalars)
    return Roles(
        vectors=chosen.path,
        vector=chosen.vector,
        index=chosen.index,
        other_vectors=others,
        index_may_be_absent=chosen.index_may_be_absent,
        **scalars,
    )


def _only_vector(response: Schema, given: Mapping[str, str | None]) -> Path | None:
    """The path of the vector in a *response* without a list of vectors; None if there certainly is none."""
    role = known_roles()["vector"]
    if role.name in given:
        return _inside(role, response, given)
    if fits_vector(response) == Fit.CERTAIN:
        return ()
    places = [place for place in _places(response) if place.path and fits_vector(place.node) == Fit.CERTAIN]
    best = [place.path for place in places if place.path[-1] in role.names]
    paths = {place.path for place in places}
    if best:
        return min(best, key=lambda path: _rank(role, path))
    return paths.pop() if len(paths) == 1 else None


@dataclass(frozen=True, slots=True)
class VectorList:
    """A list of vectors in a response: its path, the paths in an item, and whether it certainly is one."""

    path: Path
    vector: Path
    index: Path | None
    fit: Fit
    index_may_be_absent: bool = False


def _chosen_list(
    response: Schema, given: Mapping[str, str | None]
) -> tuple[VectorList | None, tuple[Path, ...]]:
    """The list of vectors, and the paths of lists in other forms of the response, below the same property."""
    role = known_roles()[VECTORS]
    if VECTORS in given:
        places = [] if given[VECTORS] is None else [_given_place(role, response, given)]
    else:
        places = list(_places(response))
    lists = [made for place in places for made in _list_at(place, given)]
    if VECTORS in given and places and not lists:
        name = str(given[VECTORS])
        raise UnusableRole(VECTORS, name, f"{name} is not a list of vectors", _names(response))
    certain = [one for one in lists if one.fit == Fit.CERTAIN]
    named = [one for one in certain if not one.path or one.path[-1] in role.names]
    named.sort(key=lambda one: _rank(role, one.path))
    if named:
        first = named[0]
        others = (one.path for one in named[1:] if _is_other_form(one, first))
        return first, tuple(dict.fromkeys(others))
    if len({one.path for one in certain}) == 1:
        return certain[0], ()
    possible = sorted(
        (one for one in lists if one.path and one.path[-1] in role.names), key=lambda o: _rank(role, o.path)
    )
    if possible or VECTORS in given:
        return next(iter((*possible, *lists)), None), ()
    if _may_have(response, role.usual):
        return _usual_list(role.usual), ()
    return None, ()


def _is_other_form(one: VectorList, first: VectorList) -> bool:
    return one.path != first.path and one.path[: len(first.path)] == first.path and one.vector == first.vector


def _list_at(place: Place, given: Mapping[str, str | None]) -> Iterator[VectorList]:
    """The list of vectors at *place*, if there may be one."""
    for form in forms_of(place.node):
        if form.items is None:
            if form.type == "array" or (is_open(form) and form.type is None):
                yield _usual_list(place.path)
            continue
        if fits_vector(form.items) == Fit.CERTAIN:
            yield VectorList(place.path, (), None, Fit.CERTAIN)
        elif is_open(form.items):
            yield _usual_list(place.path)
        elif any(item.type == "object" or item.properties for item in forms_of(form.items)):
            yield from _list_of_objects(place.path, form.items, given)


def _list_of_objects(path: Path, item: Schema, given: Mapping[str, str | None]) -> Iterator[VectorList]:
    vector, index = (_inside(known_roles()[name], item, given) for name in ("vector", "index"))
    if vector is not None:
        yield VectorList(path, vector, index, Fit.CERTAIN, is_optional(item, index or ()))
    elif not item.closed and known_roles()["vector"].usual[0] not in item.properties:
        yield VectorList(path, known_roles()["vector"].usual, index, Fit.OPEN, True)


def _usual_list(path: Path) -> VectorList:
    known = known_roles()
    return VectorList(path, known["vector"].usual, known["index"].usual, Fit.OPEN, True)


def _inside(role: Role, start: Schema, given: Mapping[str, str | None]) -> Path | None:
    """The path of *role* from *start*: the given one, the best name, the only one, or the usual one if nothing is
    described there."""
    if role.name in given:
        return None if given[role.name] is None else _given_place(role, start, given).path
    fits = KINDS[role.kind]
    places = [place for place in _places(start) if place.path and fits(place.node) > Fit.NO]
    named = [place.path for place in places if place.path[-1] in role.names]
    if named:
        return min(named, key=lambda path: _rank(role, path))
    alone = {place.path for place in places if role.alone and fits(place.node) == Fit.CERTAIN}
    if len(alone) == 1:
        return alone.pop()
    return role.usual if _may_have(start, role.usual) else None


def _given_place(role: Role, start: Schema, given: Mapping[str, str | None]) -> Place:
    """The place that a profile gives to *role*: a JSON pointer from *start*, or the name of a property."""
    name = str(given[role.name])
    wanted = tuple(split_pointer(name)) if name.startswith("/") else (name,)
    for place in _places(start):
        if place.path == wanted or (len(wanted) == 1 and place.path[-1:] == wanted):
            return place
    raise UnusableRole(role.name, name, f"the {role.part} has no property {name!r}", _names(start))


def _names(start: Schema) -> Collection[str]:
    return dict.fromkeys(place.path[-1] for place in _places(start) if place.path)


def _places(start: Schema) -> list[Place]:
    """All places from *start*, through objects and alternatives, those with the shortest paths first."""
    found = list(_places_below(Place((), start)))
    return sorted(found, key=lambda place: len(place.path))


def _places_below(place: Place) -> Iterator[Place]:
    yield place
    for form in forms_of(place.node):
        for name, child in form.properties.items():
            yield from _places_below(Place((*place.path, name), child))


def _rank(role: Role, path: Path) -> tuple[int, int]:
    return (role.names.index(path[-1]) if path else -1, len(path))


def _may_have(node: Schema, path: Path) -> bool:
    """Whether a value of *node* may have something at *path*, because a schema on the way describes nothing."""
    if not path:
        return False
    children = list(nodes_at(node, path[:1]))
    return any(_may_have(child, path[1:]) for child in children) if children else is_open(node)
