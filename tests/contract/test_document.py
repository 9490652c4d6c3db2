import copy
import json
import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest

from conformance.contract.errors import (
    ContractError,
    InvalidDocument,
    InvalidFile,
    ReferenceCycle,
    RemoteReference,
)
from conformance.contract.openapi.document import defects_of, load_document, validate_document
from conformance.contract.spec_files import vendored_document

VIOLATES = "the default violates its own schema"
MINIMAL = {
    "openapi": "3.0.0",
    "info": {"title": "t", "version": "1"},
    "paths": {"/embeddings": {"post": {"responses": {"200": {"description": "OK"}}}}},
}


def write(folder: Path, text: str, name: str = "contract.yaml") -> Path:
    (folder / name).write_text(text)
    return folder / name


def with_schema(schema: dict[str, Any]) -> dict[str, Any]:
    return MINIMAL | {"components": {"schemas": {"A": schema, "B": {"type": "string"}}}}


def test_vendored_document_is_valid() -> None:
    document = load_document(vendored_document())
    validate_document(document)
    assert list(document["paths"]) == ["/embeddings"]


def test_loading_and_validating_do_not_change_the_document() -> None:
    document = load_document(vendored_document())
    before = copy.deepcopy(document)
    validate_document(document)
    assert document == before == load_document(vendored_document())


def test_json_and_yaml_load_equally(tmp_path: Path) -> None:
    document = load_document(vendored_document())
    assert load_document(write(tmp_path, json.dumps(document), "contract.json")) == document


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("- a\n- b", 1, "an array of 2 items"),
        ("just text", 1, "'just text'"),
        ("", None, "nothing (an empty file, or null)"),
        ("info: {}\npaths: {}", 1, "no member 'openapi'"),
        ("info: {}\nopenapi: 3.9.0", 2, "'3.9.0'"),
        ("info: {}\nswagger: '1.2'", 2, "'1.2'"),
        ("info: {}\n\nopenapi: 4.0", 3, "4.0"),
        ("openapi: [3]", 1, "[3]"),
    ],
)
def test_rejects_other_documents_with_their_line(
    tmp_path: Path, text: str, line: int | None, found: str
) -> None:
    with pytest.raises(InvalidFile) as caught:
        load_document(write(tmp_path, text))
    assert (caught.value.line, caught.value.found) == (line, found)
    assert str(tmp_path / "contract.yaml") in str(caught.value)


@pytest.mark.parametrize(
    ("version", "defects"), [("3.2.0", []), ("3.1.2", []), ("3.0", ["/openapi"]), ("3.1", ["/openapi"])]
)
def test_a_version_may_be_a_number_or_new(tmp_path: Path, version: str, defects: list[str]) -> None:
    text = json.dumps(MINIMAL).replace('"3.0.0"', version if version.count(".") == 1 else f'"{version}"')
    document = load_document(write(tmp_path, text))
    assert [one.pointer for one in defects_of(document)] == defects


def test_contract_errors_are_value_errors() -> None:
    assert issubclass(ContractError, ValueError)


def test_rejects_an_invalid_document_with_the_pointer() -> None:
    with pytest.raises(InvalidDocument) as caught:
        validate_document(MINIMAL | {"paths": {"/embeddings": {"post": {}}}})
    assert caught.value.pointer == "/paths/~1embeddings/post"
    assert "responses" in caught.value.problem


def test_rejects_a_default_that_violates_its_schema() -> None:
    with pytest.raises(InvalidDocument):
        validate_document(with_schema({"type": "string", "minLength": 1, "default": ""}))


def test_validation_rejects_remote_references_without_fetching(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object) -> NoReturn:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", fail)
    for reference in ("http://127.0.0.1:9/x.yaml", "file:///etc/hostname", "other.yaml#/A"):
        with pytest.raises(RemoteReference):
            validate_document(with_schema({"properties": {"a": {"$ref": reference}}}))
        validate_document(with_schema({"type": "object", "example": {"$ref": reference}}))


def test_validation_rejects_reference_cycles() -> None:
    with pytest.raises(ReferenceCycle):
        validate_document(with_schema({"$ref": "#/components/schemas/A"}))


def test_recursive_schema_is_valid() -> None:
    validate_document(
        with_schema({"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}})
    )


def test_reports_the_innermost_cause() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "minLength": "x"}}}
    with pytest.raises(InvalidDocument) as caught:
        validate_document(with_schema(schema))
    assert caught.value.pointer == "/components/schemas/A/properties/a/minLength"


@pytest.mark.parametrize("length", [10_000, 400_000])
def test_an_invalid_schema_in_many_others_is_a_short_message(length: int) -> None:
    schema: dict[str, Any] = {"type": "string", "minLength": "x", "description": "y" * length}
    for _ in range(70):
        schema = {"type": "array", "items": schema}
    with pytest.raises(InvalidDocument) as caught:
        validate_document(with_schema(schema))
    assert len(str(caught.value)) < 1_000


def test_patterns_are_not_evaluated() -> None:
    validate_document(with_schema({"type": "string", "pattern": "(a+)+$", "default": "a" * 40 + "!"}))


@pytest.mark.parametrize(
    ("schema", "is_valid"),
    [
        ({"type": "integer", "exclusiveMinimum": 0, "default": 1}, True),
        ({"type": "integer", "exclusiveMinimum": 0, "default": 0}, False),
        ({"type": ["boolean", "null"], "default": None}, True),
        ({"type": ["boolean", "null"], "default": "false"}, False),
        ({"type": {}, "default": 1}, True),
        ({"type": "integer", "minimum": "0", "default": 1}, True),
    ],
)
def test_defaults_of_openapi_3_1(schema: dict[str, Any], is_valid: bool) -> None:
    document = {**with_schema(schema), "openapi": "3.1.0"}
    assert [one.problem for one in defects_of(document)] == ([] if is_valid else [VIOLATES])


def test_a_default_that_is_null_needs_nullable() -> None:
    validate_document(with_schema({"type": "string", "nullable": True, "default": None}))
    with pytest.raises(InvalidDocument, match="default violates its own schema"):
        validate_document(with_schema({"type": "string", "default": None}))


def test_an_invalid_document_may_have_lone_surrogates() -> None:
    validate_document(with_schema({"description": "\ud800"}))
    with pytest.raises(InvalidDocument, match="lone surrogate"):
        validate_document(with_schema({"type": "x", "description": "\ud800"}))
