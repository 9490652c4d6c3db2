"""The roles of properties: which property of a request has the texts, where a response has its vectors, and so on.

``spec/roles.yaml`` has the names that contracts give them. ``role_search`` finds the roles of a contract.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from operator import itemgetter
from types import NoneType
from typing import Any

from .openapi.json_pointer import join_pointer
from .openapi.source_file import read_file
from .spec_files import spec_file
from .texts_place import WHOLE, TextsPlace

Path = tuple[str, ...]
"""Names of properties, each inside the one before. The empty path is the place where it begins."""

ARRAY = (list, tuple)

REQUEST, RESPONSE, ITEM = "request", "response", "item"
"""Where a role is: in a request, in a response, or in an item of the response's list of vectors."""


@dataclass(frozen=True, slots=True)
class Role:
    """One role of ``spec/roles.yaml``, which explains the members."""

    name: str
    part: str
    kind: str
    names: tuple[str, ...]
    usual: Path
    alone: bool = False
    parts: tuple[str, ...] = ()

    @property
    def attribute(self) -> str:
        """The attribute of ``Roles``."""
        return self.name.replace("-", "_")


@lru_cache(maxsize=1)
def known_roles() -> Mapping[str, Role]:
    """All roles by name, in the order of the file."""
    entries = read_file(spec_file("roles.yaml")).value["roles"]
    found = (
        Role(
            e["name"],
            e["in"],
            e["kind"],
            tuple(e["names"]),
            tuple(e["usual"]),
            e.get("alone", False),
            tuple(e.get("parts", ())),
        )
        for e in entries
    )
    return {role.name: role for role in found}


class MissingRole(LookupError):
    """A request needs a property that the contract does not have."""

    def __init__(self, role: str) -> None:
        self.role = role
        super().__init__(f"the contract has no property for the role {role}")


