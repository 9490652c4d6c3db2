"""The contract's schemas as trees: references are resolved, and every node has a name that describes its content.

A node's name is the beginning of its requirement ids, as in ``request.input.strings.max-items``.
Source: OpenAPI 3.0.3, section "Schema Object".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.text import clip

from .openapi.json_pointer import join_pointer
from .openapi.keywords import OVERLAPPING, RECURSION, SHOWN_AS
from .openapi.limits import MAX_ENUMERATED, MAX_LISTED, MAX_SCHEMA_DEPTH, MAX_SCHEMAS
from .openapi.references import dereference
from .schema_node import ARTICLES, CONSTRAINTS, UnsupportedSchema


@dataclass(frozen=True)
class Schema:
    """One schema node.

    ``pointer`` is the JSON pointer (RFC 6901) of the node in the document, after its references were followed; ``node``
    is the node there. ``place`` describes the location of its values in words (``each item of input``). ``branches``
    are the alternatives of ``oneOf`` or ``anyOf``; ``branch`` is whether this node is such an alternative.
    ``definitions`` is what the raw schemas of some keywords refer to, as JSON Schema.
    """

    name: str
    pointer: str
    place: str = field(repr=False)
    node: Mapping[str, Any] = field(repr=False)
    properties: Mapping[str, Schema] = field(default_factory=dict, repr=False)
    items: Schema | None = field(default=None, repr=False)
    branches: tuple[Schema, ...] = field(default=(), repr=False)
    branch: bool = False
    definitions: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def type(self) -> str | None:
        """The node's JSON type, or None if it has none."""
        return self.node.get("type")

    @property
    def nullable(self) -> bool:
        """Whether ``null`` is allowed in addition to the node's type (OpenAPI 3.0 ``nullable``)."""
        return bool(self.node.get("nullable", False)) and self.type is not None

    @property
    def non_nullable(self) -> tuple[Schema, ...]:
        """The optional properties that must not be ``null``. Many servers and clients differ from contracts here."""
        optional = (child for name, child in self.properties.items() if name not in self.required)
        return tuple(child for child in optional if child.type is not None and not child.nullable)

    @property
    def is_exclusive(self) -> bool:
        """Whether a value must meet only one of the alternatives."""
        return "oneOf" in self.node and OVERLAPPING not in self.node

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the required properties."""
        return tuple(self.node.get("required", ()))

    @property
    def enumerated(self) -> Sequence[Any]:
        """The first values of its enumeration, as many as are tested one by one; empty if it has none."""
        found: Sequence[Any] = self.node.get("enum", ())
        return found[:MAX_ENUMERATED]

    @property
    def closed(self) -> bool:
        """Whether undescribed properties are forbidden."""
        return self.node.get("additionalProperties") is False

    def keywords(self) -> Iterator[str]:
        """Names of the keywords of this node that are constraints, in document order."""
        for keyword, value in self.node.items():
            if keyword in CONSTRAINTS and not (keyword == "additionalProperties" and value is True):
                yield keyword

    @property
    def shape(self) -> str:
        """The node's shape in words: ``an array of strings``."""
        return _shape(self)

    def id_of(self, keyword: str) -> str:
        """The id of the requirement for *keyword* of this node."""
        return f"{self.name}.{kebab_case(keyword)}"

    def walk(self) -> Iterator[Schema]:
        """This node and all nodes below it, except the branches of ``anyOf``, which have one requirement together."""
        yield self
        for child in self.properties.values():
            yield from child.walk()
        if self.items is not None:
            yield from self.items.walk()
        if "anyOf" not in self.node:
            for branch in self.branches:
                yield from branch.walk()


def kebab_case(keyword: str) -> str:
    """Convert ``maxItems`` to ``max-items``, and ``Portkey-Key`` to ``portkey-key``."""
    dashed = "".join(f"-{c.lower()}" if c.isupper() else c for c in keyword)
    return dashed.replace("--", "-").lstrip("-")


def build_schema(
    document: Mapping[str, Any], pointer: str, name: str, definitions: Mapping[str, Any] | None = None
) -> Schema:
    """Build the tree of the schema at *pointer* of *document*, in normal form; ids below it begin with *name*.

    *definitions* is what raw schemas in it refer to. Raises UnsupportedSchema for a schema beyond the limits.
    """
    return _Builder(document, definitions or {}).build(pointer, name, f"the {name}'s body")


