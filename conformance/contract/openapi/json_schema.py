"""Schemas of OpenAPI 3.0 become JSON Schema 2020-12, the language of OpenAPI 3.1; jsonschema-rs compiles them."""

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

LITERAL = frozenset({"default", "enum", "const", "example", "examples", "required"})
"""Keywords whose values are data."""

NAMED = frozenset(
    {"properties", "patternProperties", "dependentSchemas", "definitions", "$defs", "schemas", "responses"}
)
"""Keywords whose members have names that are no keywords."""

REFERRED = ("components", "paths", "$defs", "definitions")
"""Members of a document that references to schemas lead to."""

REFERENCES = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


def compiled_schema(raw: Mapping[str, Any], definitions: Mapping[str, Any] | None = None) -> Any:
    """The validator of the schema *raw*, whose references lead to *definitions*. Its patterns take linear time.

    *definitions* has the dialect of *raw* as ``x-dialect`` (by default JSON Schema 2020-12). Nothing outside of them
    is read. Raises ValueError for an invalid schema, for a reference to nothing, and for a pattern that needs an
    engine without a limit of time.
    """
    from jsonschema_rs import Draft202012Validator, RegexOptions

    known = definitions or {}
    own = json_schema(raw) if known.get("x-dialect") == "3.0" else raw
    needed = known if contains_key(own, REFERENCES) else {}
    schema = {**{key: value for key, value in needed.items() if key not in own}, **own}
    return Draft202012Validator(schema, pattern_options=RegexOptions(), retriever=_nothing)


def dialect_of(document: Mapping[str, Any]) -> str:
    """The version of OpenAPI that first had the schemas of *document*: 3.0, or 3.1 for it and what follows."""
    return "3.0" if str(document.get("openapi", "3.0")).startswith("3.0") else "3.1"


def definitions_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """What the raw schemas of *document* refer to, as JSON Schema, with the dialect of these schemas."""
    dialect = dialect_of(document)
    known = {key: document[key] for key in REFERRED if key in document}
    return {**(known if dialect == "3.1" else json_schema(known)), "x-dialect": dialect}


def contains_key(node: Any, keys: Set[str]) -> bool:
    """Whether *node* is an object with one of *keys*, or has such an object inside."""
    if isinstance(node, Mapping):
        return not keys.isdisjoint(node) or any(contains_key(value, keys) for value in node.values())
    return isinstance(node, list) and any(contains_key(item, keys) for item in node)


def _nothing(uri: str) -> Any:
    raise LookupError(uri)


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