@dataclass(frozen=True, slots=True)
class Roles:
    """The names that a contract gives to the roles; None for a role that it does not have.

    ``texts``, ``model``, ``dimensions``, ``encoding``, ``user`` and ``truncation`` are properties of a request.
    If the texts are deeper, ``texts`` is the property around them, or WHOLE, and ``texts_place`` is their place in it.
    ``vectors`` is the path of the list of vectors from the root of a response, which may be the list itself;
    ``other_vectors`` are the paths in other forms of the response. ``vector`` and ``index`` are paths in an item of the
    list; an item may be the vector itself. ``index_may_be_absent``: whether the contract does not require the index;
    items without it are in the order of the texts. If a response has one vector and no list, ``vectors`` is None, and
    ``vector`` is its path from the root: the response is the only item.
    ``response_model``, ``prompt_tokens`` and ``total_tokens`` are paths
    from the root.
    """

    texts: str | None = None
    model: str | None = None
    dimensions: str | None = None
    encoding: str | None = None
    user: str | None = None
    truncation: str | None = None
    vectors: Path | None = None
    vector: Path | None = None
    index: Path | None = None
    response_model: Path | None = None
    prompt_tokens: Path | None = None
    total_tokens: Path | None = None
    other_vectors: tuple[Path, ...] = ()
    index_may_be_absent: bool = False
    texts_place: TextsPlace | None = None

    @property
    def has_one_vector(self) -> bool:
        """Whether each response has one vector, and no list of vectors."""
        return self.vectors is None and self.vector is not None

    def has(self, role: str) -> bool:
        """Whether the contract has the role with that name."""
        return getattr(self, known_roles()[role].attribute) is not None

    def named(self, **values: Any) -> dict[str, Any]:
        """Properties of a request: *values* by role, with the contract's names. Raises MissingRole."""
        found = {}
        for role, value in values.items():
            name = getattr(self, role)
            if name is None:
                raise MissingRole(role)
            is_deep = role == "texts" and self.texts_place is not None
            found[name] = self.texts_place.write(value) if is_deep and self.texts_place else value
        return found

    def texts_of(self, payload: object) -> Any:
        """The texts of a request; None if it has none."""
        around = payload if self.texts == WHOLE else _property(payload, self.texts)
        return around if self.texts_place is None else self.texts_place.read(around)

    def with_texts(self, payload: Any, value: object) -> Any:
        """The request *payload* with other texts."""
        return merged_payload(payload, self.named(texts=value))

    def inputs_of(self, payload: object) -> Sequence[Any]:
        """What a request has for each of its texts: the text, or the item of a list with all that belongs to it."""
        around = payload if self.texts == WHOLE else _property(payload, self.texts)
        if self.texts_place is not None:
            items = self.texts_place.inputs_in(around)
            return [around] if items is None else items
        if isinstance(around, list) and all(isinstance(item, str | list) for item in around):
            return around
        return [around]

    def model_of(self, payload: object) -> Any:
        """The model that a request names, or None."""
        return _property(payload, self.model)

    def dimensions_of(self, payload: object) -> Any:
        """The length of vectors that a request asks for, or None."""
        return _property(payload, self.dimensions)

    def encoding_of(self, payload: object, default: object = None) -> Any:
        """The encoding that a request asks for; *default* if it does not name one."""
        return _property(payload, self.encoding, default)

    def items_of(self, response: object) -> list[Any] | tuple[Any, ...] | None:
        """The list of vectors of a *response*, or None. A response with one vector is its only item."""
        if self.has_one_vector:
            return None if self.vector_of(response) is None else [response]
        return None if (path := self.path_of(response)) is None else value_at(response, path)

    def path_of(self, response: object) -> Path | None:
        """The path of the list of vectors in this *response*, or None."""
        if self.vectors is not None:
            for path in (self.vectors, *self.other_vectors):
                if isinstance(value_at(response, path), ARRAY):
                    return path
        return None

    def vector_of(self, item: object) -> Any:
        """The vector of an *item* of the list, or None."""
        return None if self.vector is None else value_at(item, self.vector)

    def vectors_of(self, items: Sequence[Any]) -> list[Any]:
        """The vector of each of the *items* of the list, or None."""
        return [None] * len(items) if self.vector is None else values_at(items, self.vector)

    def index_of(self, item: object) -> Any:
        """The index of an *item* of the list, or None."""
        return None if self.index is None else value_at(item, self.index)

    def in_order(self, items: Sequence[object]) -> list[Any]:
        """The vectors of *items* in the order of the texts: by their indices, or as they are if no item has one.

        Raises KeyError or TypeError.
        """
        vectors = map(self.vector_of, items)
        indices = list(map(self.index_of, items))
        if self.index is None or set(map(type, indices)) == {NoneType}:
            return list(vectors)
        placed = dict(zip(indices, vectors, strict=True))
        return [placed[place] for place in range(len(items))]

    def as_dict(self) -> dict[str, str | None]:
        """The name, or the path as a JSON pointer, of each role."""
        found = {role.name: getattr(self, role.attribute) for role in known_roles().values()}
        shown = {
            name: join_pointer(value) if isinstance(value, tuple) else value for name, value in found.items()
        }
        if self.texts_place is not None and self.texts is not None:
            shown["texts"] = self.texts_place.pointer(self.texts)
        return shown


@lru_cache(maxsize=1)
def usual_roles() -> Roles:
    """The usual names of all roles."""
    found: dict[str, Any] = {
        role.attribute: role.usual[0] if role.part == REQUEST else role.usual
        for role in known_roles().values()
        if role.usual
    }
    assert found.keys() <= {field.name for field in fields(Roles)}
    return Roles(**found)


def value_at(value: Any, path: Path, default: object = None) -> Any:
    """What *value*, decoded JSON, has at *path*; *default* if there is nothing."""
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return default
        value = value[name]
    return value


def values_at(items: Sequence[Any], path: Path) -> list[Any]:
    """What each of *items*, decoded JSON, has at *path*; None where there is nothing."""
    if len(path) != 1 or {*map(type, items)} != {dict}:
        return [value_at(item, path) for item in items]
    (name,) = path
    try:
        return list(map(itemgetter(name), items))
    except KeyError:
        return [item.get(name) for item in items]


def merged_payload(payload: Any, changes: Mapping[str, Any]) -> Any:
    """The request *payload* with other values for some properties; WHOLE is the request itself.

    A request that is a list has no properties, so it stays as it is.
    """
    if WHOLE in changes:
        return changes[WHOLE]
    return {**payload, **changes} if isinstance(payload, dict) else payload


def _property(payload: object, name: str | None, default: object = None) -> Any:
    return payload.get(name, default) if name is not None and isinstance(payload, dict) else default
