"""Random schemas with the keywords of both dialects, and values that reach them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from random import Random
from typing import Any

NAMES = ("a", "b", "ab", "c/~")
SCALARS = (None, True, False, -1, 0, 1, 2, 3, 0.5, 1.5, "", "a", "ab", "abc", "é", "b1")
PATTERNS = ("^a", "b$", "^[ab]*$", "1", "^.{2}$")
TYPES = ("string", "integer", "number", "boolean", "array", "object")
COMPONENTS = ("S", "T", "U")
"""The components of a document. In the same place of a value, a component refers only to later ones."""

DISCRIMINATED = {
    "oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in NAMES[:2]],
    "discriminator": {"propertyName": "a"},
}
ALTERNATIVES = {
    name: {"type": "object", "required": ["a"], "properties": {"a": {"enum": [name]}}} for name in NAMES[:2]
}

Make = Callable[[], Any]


def value(chance: Random, depth: int = 2) -> Any:
    """Arbitrary JSON with the names and scalars that the schemas have."""
    kind = chance.choice(["scalar", "array", "object", "object"]) if depth else "scalar"
    if kind == "scalar":
        return chance.choice(SCALARS)
    children = [value(chance, depth - 1) for _ in range(chance.randrange(4))]
    return children if kind == "array" else {chance.choice(NAMES): child for child in children}


class Schemas:
    """Random schemas of one OpenAPI *version*."""

    def __init__(self, chance: Random, version: str) -> None:
        self._chance = chance
        self._is_31 = version == "3.1"

    def components(self) -> dict[str, Any]:
        """The components of a document."""
        return {**ALTERNATIVES, **{name: self.schema(2, place) for place, name in enumerate(COMPONENTS)}}

    def schema(self, depth: int, place: int) -> Any:
        """A schema with up to four keywords, for a value at the top of the component number *place*."""
        chance = self._chance
        if self._is_31 and chance.random() < 0.05:
            return chance.random() < 0.8
        if place + 1 < len(COMPONENTS) and chance.random() < 0.1:
            reference = self._reference(chance.choice(COMPONENTS[place + 1 :]))
            return reference | (self._leaf() if self._is_31 and chance.random() < 0.5 else {})
        makers = self._options() | (self._applicators(depth, place) if depth else {})
        chosen = chance.sample(sorted(makers), chance.randint(1, 4))
        return {keyword: made for name in chosen for keyword, made in makers[name]().items()}

    def _inside(self, depth: int) -> Any:
        """A schema for a value inside of that of the schema around."""
        if self._chance.random() < 0.15:
            return self._reference(self._chance.choice(COMPONENTS))
        return self.schema(depth - 1, len(COMPONENTS)) if depth else {}

    def _reference(self, name: str) -> dict[str, Any]:
        return {"$ref": f"#/components/schemas/{name}"}

    def _leaf(self) -> dict[str, Any]:
        made: dict[str, Any] = self._chance.choice(list(self._options().values()))()
        return made

    def _options(self) -> dict[str, Make]:
        """Keywords without schemas in them."""
        chance = self._chance
        sizes = [f"{m}{n}" for m in ("min", "max") for n in ("Items", "Length", "Properties")]
        found: dict[str, Make] = {name: partial(self._size, name) for name in sizes}
        found |= {
            "enum": lambda: {"enum": [value(chance, 1) for _ in range(3)]},
            "required": lambda: {"required": chance.sample(NAMES, chance.randint(1, 2))},
            "pattern": lambda: {"pattern": chance.choice(PATTERNS)},
            "multipleOf": lambda: {"multipleOf": chance.choice([1, 2, 0.5])},
            "uniqueItems": lambda: {"uniqueItems": chance.random() < 0.8},
            "minimum": lambda: {"minimum": chance.randint(-1, 3)},
            "maximum": lambda: {"maximum": chance.randint(-1, 3)},
            "type": lambda: {"type": chance.choice(TYPES)},
        }
        return found | (self._options_of_31() if self._is_31 else self._options_of_30())

    def _size(self, keyword: str) -> dict[str, Any]:
        return {keyword: self._chance.randrange(4)}

    def _options_of_30(self) -> dict[str, Make]:
        chance = self._chance
        return {
            "nullable": lambda: {"type": chance.choice(TYPES), "nullable": True},
            "exclusiveMinimum": lambda: {"minimum": chance.randint(-1, 2), "exclusiveMinimum": True},
            "exclusiveMaximum": lambda: {"maximum": chance.randint(-1, 2), "exclusiveMaximum": True},
        }

    def _options_of_31(self) -> dict[str, Make]:
        chance = self._chance
        return {
            "types": lambda: {"type": chance.sample([*TYPES, "null"], chance.randint(1, 3))},
            "const": lambda: {"const": value(chance, 1)},
            "exclusiveMinimum": lambda: {"exclusiveMinimum": chance.randint(-1, 2)},
            "exclusiveMaximum": lambda: {"exclusiveMaximum": chance.randint(-1, 2)},
            "dependentRequired": lambda: {
                "dependentRequired": {chance.choice(NAMES): [chance.choice(NAMES)]}
            },
        }

    def _applicators(self, depth: int, place: int) -> dict[str, Make]:
        """Keywords with schemas in them."""
        chance = self._chance
        here: Make = lambda: self.schema(depth - 1, place)  # noqa: E731
        inside: Make = lambda: self._inside(depth)  # noqa: E731
        some: Make = lambda: [here() for _ in range(chance.randint(1, 3))]  # noqa: E731
        names: Make = lambda: {name: inside() for name in NAMES if chance.random() < 0.4}  # noqa: E731
        found: dict[str, Make] = {
            "allOf": lambda: {"allOf": some()},
            "anyOf": lambda: {"anyOf": some()},
            "oneOf": lambda: {"oneOf": some()},
            "not": lambda: {"not": here()},
            "items": lambda: {"items": inside()},
            "properties": lambda: {"properties": names()},
            "closed": lambda: {"properties": names(), "additionalProperties": False},
            "additionalProperties": lambda: {"properties": names(), "additionalProperties": inside()},
            "discriminator": lambda: {"anyOf": [DISCRIMINATED]},
        }
        return found | (self._applicators_of_31(here, inside, names) if self._is_31 else {})

    def _applicators_of_31(self, here: Make, inside: Make, names: Make) -> dict[str, Make]:
        chance = self._chance
        return {
            "prefixItems": lambda: {"prefixItems": [inside(), inside()], "items": inside()},
            "if": lambda: {"if": here(), "then": here(), "else": here()},
            "contains": lambda: {"contains": inside(), "minContains": chance.randrange(3)},
            "maxContains": lambda: {"contains": inside(), "maxContains": chance.randrange(1, 3)},
            "propertyNames": lambda: {"propertyNames": chance.choice([{"maxLength": 1}, {"pattern": "^a"}])},
            "patternProperties": lambda: {"patternProperties": {chance.choice(PATTERNS): inside()}},
            "dependentSchemas": lambda: {"dependentSchemas": {chance.choice(NAMES): here()}},
            "unevaluatedProperties": lambda: {"properties": names(), "unevaluatedProperties": inside()},
            "sealed": lambda: {"anyOf": [here(), here()], "unevaluatedProperties": False},
            "unevaluatedItems": lambda: {"prefixItems": [inside()], "unevaluatedItems": False},
        }


def document(chance: Random, version: str) -> Mapping[str, Any]:
    """A document of an OpenAPI *version* with random components."""
    return {"openapi": f"{version}.0", "components": {"schemas": Schemas(chance, version).components()}}
