"""References in schemas lead to the right place, and to nothing outside of the document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.contract.openapi.json_schema import compiled_schema
from conformance.contract.openapi.normal_form import normal_form
from conformance.contract.openapi.scopes import with_own_definitions

STRING, INTEGER = {"type": "string"}, {"type": "integer"}
S = "#/components/schemas/S"


def normal(schema: Any, **components: Any) -> tuple[Any, list[str]]:
    """The normal form of *schema* in OpenAPI 3.1, and the pointers of its defects."""
    document = with_own_definitions(
        {"openapi": "3.1.0", "components": {"schemas": {"S": schema, **components}}}
    )
    found, defects = normal_form(document)
    return found["components"]["schemas"]["S"], [defect.pointer for defect in defects]


@pytest.mark.parametrize(
    ("target", "source", "expected"),
    [
        ("/properties/a", {"properties": {"a": STRING}}, {"$ref": "#/components/schemas/T/properties/a"}),
        ("/items", {"items": STRING}, {"$ref": "#/components/schemas/T/items"}),
        ("/anyOf/1", {"anyOf": [{"type": "null"}, STRING, INTEGER]}, STRING),
        ("/allOf/0", {"allOf": [STRING, {"minLength": 1}]}, STRING),
        ("/not", {"not": STRING}, STRING),
        ("/$defs/a", {"$defs": {"a": STRING}}, STRING),
        (
            "/properties/a",
            {"properties": {"a": STRING}, "allOf": [{"properties": {"a": {"minLength": 1}}}]},
            STRING,
        ),
    ],
)
def test_a_reference_has_the_content_of_its_target_in_the_document(
    target: str, source: Any, expected: Any
) -> None:
    found = normal({"items": {"$ref": f"#/components/schemas/T{target}"}}, T=source)
    assert found == ({"items": expected}, [])


def test_definitions_of_a_schema_are_found_from_inside() -> None:
    schema = {"$defs": {"a": STRING}, "properties": {"x": {"$ref": "#/$defs/a"}}}
    assert normal(schema) == ({"properties": {"x": STRING}}, [])


def test_values_that_look_like_references_stay_as_they_are() -> None:
    schema = {"$defs": {"a": STRING}, "enum": [{"$ref": "#/$defs/a"}]}
    assert normal(schema) == ({"enum": [{"$ref": "#/$defs/a"}]}, [])


@pytest.mark.parametrize("reference", ["file", "http://127.0.0.1:9/schema.json", "other.json", "#absent"])
@pytest.mark.parametrize("keyword", ["not", "contains", "propertyNames", "unevaluatedProperties"])
def test_nothing_outside_of_the_document_is_read(keyword: str, reference: str, tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    file.write_text('{"type": "string"}')
    reference = file.as_uri() if reference == "file" else reference
    found, defects = normal({keyword: {"$ref": reference}})
    assert found == {}
    assert defects == [f"/components/schemas/S/{keyword}"]
    with pytest.raises(ValueError, match=r"is not present|does not exist"):
        compiled_schema({keyword: {"$ref": reference}})


def test_alternatives_that_share_null_do_not_exclude_each_other() -> None:
    schema = {"anyOf": [{"type": ["string", "null"]}, {"type": ["integer", "null"]}]}
    found, _ = normal(schema)
    assert "anyOf" in found


def test_alternatives_of_both_kinds_are_judged_together() -> None:
    schema = {"anyOf": [STRING, {"minimum": 1}], "oneOf": [INTEGER, {"minLength": 2}]}
    found, defects = normal(schema)
    assert defects == []
    assert ("anyOf" in found) != ("oneOf" in found)
