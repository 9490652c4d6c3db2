"""The keywords of schemas: some have validators of their own, and the validator of `jsonschema` judges the others.

Source: OpenAPI 3.0.3, section "Schema Object"; JSON Schema 2020-12, which OpenAPI 3.1 adopts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

ANNOTATIONS = frozenset(
    {
        "title",
        "description",
        "default",
        "example",
        "examples",
        "format",
        "deprecated",
        "readOnly",
        "writeOnly",
        "externalDocs",
        "discriminator",
        "xml",
        "$comment",
        "$schema",
        "contentEncoding",
        "contentMediaType",
        "contentSchema",
    }
)
"""Keywords without a constraint: documentation, and ``format``, whose meaning OpenAPI leaves to implementations."""

STRUCTURE = frozenset({"properties", "items", "$ref", "$defs", "definitions"})
"""Keywords that contain schemas and have no constraint of their own."""

MODIFIERS = frozenset({"nullable", "exclusiveMinimum", "exclusiveMaximum"})
"""Keywords that only change the meaning of another keyword (in OpenAPI 3.0, ``exclusiveMinimum`` is a boolean)."""

OWN = frozenset(
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
"""Keywords that the suite has validators for."""

GROUPS: Mapping[str, tuple[str, ...]] = {
    "allOf": (),
    "not": (),
    "pattern": (),
    "multipleOf": (),
    "uniqueItems": (),
    "minProperties": (),
    "maxProperties": (),
    "dependentRequired": (),
    "dependentSchemas": (),
    "dependencies": (),
    "propertyNames": (),
    "contains": ("minContains", "maxContains"),
    "prefixItems": ("items",),
    "patternProperties": ("properties", "additionalProperties"),
    "if": ("then", "else"),
    "unevaluatedProperties": (),
    "unevaluatedItems": (),
}
"""Keywords that JSON Schema's validator judges, each with those that it is judged together with."""

WITH_PROPERTIES = ("properties", "patternProperties")
"""The keywords that ``additionalProperties`` with a schema is judged together with."""

UNEVALUATED = ("unevaluatedProperties", "unevaluatedItems")
"""Keywords that JSON Schema's validator judges together with the rest of their schema, if a value meets that rest."""

IDENTIFIERS = frozenset({"$id", "$anchor"})
"""Names of schemas, to which references can be relative."""

DYNAMIC = frozenset({"$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$vocabulary"})
"""Keywords whose effect depends on the schemas around: JSON Schema's validator judges the schema as a whole."""

AS_A_WHOLE = "schema"
RECURSION = "recursion"
"""Names for the rule that a value meets a schema as a whole, and that it meets the schema that contains it."""

OVERLAPPING = "x-overlapping"
"""The member of a schema with ``oneOf`` that says that a value may meet several of its alternatives."""

SHOWN_AS = "x-shown-as"
"""The member of a schema that names a keyword of the document, for a rule that is none."""

TYPES = ("string", "integer", "number", "boolean", "array", "object", "null")


def _is_count(value: Any) -> bool:
    is_integer = isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return is_integer and not isinstance(value, bool) and value >= 0


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _is_schemas(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


def _is_object(value: Any) -> bool:
    return isinstance(value, Mapping)


def _is_schema(value: Any) -> bool:
    return isinstance(value, Mapping | bool)


def _is_types(value: Any) -> bool:
    names = value if isinstance(value, list) else [value]
    return bool(names) and all(isinstance(name, str) and name in TYPES for name in names)


COUNTS = ("minItems", "maxItems", "minLength", "maxLength", "minProperties", "maxProperties")

EXPECTED: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    **dict.fromkeys((*COUNTS, "minContains", "maxContains"), (_is_count, "an integer that is not negative")),
    **dict.fromkeys(("minimum", "maximum"), (_is_number, "a number")),
    "multipleOf": (lambda value: _is_number(value) and value > 0, "a number above 0"),
    "required": (_is_names, "a list of names"),
    "enum": (lambda value: isinstance(value, list) and bool(value), "a list of values"),
    **dict.fromkeys(("oneOf", "anyOf", "allOf", "prefixItems"), (_is_schemas, "a list of schemas")),
    **dict.fromkeys(("properties", "patternProperties", "dependentSchemas"), (_is_object, "an object")),
    **dict.fromkeys(
        ("items", "not", "if", "then", "else", "contains", "propertyNames", "additionalProperties"),
        (_is_schema, "a schema"),
    ),
    "pattern": (lambda value: isinstance(value, str), "a regular expression"),
    "type": (_is_types, f"one of {', '.join(TYPES)}"),
    "uniqueItems": (lambda value: isinstance(value, bool), "true or false"),
    "nullable": (lambda value: isinstance(value, bool), "true or false"),
    "dependentRequired": (_is_object, "an object"),
    "$ref": (lambda value: isinstance(value, str), "a reference"),
}
"""What the value of a keyword must be, as a test and in words."""
