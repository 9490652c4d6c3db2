"""Decide quickly whether a value satisfies a schema, with the package jsonschema-rs, which is compiled code.

It gives no violations: a value that it does not accept is for ``schema_validator``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.contract import Schema
from conformance.contract.openapi.json_schema import compiled_schema
from conformance.contract.role_kinds import forms_of

from .schema_keywords import is_compiled

BOUNDS = ("minItems", "maxItems", "minLength", "maxLength", "minimum", "maximum", "enum", "required")
"""Keywords with the same meaning in both languages, except for exclusive bounds."""


def quick_test(schema: Schema, *, shortened: bool = False) -> Callable[[Any], bool]:
    """A test that accepts only values that satisfy *schema*. It may reject some that do.

    With *shortened*, a value may have one number instead of all numbers of an array, as a LongArray shows it, and
    another text of at least one character instead of a vector in base64.
    """
    try:
        is_valid = compiled_schema(_json_schema(schema, shortened)).is_valid
    except NotQuick:
        return lambda value: False

    def test(value: Any) -> bool:
        try:
            return bool(is_valid(value))
        except (TypeError, ValueError):
            return False

    return test


class NotQuick(ValueError):
    """A schema has keywords that are judged in another way."""


def _json_schema(schema: Schema, shortened: bool) -> dict[str, Any]:
    """*schema* and all schemas in it as JSON Schema 2020-12. Raises NotQuick."""
    if not is_compiled(schema) or (shortened and (_needs_all_items(schema) or _needs_whole_text(schema))):
        raise NotQuick
    found = {keyword: schema.node[keyword] for keyword in BOUNDS if keyword in schema.node}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.node.get(exclusive):
            found[exclusive] = found.pop(bound)
    if schema.type is not None:
        found["type"] = [schema.type, "null"] if schema.nullable else schema.type
    if schema.properties:
        found["properties"] = {
            name: _json_schema(child, shortened) for name, child in schema.properties.items()
        }
    if schema.closed:
        found["additionalProperties"] = False
    if schema.items is not None:
        found["items"] = _json_schema(schema.items, shortened)
    if schema.branches:
        found["oneOf" if schema.is_exclusive else "anyOf"] = [
            _json_schema(branch, shortened) for branch in schema.branches
        ]
    return found


def _needs_all_items(schema: Schema) -> bool:
    """Whether *schema* may accept one number in an array, but not all arrays of numbers."""
    if schema.type not in (None, "array"):
        return False
    items = () if schema.items is None else forms_of(schema.items)
    constrained = any(
        form.type == "integer" or form.node.keys() & {"minimum", "maximum", "enum"} for form in items
    )
    return constrained or bool(schema.node.keys() & {"minItems", "maxItems", "enum"})


def _needs_whole_text(schema: Schema) -> bool:
    """Whether *schema* may accept one text, but not all. No enumeration has a text that replaces others."""
    return schema.node.get("minLength", 0) > 1 or "maxLength" in schema.node