class _Builder:
    def __init__(self, document: Mapping[str, Any], definitions: Mapping[str, Any]) -> None:
        self._document, self._definitions = document, definitions
        self._ancestors: list[str] = []
        self._schemas = self._values = 0

    def build(self, pointer: str, name: str, place: str, *, branch: bool = False) -> Schema:
        pointer, node = self._node(pointer)
        if pointer in self._ancestors or len(self._ancestors) == MAX_SCHEMA_DEPTH:
            again = {RECURSION: pointer, SHOWN_AS: next(iter(node), RECURSION)}
            return Schema(name, pointer, place, again, branch=branch, definitions=self._definitions)
        self._ancestors.append(pointer)
        inside = "" if name == place.removeprefix("the ").removesuffix("'s body") else f" of {place}"
        properties = {
            key: self.build(pointer + join_pointer(("properties", key)), f"{name}.{key}", key + inside)
            for key in node.get("properties", {})
        }
        items = (
            self.build(f"{pointer}/items", f"{name}.items", f"each item of {place}")
            if "items" in node
            else None
        )
        branches = tuple(self._branches(node, pointer, name, place))
        self._ancestors.pop()
        return Schema(name, pointer, place, node, properties, items, branches, branch, self._definitions)

    def _node(self, pointer: str) -> tuple[str, Mapping[str, Any]]:
        """The node at *pointer* after its references, and its own pointer. Raises UnsupportedSchema."""
        pointer, node = dereference(self._document, pointer)
        if not isinstance(node, Mapping):
            raise UnsupportedSchema(pointer, f"a schema that is {clip(repr(node))}", "an object")
        self._count(pointer, node)
        return pointer, node

    def _count(self, pointer: str, node: Mapping[str, Any]) -> None:
        """Raise UnsupportedSchema for a body beyond the limits."""
        self._schemas += 1
        self._values += len(node.get("enum", ())) + len(node.get("required", ()))
        if self._schemas > MAX_SCHEMAS:
            found = f"a body of more than {MAX_SCHEMAS} schemas, counting each reference to a schema,"
            raise UnsupportedSchema(pointer, found, "fewer properties or alternatives")
        if self._values > MAX_LISTED:
            found = f"a body whose enumerations and required properties have more than {MAX_LISTED:,} values"
            raise UnsupportedSchema(pointer, found, "fewer values")

    def _branches(self, node: Mapping[str, Any], pointer: str, name: str, place: str) -> Iterator[Schema]:
        keyword = "oneOf" if "oneOf" in node else "anyOf"
        stems: list[str] = []
        for number in range(len(node.get(keyword, ()))):
            where = f"{pointer}/{keyword}/{number}"
            outline = self._outline(where)
            stem = _branch_name(outline)
            stems.append(stem)
            suffix = f"-{stems.count(stem)}" if stems.count(stem) > 1 else ""
            yield self.build(where, f"{name}.{stem}{suffix}", f"{place} as {_shape(outline)}", branch=True)

    def _outline(self, pointer: str, levels: int = MAX_SCHEMA_DEPTH) -> Schema:
        """The type of a schema and of its items, and so on: all that the name of a branch needs."""
        pointer, node = dereference(self._document, pointer)
        if not isinstance(node, Mapping):
            return Schema("", pointer, "", {})
        has_items = "items" in node and levels
        items = self._outline(f"{pointer}/items", levels - 1) if has_items else None
        return Schema("", pointer, "", node, items=items)


def _branch_name(schema: Schema) -> str:
    """The name of a branch by its content: ``string``, ``strings``, ``integers``, ``integer-arrays``."""
    return f"{_noun(schema.items)}s" if schema.type == "array" and schema.items else _noun(schema)


def _shape(schema: Schema) -> str:
    if schema.type == "array" and schema.items is not None:
        return f"an array of {_shapes(schema.items)}"
    return ARTICLES.get(schema.type or "", "a value")


def _shapes(schema: Schema) -> str:
    if schema.type == "array" and schema.items is not None:
        return f"arrays of {_shapes(schema.items)}"
    return "values" if schema.type is None else f"{schema.type}s"


def _noun(schema: Schema) -> str:
    if schema.type == "array" and schema.items:
        return f"{_noun(schema.items)}-array"
    return schema.type or "value"
