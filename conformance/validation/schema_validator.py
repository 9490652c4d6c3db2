"""Schemas compiled into validators.

Every node has two faces: ``accepts`` decides, at the speed of C for arrays of scalars; ``violations`` explains, and
only runs on what was not accepted. Source: JSON Schema validation keywords as OpenAPI 3.0.3 takes them over, with two
readings: a bool is no integer, and a float without a fraction is one (the dialects differ there).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator, Mapping, Sized
from types import NoneType
from typing import Any

from conformance.contract import Catalogue, Schema, phrase
from conformance.contract.openapi.json_pointer import join

from .violation import NAMED, Violation, describe, json_type, violated

SCALARS: Mapping[str, frozenset[type]] = {
    "string": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
}
"""The Python types whose values are of a JSON type, whatever else is true of them."""

OTHERS: Mapping[str, frozenset[type]] = {
    name: frozenset({NoneType, bool, int, float, str, list, dict})
    - types
    - ({float} if int in types else set())
    for name, types in SCALARS.items()
}
"""The Python types whose values never are; a float may be an integer."""

Test = Callable[[Any], bool]
Rule = tuple[str, Test]
Maker = Callable[[Schema], Test]
Comparison = Callable[[Any, Any], bool]


class Validator:
    """The validator of one schema node and all below it."""

    def __init__(self, schema: Schema, catalogue: Catalogue) -> None:
        self.schema = schema
        self._catalogue = catalogue
        self._properties = {name: Validator(child, catalogue) for name, child in schema.properties.items()}
        self._refused_null = {child.name for child in schema.refused_null}
        self._items = Validator(schema.items, catalogue) if schema.items is not None else None
        self._branches = tuple(Validator(branch, catalogue) for branch in schema.branches)
        self._rules = tuple(_rules(schema))
        plain = not self._branches and set(schema.keywords()) == {"type"} and not schema.nullable
        # The Python types that a scalar schema without further rules accepts, and those that it refuses.
        self._plain = SCALARS.get(schema.type or "", frozenset()) if plain else frozenset()
        self._others = OTHERS.get(schema.type or "", frozenset()) if plain else frozenset()

    def accepts(self, value: object) -> bool:
        """Whether *value* satisfies the schema."""
        for _, test in self._rules:
            if not test(value):
                return False
        if isinstance(value, dict) and not self._accepts_object(value):
            return False
        if isinstance(value, ARRAY) and not self._accepts_items(value):
            return False
        return not self._branches or self._accepts_branches(value)

    def violations(self, value: object, pointer: str = "") -> Iterator[Violation]:
        """All violations of *value*, which stands at *pointer* of the payload."""
        for keyword, test in self._rules:
            if not test(value):
                yield self._violation(keyword, pointer, value)
        if isinstance(value, dict):
            yield from self._object_violations(value, pointer)
        if isinstance(value, ARRAY) and not self._accepts_items(value):
            assert self._items is not None
            for index, item in enumerate(value):
                if type(item) not in self._items._plain and not self._items.accepts(item):
                    yield from self._items.violations(item, f"{pointer}/{index}")
        if self._branches and not self._accepts_branches(value):
            yield from self._branch_violations(value, pointer)

    def _accepts_items(self, value: Collection[object]) -> bool:
        items = self._items
        if items is None:
            return True
        if items._plain:
            types = set(map(type, value))  # in C: three million numbers take 50 ms
            if types <= items._plain:
                return True
            if not items._others.isdisjoint(types):
                return False
        return all(map(items.accepts, value))

    def _accepts_object(self, value: Mapping[str, object]) -> bool:
        return (
            all(name in value for name in self.schema.required)
            and (not self.schema.closed or value.keys() <= self._properties.keys())
            and all(child.accepts(value[name]) for name, child in self._properties.items() if name in value)
        )

    def _accepts_branches(self, value: object) -> bool:
        matching = sum(branch.accepts(value) for branch in self._branches)
        return matching == 1 if "oneOf" in self.schema.node else matching > 0

    def _object_violations(self, value: Mapping[str, object], pointer: str) -> Iterator[Violation]:
        for name in self.schema.required:
            if name not in value:
                requirement = self._catalogue[f"{self.schema.name}.{name}.required"]
                yield violated(requirement, pointer, f"the property {name}", "none of that name")
        for name, item in value.items():
            below = pointer + join((name,))
            if name in self._properties:
                yield from self._property_violations(self._properties[name], item, below)
            elif self.schema.closed:
                expected = f"no property but {', '.join(self._properties)}"
                requirement = self._catalogue[self.schema.id_of("additionalProperties")]
                yield violated(requirement, below, expected, f"{describe(name)} as a name")

    def _property_violations(self, child: Validator, value: object, pointer: str) -> Iterator[Violation]:
        if value is None and child.schema.name in self._refused_null:
            requirement = self._catalogue[child.schema.id_of("null")]
            yield violated(requirement, pointer, phrase(child.schema, "type"), "null")
            return
        yield from child.violations(value, pointer)

    def _branch_violations(self, value: object, pointer: str) -> Iterator[Violation]:
        keyword = "oneOf" if "oneOf" in self.schema.node else "anyOf"
        meant = self._meant(value) if keyword == "oneOf" else None
        if meant is None or any(branch.accepts(value) for branch in self._branches):
            yield self._violation(keyword, pointer, value)
        else:
            yield from meant.violations(value, pointer)

    def _meant(self, value: object) -> Validator | None:
        """The branch that *value* was meant for: of its type, and with the most items of their type.

        None where no branch comes near, or where nothing tells between several.
        """
        near = [branch for branch in self._branches if _is_type(branch.schema.type, value)]
        if len(near) < 2 or not isinstance(value, ARRAY) or not value:
            return near[0] if near else None
        scores = [branch._fitting_items(value) for branch in near]
        best = max(scores)
        if not best:
            return None
        leaders = [branch for branch, score in zip(near, scores, strict=True) if score == best]
        return next((b for b in leaders if b._fitting_items(value[:1])), leaders[0])

    def _fitting_items(self, value: Collection[object]) -> int:
        wanted = self.schema.items.type if self.schema.items is not None else None
        return len(value) if wanted is None else sum(map(TYPES[wanted], value))

    def _violation(self, keyword: str, pointer: str, value: object) -> Violation:
        found = describe(value)
        if keyword == "type":
            found = NAMED.get(json_type(value), found)
        elif keyword in ("minLength", "maxLength"):
            found = f"{len(str(value))} of them"
        elif keyword in ("oneOf", "anyOf") and isinstance(value, ARRAY) and value:
            found = f"an array that begins with {NAMED.get(json_type(value[0]), describe(value[0]))}"
        return violated(
            self._catalogue[self.schema.id_of(keyword)], pointer, phrase(self.schema, keyword), found
        )


def _is_type(name: str | None, value: object) -> bool:
    return name is None or TYPES[name](value)


def _rules(schema: Schema) -> Iterator[Rule]:
    """The keywords of one node that look at one value alone, each with its test."""
    for keyword in schema.keywords():
        if keyword in RULES:
            yield keyword, RULES[keyword](schema)


def _type(schema: Schema) -> Test:
    """The test of the type alone: an enumeration has to name ``null`` as well (OpenAPI 3.0.3, ``nullable``)."""
    test = TYPES[schema.node["type"]]
    return (lambda value: value is None or test(value)) if schema.nullable else test


def _enum(schema: Schema) -> Test:
    allowed = schema.node["enum"]
    return lambda value: any(json_type(value) == json_type(item) and value == item for item in allowed)


def _size(keyword: str, kind: tuple[type[Sized], ...], within: Comparison) -> Maker:
    """The test that values of *kind* have a length that is *within* the keyword's bound; others pass."""

    def make(schema: Schema) -> Test:
        bound = schema.node[keyword]
        return lambda value: not isinstance(value, kind) or within(len(value), bound)

    return make


