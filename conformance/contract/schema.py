"""The contract's schemas as trees: references resolved, every node named after what it holds.

A node's name is the stem of its requirement ids: ``request.input.strings`` has ``request.input.strings.max-items``.
Source: OpenAPI 3.0.3, section "Schema Object".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.errors import UsageError

from .openapi.json_pointer import join
from .openapi.references import dereference

ANNOTATIONS = frozenset(
    {
        "title",
        "description",
        "default",
        "example",
        "format",
        "deprecated",
        "readOnly",
        "writeOnly",
        "externalDocs",
    }
)
"""Keywords that constrain nothing: documentation, and ``format``, which OpenAPI leaves to the implementation."""

STRUCTURE = frozenset({"properties", "items"})
"""Keywords that lead to further schemas and constrain nothing by themselves."""

MODIFIERS = frozenset({"nullable", "exclusiveMinimum", "exclusiveMaximum"})
"""Keywords that only change what a sibling means (OpenAPI 3.0: ``exclusiveMinimum`` is a boolean)."""

CONSTRAINTS = frozenset(
    {
        "type",
        "enum",
        "required",
        "additionalProperties",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "oneOf",
        "anyOf",
    }
)
"""Keywords that the validators, the catalogue and the probes understand."""


class UnsupportedSchema(UsageError, ValueError):
    """The contract uses a schema construct that this suite can not derive checks from."""

    def __init__(self, pointer: str, found: str, expected: str) -> None:
        self.pointer, self.found, self.expected = pointer, found, expected
        super().__init__(f"{pointer}: {found} is not supported; expected {expected}")


ARTICLES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
}


@dataclass(frozen=True)
class Schema:
    """One schema node.

    ``pointer`` is the JSON pointer (RFC 6901) of the node in the document, behind its references; ``node`` the
    node as it stands there; ``place`` says in words where its values stand; ``branches`` are the alternatives of
    ``oneOf`` or of ``anyOf``, and ``branch`` tells that this node is one.
    """

    name: str
    pointer: str
    place: str = field(repr=False)
    node: Mapping[str, Any] = field(repr=False)
    properties: Mapping[str, Schema] = field(default_factory=dict, repr=False)
    items: Schema | None = field(default=None, repr=False)
    branches: tuple[Schema, ...] = field(default=(), repr=False)
    branch: bool = False

    @property
    def type(self) -> str | None:
        """The node's JSON type, or None where it names none."""
        return self.node.get("type")

    @property
    def nullable(self) -> bool:
        """Whether ``null`` is admitted besides the node's type (OpenAPI 3.0 ``nullable``)."""
        return bool(self.node.get("nullable", False)) and self.type is not None

    @property
    def refused_null(self) -> tuple[Schema, ...]:
        """The optional properties of which ``null`` is no value: where contracts and practice part ways most often."""
        optional = (child for name, child in self.properties.items() if name not in self.required)
        return tuple(child for child in optional if child.type is not None and not child.nullable)

    @property
    def required(self) -> tuple[str, ...]:
        """Names of the properties that must be present."""
        return tuple(self.node.get("required", ()))

    @property
    def closed(self) -> bool:
        """Whether properties that are not described are forbidden."""
        return self.node.get("additionalProperties") is False

    def keywords(self) -> Iterator[str]:
        """Names of the constraining keywords of this node, in document order."""
        for keyword, value in self.node.items():
            if keyword in CONSTRAINTS and not (keyword == "additionalProperties" and value is not False):
                yield keyword

    @property
    def shape(self) -> str:
        """The node's form in words: ``an array of strings``."""
        return _shape(self)

    def id_of(self, keyword: str) -> str:
        """The id of the requirement that *keyword* of this node states."""
        return f"{self.name}.{kebab(keyword)}"

    def walk(self) -> Iterator[Schema]:
        """This node and all below it, the branches of ``anyOf`` left out: they state one requirement together."""
        yield self
        for child in self.properties.values():
            yield from child.walk()
        if self.items is not None:
            yield from self.items.walk()
        if "anyOf" not in self.node:
            for branch in self.branches:
                yield from branch.walk()


def kebab(keyword: str) -> str:
    """``maxItems`` as ``max-items``, ``Portkey-Key`` as ``portkey-key``."""
    dashed = "".join(f"-{c.lower()}" if c.isupper() else c for c in keyword)
    return dashed.replace("--", "-").lstrip("-")


def build_schema(document: Mapping[str, Any], pointer: str, name: str) -> Schema:
    """Build the tree of the schema at *pointer* of *document*; ids below it begin with *name*.

    Raises UnsupportedSchema for a keyword that constrains and is not understood, and for a recursive schema.
    """
    return _Builder(document).build(pointer, name, f"the {name}'s body")


class _Builder:
    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._above: list[str] = []

    def build(self, pointer: str, name: str, place: str, *, branch: bool = False) -> Schema:
        pointer, node = dereference(self._document, pointer)
        if pointer in self._above:
            raise UnsupportedSchema(pointer, "a schema that contains itself", "a finite tree")
        if not isinstance(node, Mapping):
            raise UnsupportedSchema(pointer, f"a schema that is {node!r}", "an object")
        _refuse_unknown_keywords(node, pointer)
        self._above.append(pointer)
        inside = "" if name == place.removeprefix("the ").removesuffix("'s body") else f" of {place}"
        properties = {
            key: self.build(pointer + join(("properties", key)), f"{name}.{key}", key + inside)
            for key in node.get("properties", {})
        }
        items = (
            self.build(f"{pointer}/items", f"{name}.items", f"each item of {place}")
            if "items" in node
            else None
        )
        branches = tuple(self._branches(node, pointer, name, place))
        self._above.pop()
        return Schema(name, pointer, place, node, properties, items, branches, branch)

    def _branches(self, node: Mapping[str, Any], pointer: str, name: str, place: str) -> Iterator[Schema]:
        keyword = "oneOf" if "oneOf" in node else "anyOf"
        stems: list[str] = []
        for number in range(len(node.get(keyword, ()))):
            where = f"{pointer}/{keyword}/{number}"
            draft = self.build(where, name, place)
            stem = _plural(draft)
            stems.append(stem)
            suffix = f"-{stems.count(stem)}" if stems.count(stem) > 1 else ""
            yield self.build(where, f"{name}.{stem}{suffix}", f"{place} as {_shape(draft)}", branch=True)


def _plural(schema: Schema) -> str:
    """What a branch holds, as a word: ``string``, ``strings``, ``integers``, ``integer-arrays``."""
    return f"{_noun(schema.items)}s" if schema.type == "array" and schema.items else _noun(schema)


def _shape(schema: Schema) -> str:
    """A schema's form in words: ``an array of strings``."""
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


def _refuse_unknown_keywords(node: Mapping[str, Any], pointer: str) -> None:
    known = ANNOTATIONS | STRUCTURE | MODIFIERS | CONSTRAINTS
    for keyword in node:
        if keyword not in known and not keyword.startswith("x-"):
            raise UnsupportedSchema(pointer, f"the keyword {keyword!r}", f"one of {', '.join(sorted(known))}")
    if node.get("type", "object") not in ARTICLES:
        raise UnsupportedSchema(pointer, f"the type {node['type']!r}", f"one of {', '.join(ARTICLES)}")
    if "oneOf" in node and "anyOf" in node:
        raise UnsupportedSchema(pointer, "oneOf beside anyOf", "one of the two")
    if isinstance(node.get("additionalProperties"), Mapping):
        raise UnsupportedSchema(pointer, "additionalProperties with a schema", "true or false")
