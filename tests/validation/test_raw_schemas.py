"""Keywords without a compiled form are judged as JSON Schema says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance import Contract, validate_request

VALUES: list[Any] = [
    None, True, 0, 1, 4, 1.5, 256.0, "", "a", "ab", "abc", "1", [], [1], [1, 1], [1, "a"], ["a", "b"], {},
    {"a": 1}, {"a": "x", "b": 2}, {"b": None}, {"a": {"a": {}}},
]  # fmt: skip

SCHEMAS: list[dict[str, Any]] = [
    {"not": {"type": "string"}},
    {"pattern": "^a"},
    {"multipleOf": 2},
    {"uniqueItems": True},
    {"minProperties": 1, "maxProperties": 1},
    {"type": "object", "additionalProperties": {"type": "integer"}},
    {"patternProperties": {"^a": {"type": "integer"}}, "additionalProperties": False},
    {"prefixItems": [{"type": "integer"}], "items": {"type": "string"}},
    {"if": {"type": "string"}, "then": {"minLength": 2}, "else": {"type": ["integer", "null"]}},
    {"dependentRequired": {"a": ["b"]}},
    {"contains": {"const": 1}, "maxContains": 1},
    {"propertyNames": {"maxLength": 0}},
    {"enum": [256, False, [1]]},
    {"type": ["string", "integer", "null"], "minimum": 1, "minLength": 1},
    {
        "allOf": [
            {"type": "object", "additionalProperties": False, "properties": {"a": {}}},
            {"properties": {"b": {}}},
        ]
    },
    {"anyOf": [{"type": "string"}, {"type": "null"}]},
    {"oneOf": [{"type": "integer"}, {"minimum": 2}]},
    {"exclusiveMinimum": 0, "exclusiveMaximum": 4},
    {"unevaluatedProperties": False, "properties": {"a": {}}},
    {"$defs": {"t": {"type": "object", "properties": {"a": {"$ref": "#/$defs/t"}}}}, "type": "object"},
]


@pytest.mark.parametrize("schema", SCHEMAS, ids=json.dumps)
def test_every_value_is_judged_as_by_jsonschema(schema: dict[str, Any], tmp_path: Path) -> None:
    body = {"type": "object", "required": ["input"], "properties": {"input": {"type": "string"}, "x": schema}}
    content = {"application/json": {"schema": body}}
    answer = {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}
    operation = {"requestBody": {"required": True, "content": content}, "responses": {"200": answer}}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/embeddings": {"post": operation}},
    }
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(document))
    contract, oracle = Contract.load(file), Draft202012Validator(schema)
    assert contract.defects == ()
    for value in VALUES:
        found = validate_request({"input": "a", "x": value}, contract=contract)
        assert bool(found) is not oracle.is_valid(value), (value, found)
