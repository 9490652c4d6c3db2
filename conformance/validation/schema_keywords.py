"""Compile the schema keywords that test one value by itself.

Source: JSON Schema validation keywords as OpenAPI 3.0.3 adopts them. Where dialects differ, a bool is not an integer,
and a float without a fraction is an integer.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping, Sized
from typing import Any

from conformance.contract import Schema
from conformance.contract.openapi.json_equality import json_equal
from conformance.contract.openapi.keywords import AS_A_WHOLE, GROUPS, RECURSION

from .raw_schemas import raw_test

Test = Callable[[Any], bool]
Rule = tuple[str, Test]
"""A keyword and its test."""

RAW = GROUPS.keys() | {AS_A_WHOLE, RECURSION}
"""Keywords that the package jsonschema-rs judges, as it does ``additionalProperties`` with a schema."""

CompileTest = Callable[[Schema], Test]
Comparison = Callable[[Any, Any], bool]

# Tuples: isinstance is four times slower with a union.
ARRAY = (list, tuple)
NUMBER = (int, float)


def compile_rules(schema: Schema) -> Iterator[Rule]:
    """The rules of *schema* itself, without those of the schemas inside it."""
    for keyword in schema.keywords():
        if keyword in RULES:
            yield keyword, RULES[keyword](schema)
        elif _is_raw(schema, keyword):
            yield keyword, raw_test(schema, keyword)


def is_compiled(schema: Schema) -> bool:
    """Whether the rules of *schema* itself are all compiled, so that none needs the package jsonschema-rs."""
    return not any(_is_raw(schema, keyword) for keyword in schema.keywords())


def _is_raw(schema: Schema, keyword: str) -> bool:
    return keyword not in RULES and (keyword in RAW or isinstance(schema.node.get(keyword), Mapping))


def is_type(name: str | None, value: object) -> bool:
    """Whether *value* is of the type *name*; every value is of the type None."""
    return name is None or TYPES[name](value)


def _type(schema: Schema) -> Test:
    """The test of the type alone: an enumeration must list ``null`` too (OpenAPI 3.0.3, ``nullable``)."""
    test = TYPES[schema.node["type"]]
    return (lambda value: value is None or test(value)) if schema.nullable else test


def _enum(schema: Schema) -> Test:
    allowed = schema.node["enum"]
    return lambda value: any(json_equal(value, item) for item in allowed)


def _size(keyword: str, kind: tuple[type[Sized], ...], within: Comparison) -> CompileTest:
    """The test of the length of values of *kind* against the bound of *keyword*. Other values pass."""

    def compile_test(schema: Schema) -> Test:
        bound = schema.node[keyword]
        return lambda value: not isinstance(value, kind) or within(len(value), bound)

    return compile_test


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


TYPES: Mapping[str, Test] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
    "number": lambda value: isinstance(value, NUMBER) and not isinstance(value, bool),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, ARRAY),
    "object": lambda value: isinstance(value, dict),
    "null": lambda value: value is None,
}
"""The test of each type that a schema can name (OpenAPI 3.0.3, "Data Types")."""

RULES: Mapping[str, CompileTest] = {
    "type": _type,
    "enum": _enum,
    "minItems": _size("minItems", ARRAY, operator.ge),
    "maxItems": _size("maxItems", ARRAY, operator.le),
    "minLength": _size("minLength", (str,), operator.ge),
    "maxLength": _size("maxLength", (str,), operator.le),
    "minimum": _minimum,
    "maximum": _maximum,
}
