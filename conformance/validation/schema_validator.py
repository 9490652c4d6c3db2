"""Schemas compiled into validators.

Every validator has two methods. ``accepts`` decides, and runs in C for arrays of scalars. ``violations`` explains, and
runs only for values that are not accepted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from types import NoneType

from conformance.contract import Catalogue, Schema, describe_keyword
from conformance.contract.openapi.json_pointer import join_pointer

from .long_array import LongArray
from .schema_keywords import ARRAY, TYPES, compile_rules, is_type
from .violation import TYPE_PHRASES, Violation, clip, counted, describe_value, json_type

SCALARS: Mapping[str, frozenset[type]] = {
    "string": frozenset({str}),
    "integer": frozenset({int}),
    "number": frozenset({int, float}),
    "boolean": frozenset({bool}),
}
"""The Python types whose values always have a JSON type."""

NOT_OF_TYPE: Mapping[str, frozenset[type]] = {
    name: frozenset({NoneType, bool, int, float, str, list, dict})
    - types
    - ({float} if int in types else set())
    for name, types in SCALARS.items()
}
"""The Python types whose values never have a JSON type. A float can be an integer."""


class Validator:
    """The validator of one schema node and all below it."""

    def __init__(self, schema: Schema, catalogue: Catalogue) -> None:
        self.schema = schema
        self._catalogue = catalogue
        self._properties = {name: Validator(child, catalogue) for name, child in schema.properties.items()}
        self._non_nullable = {child.name for child in schema.non_nullable}
        self._items = Validator(schema.items, catalogue) if schema.items is not None else None
        self._branches = tuple(Validator(branch, catalogue) for branch in schema.branches)
        self._rules = tuple(compile_rules(schema))
        plain = not self._branches and set(schema.keywords()) == {"type"} and not schema.nullable
        # For a scalar schema without further rules: the Python types that it accepts, and those that it rejects.
        self._accepted = SCALARS.get(schema.type or "", frozenset()) if plain else frozenset()
        self._rejected = NOT_OF_TYPE.get(schema.type or "", frozenset()) if plain else frozenset()

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
        """All violations of *value*, which is at *pointer* of the payload."""
        for keyword, test in self._rules:
            if not test(value):
                yield self._violation(keyword, pointer, value)
        if isinstance(value, dict):
            yield from self._object_violations(value, pointer)
        if isinstance(value, ARRAY) and not self._accepts_items(value):
            assert self._items is not None
            for index, item in enumerate(value):
                if type(item) not in self._items._accepted and not self._items.accepts(item):
                    yield from self._items.violations(item, f"{pointer}/{index}")
        if self._branches and not self._accepts_branches(value):
            yield from self._branch_violations(value, pointer)

    def _accepts_items(self, value: Collection[object]) -> bool:
        items = self._items
        if items is None:
            return True
        if items._accepted:
            # In C: three million numbers take 50 ms.
            types = value.types if isinstance(value, LongArray) else set(map(type, value))
            if types <= items._accepted:
                return True
            if not items._rejected.isdisjoint(types):
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
        return matching == 1 if self.schema.is_exclusive else matching > 0

    def _object_violations(self, value: Mapping[str, object], pointer: str) -> Iterator[Violation]:
        for name in self.schema.required:
            if name not in value:
                requirement = self._catalogue[f"{self.schema.name}.{name}.required"]
                yield Violation.of(requirement, pointer, f"the property {name}", "no property of that name")
        for name, item in value.items():
            child = self._properties.get(name)
            if child is not None and not child.accepts(item):
                yield from self._property_violations(child, item, pointer + join_pointer((name,)))
            elif child is None and self.schema.closed:
                allowed = f"only the properties {', '.join(self._properties)}"
                requirement = self._catalogue[self.schema.id_of("additionalProperties")]
                yield Violation.of(
                    requirement,
                    pointer + join_pointer((name,)),
                    allowed if self._properties else "no properties",
                    f"the property {clip(ascii(name))}",
                )

    def _property_violations(self, child: Validator, value: object, pointer: str) -> Iterator[Violation]:
        if value is None and child.schema.name in self._non_nullable:
            requirement = self._catalogue[child.schema.id_of("null")]
            yield Violation.of(requirement, pointer, describe_keyword(child.schema, "type"), "null")
            return
        yield from child.violations(value, pointer)

    def _branch_violations(self, value: object, pointer: str) -> Iterator[Violation]:
        keyword = "oneOf" if "oneOf" in self.schema.node else "anyOf"
        closest = self._closest_branch(value) if keyword == "oneOf" else None
        if closest is None or any(branch.accepts(value) for branch in self._branches):
            yield self._violation(keyword, pointer, value)
        else:
            yield from closest.violations(value, pointer)

    def _closest_branch(self, value: object) -> Validator | None:
        """The branch that *value* was probably meant for: of its type, with the most valid properties, or items of the
        right type.

        None if no branch is close, or if several are and nothing distinguishes them.
        """
        close = [branch for branch in self._branches if is_type(branch.schema.type, value)]
        if isinstance(value, dict) and close:
            return max(close, key=lambda branch: branch._fitting_properties(value))
        if len(close) < 2 or not isinstance(value, ARRAY) or not value:
            return close[0] if close else None
        scores = [branch._fitting_items(value) for branch in close]
        best = max(scores)
        if not best:
            return None
        leaders = [branch for branch, score in zip(close, scores, strict=True) if score == best]
        return next((b for b in leaders if b._fitting_items(value[:1])), leaders[0])

    def _fitting_properties(self, value: Mapping[str, object]) -> int:
        fitting = sum(child.accepts(value[name]) for name, child in self._properties.items() if name in value)
        return fitting - sum(name not in value for name in self.schema.required)

    def _fitting_items(self, value: Collection[object]) -> int:
        wanted = self.schema.items.type if self.schema.items is not None else None
        return len(value) if wanted is None else sum(map(TYPES[wanted], value))

    def _violation(self, keyword: str, pointer: str, value: object) -> Violation:
        found = describe_value(value)
        if keyword == "type":
            found = TYPE_PHRASES.get(json_type(value), found)
        elif keyword in ("minLength", "maxLength"):
            found = counted(len(str(value)), "character")
        elif keyword in ("oneOf", "anyOf") and isinstance(value, ARRAY) and value:
            found = (
                f"an array that begins with {TYPE_PHRASES.get(json_type(value[0]), describe_value(value[0]))}"
            )
        requirement = self._catalogue[self.schema.id_of(keyword)]
        return Violation.of(requirement, pointer, describe_keyword(self.schema, keyword), found)
