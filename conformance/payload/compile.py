"""Schemas compiled into validators.

Every node has two faces: ``accepts`` decides, at the speed of C for arrays of scalars; ``violations`` explains, and
only runs on what was not accepted. Source: JSON Schema validation keywords as OpenAPI 3.0.3 takes them over, with two
readings: a bool is no integer, and a float without a fraction is one (the dialects differ there).
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Collection, Iterator, Mapping
from types import UnionType
from typing import Any

from conformance.contract import Catalogue, Schema, phrase

from .violation import NAMED, Violation, describe, json_type, violated

SCALARS: Mapping[str, frozenset[type]] = {
    "string": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
}

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
        self._items = Validator(schema.items, catalogue) if schema.items is not None else None
        self._branches = tuple(Validator(branch, catalogue) for branch in schema.branches)
        self._rules = tuple(_rules(schema))
        self._plain = self._plain_types()

    def accepts(self, value: object) -> bool:
        """Whether *value* satisfies the schema."""
        if value is None and self.schema.nullable:
            return True
        if not all(test(value) for _, test in self._rules):
            return False
        if isinstance(value, dict) and not self._accepts_object(value):
            return False
        if isinstance(value, list | tuple) and not self._accepts_items(value):
            return False
        return not self._branches or self._accepts_branches(value)

    def violations(self, value: object, pointer: str = "") -> Iterator[Violation]:
        """All violations of *value*, which stands at *pointer* of the payload."""
        if value is None and self.schema.nullable:
            return
        for keyword, test in self._rules:
            if not test(value):
                yield self._violation(keyword, pointer, value)
        if isinstance(value, dict):
            yield from self._object_violations(value, pointer)
        if isinstance(value, list | tuple) and not self._accepts_items(value):
            assert self._items is not None
            for index, item in enumerate(value):
                if not self._items.accepts(item):
                    yield from self._items.violations(item, f"{pointer}/{index}")
        if self._branches and not self._accepts_branches(value):
            yield from self._branch_violations(value, pointer)

    def _plain_types(self) -> frozenset[type]:
        """The Python types that a scalar schema without further rules accepts; empty for every other schema."""
        plain = not self._branches and set(self.schema.keywords()) == {"type"} and not self.schema.nullable
        return SCALARS.get(self.schema.type or "", frozenset()) if plain else frozenset()

    def _accepts_items(self, value: Collection[object]) -> bool:
        items = self._items
        if items is None or (items._plain and set(map(type, value)) <= items._plain):
            return True
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
            below = f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
            if name in self._properties:
                yield from self._properties[name].violations(item, below)
            elif self.schema.closed:
                expected = f"no property but {', '.join(self._properties)}"
                requirement = self._catalogue[self.schema.id_of("additionalProperties")]
                yield violated(requirement, below, expected, f"{describe(name)} as a name")

    def _branch_violations(self, value: object, pointer: str) -> Iterator[Violation]:
        keyword = "oneOf" if "oneOf" in self.schema.node else "anyOf"
        meant = self._meant(value) if keyword == "oneOf" else None
        if meant is None or meant.accepts(value):
            yield self._violation(keyword, pointer, value)
        else:
            yield from meant.violations(value, pointer)

    def _meant(self, value: object) -> Validator | None:
        """The branch that *value* was meant for: of its type, and with the most items of their type.

        None where no branch comes near, or where nothing tells between several.
        """
        near = [branch for branch in self._branches if _is_type(branch.schema.type, value)]
        if len(near) < 2 or not isinstance(value, list | tuple) or not value:
            return near[0] if near else None
        scores = [branch._fitting_items(value) for branch in near]
        best = max(scores)
        if not best:
            return None
        leaders = [branch for branch, score in zip(near, scores, strict=True) if score == best]
        return next((b for b in leaders if b._fitting_items(value[:1])), leaders[0])

    def _fitting_items(self, value: Collection[object]) -> int:
        wanted = self.schema.items.type if self.schema.items is not None else None
        return sum(_is_type(wanted, item) for item in value)

    def _violation(self, keyword: str, pointer: str, value: object) -> Violation:
        found = describe(value)
        if keyword == "type":
            found = NAMED.get(json_type(value), found)
        elif keyword in ("minLength", "maxLength"):
            found = f"{len(str(value))} of them"
        elif keyword in ("oneOf", "anyOf") and isinstance(value, list | tuple) and value:
            found = f"an array that begins with {NAMED.get(json_type(value[0]), describe(value[0]))}"
        return violated(
            self._catalogue[self.schema.id_of(keyword)], pointer, phrase(self.schema, keyword), found
        )


def _is_type(name: str | None, value: object) -> bool:
    match name:
        case None:
            return True
        case "integer":
            integral = isinstance(value, float) and value.is_integer()
            return integral or (isinstance(value, int) and not isinstance(value, bool))
        case "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
    return json_type(value) == name


def _rules(schema: Schema) -> Iterator[Rule]:
    """The keywords of one node that look at one value alone, each with its test."""
    for keyword in schema.keywords():
        if keyword in RULES:
            yield keyword, RULES[keyword](schema)


def _type(schema: Schema) -> Test:
    return lambda value: _is_type(schema.type, value)


def _enum(schema: Schema) -> Test:
    allowed = schema.node["enum"]
    return lambda value: any(value == item and type(value) is type(item) for item in allowed)


def _bound(keyword: str, kind: type | UnionType, measure: Callable[[Any], Any], within: Comparison) -> Maker:
    """The test that values of *kind* have a *measure* that is *within* the keyword's bound; others pass."""

    def make(schema: Schema) -> Test:
        bound = schema.node[keyword]
        return lambda value: (
            not isinstance(value, kind) or isinstance(value, bool) or within(measure(value), bound)
        )

    return make


def _minimum(schema: Schema) -> Test:
    within = operator.gt if schema.node.get("exclusiveMinimum") else operator.ge
    return _bound("minimum", int | float, _itself, within)(schema)


def _maximum(schema: Schema) -> Test:
    within = operator.lt if schema.node.get("exclusiveMaximum") else operator.le
    return _bound("maximum", int | float, _itself, within)(schema)


def _itself(value: Any) -> Any:
    return value


RULES: Mapping[str, Maker] = {
    "type": _type,
    "enum": _enum,
    "minItems": _bound("minItems", list | tuple, len, operator.ge),
    "maxItems": _bound("maxItems", list | tuple, len, operator.le),
    "minLength": _bound("minLength", str, len, operator.ge),
    "maxLength": _bound("maxLength", str, len, operator.le),
    "minimum": _minimum,
    "maximum": _maximum,
}