def _minimum(schema: Schema) -> Test:
    return _limit(schema.node["minimum"], operator.gt if schema.node.get("exclusiveMinimum") else operator.ge)


def _maximum(schema: Schema) -> Test:
    return _limit(schema.node["maximum"], operator.lt if schema.node.get("exclusiveMaximum") else operator.le)


def _limit(bound: float, within: Comparison) -> Test:
    return lambda value: not isinstance(value, NUMBER) or isinstance(value, bool) or within(value, bound)


def _is_integer(value: Any) -> bool:
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


# Tuples, since isinstance takes four times as long over a union.
ARRAY = (list, tuple)
NUMBER = (int, float)

TYPES: Mapping[str, Test] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
    "number": lambda value: isinstance(value, NUMBER) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, ARRAY),
    "object": lambda value: isinstance(value, dict),
}
"""The test of each type that a schema can name (OpenAPI 3.0.3, "Data Types")."""

RULES: Mapping[str, Maker] = {
    "type": _type,
    "enum": _enum,
    "minItems": _size("minItems", ARRAY, operator.ge),
    "maxItems": _size("maxItems", ARRAY, operator.le),
    "minLength": _size("minLength", (str,), operator.ge),
    "maxLength": _size("maxLength", (str,), operator.le),
    "minimum": _minimum,
    "maximum": _maximum,
}
