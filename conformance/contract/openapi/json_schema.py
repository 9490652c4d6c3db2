"""Schemas of OpenAPI 3.0 as JSON Schema 2020-12, which OpenAPI 3.1 uses as it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LITERAL = frozenset({"default", "enum", "const", "example", "examples", "required"})
"""Keywords whose values are data."""

NAMED = frozenset({"properties", "patternProperties", "dependentSchemas", "definitions", "$defs"})
"""Keywords whose members are schemas by name."""


def json_schema(node: Any) -> Any:
    """A schema of OpenAPI 3.0 as JSON Schema: ``nullable`` and exclusive bounds are written in another way."""
    if isinstance(node, list):
        return [json_schema(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    if "$ref" in node:
        return {"$ref": node["$ref"]}
    found = {key: _member(key, value) for key, value in node.items()}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        is_exclusive = found.pop(exclusive, False)
        if is_exclusive is True and bound in found:
            found[exclusive] = found.pop(bound)
        elif is_exclusive is not False and is_exclusive is not True:
            found[exclusive] = is_exclusive
    if found.pop("nullable", False) is True and isinstance(found.get("type"), str):
        found["type"] = [found["type"], "null"]
    return found


def _member(key: str, value: Any) -> Any:
    if key in LITERAL or key.startswith("x-"):
        return value
    if key in NAMED and isinstance(value, Mapping):
        return {name: json_schema(schema) for name, schema in value.items()}
    return json_schema(value)
