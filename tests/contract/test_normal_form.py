"""All dialects of schemas have one normal form."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.contract.errors import InvalidDocument
from conformance.contract.openapi.normal_form import normal_form
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import vendored_document

STRING, INTEGER, NULL = {"type": "string"}, {"type": "integer"}, {"type": "null"}


def normal(schema: Any, version: str = "3.1.0", **components: Any) -> tuple[Any, list[str]]:
    """The normal form of *schema*, and the pointers of its defects."""
    document = {"openapi": version, "components": {"schemas": {"S": schema, **components}}}
    found, defects = normal_form(document)
    prefix = "/components/schemas/S"
    return found["components"]["schemas"]["S"], [one.pointer.removeprefix(prefix) for one in defects]


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@pytest.mark.parametrize(
    ("schema", "expected"),
    [
        ({"type": ["string", "null"]}, {"type": "string", "nullable": True}),
        ({"type": ["string", "integer"]}, {"anyOf": [STRING, INTEGER]}),
        ({"anyOf": [STRING, NULL]}, {"type": "string", "nullable": True}),
        (
            {"oneOf": [{"enum": ["a"], "type": "string"}, NULL]},
            {"type": "string", "enum": ["a", None], "nullable": True},
        ),
        ({"anyOf": [STRING, INTEGER, NULL]}, {"oneOf": [STRING, INTEGER, NULL]}),
        ({"const": 3}, {"enum": [3]}),
        ({"maxItems": 3.0}, {"maxItems": 3}),
        ({"maximum": 64.0}, {"maximum": 64}),
        ({"maximum": 0.5}, {"maximum": 0.5}),
        ({"exclusiveMinimum": 2}, {"minimum": 2, "exclusiveMinimum": True}),
        ({"minimum": 5, "exclusiveMinimum": 2}, {"minimum": 5}),
        ({"maximum": 5, "exclusiveMaximum": 5}, {"maximum": 5, "exclusiveMaximum": True}),
        ({"allOf": [STRING, {"minLength": 1}], "maxLength": 4}, {**STRING, "minLength": 1, "maxLength": 4}),
        ({"allOf": [{"minimum": 1}, {"minimum": 3}]}, {"minimum": 3}),
        ({"examples": ["a", "b"], **STRING}, {"example": "a", **STRING}),
        ({**ref("T"), "default": "a"}, {**STRING, "default": "a"}),
        ({**ref("T"), "description": "A text."}, ref("T")),
        (True, {}),
        (False, {"not": {}}),
        ({"pattern": "^a", "not": {"const": "ab"}}, {"pattern": "^a", "not": {"const": "ab"}}),
    ],
)
def test_the_normal_form(schema: Any, expected: Any) -> None:
    assert normal(schema, T=STRING) == (expected, [])


@pytest.mark.parametrize(
    ("schema", "expected", "pointer"),
    [
        ({"type": "text"}, {}, "/type"),
        ({"maxitems": 3}, {}, "/maxitems"),
        ({"minLength": "1"}, {}, "/minLength"),
        ({"type": "object", "oneOf": [STRING, INTEGER]}, {"oneOf": [STRING, INTEGER]}, "/type"),
        (
            {"oneOf": [STRING, {**STRING, "enum": ["a"]}]},
            {"anyOf": [STRING, {**STRING, "enum": ["a"]}]},
            "/oneOf",
        ),
        (ref("Absent"), {}, ""),
        ({"items": "string"}, {}, "/items"),
        ({"pattern": "("}, {}, "/pattern"),
        ({"pattern": "(a)\\1"}, {}, "/pattern"),
    ],
)
def test_a_mistake_is_a_defect_with_a_reading(schema: Any, expected: Any, pointer: str) -> None:
    assert normal(schema) == (expected, [pointer])


def test_schemas_that_cannot_be_merged_stay_raw() -> None:
    parts = [{"properties": {"a": {}}, "additionalProperties": False}, {"properties": {"b": {}}}]
    found, defects = normal({"allOf": parts})
    assert defects == []
    assert parts[1] in found["allOf"]


def test_recursion_ends() -> None:
    found, defects = normal({"allOf": [{"properties": {"again": ref("S")}}]})
    assert (found, defects) == ({"properties": {"again": ref("S")}}, [])


def test_the_vendored_document_is_in_normal_form() -> None:
    document = read_file(vendored_document()).value
    assert normal_form(document) == (document, [])


def test_references_that_fan_out_are_bounded() -> None:
    components: dict[str, Any] = {f"S{n}": {"allOf": [ref(f"S{n + 1}"), ref(f"S{n + 1}")]} for n in range(40)}
    with pytest.raises(InvalidDocument, match="more than 10,000 schemas"):
        normal(ref("S0"), version="3.1.0", **components, S40=STRING)
