import copy
import json
import socket
from pathlib import Path
from typing import Any, NoReturn

import pytest

from conformance.contract.errors import (
    ContractError,
    InvalidDocument,
    Malformed,
    ReferenceCycle,
    RemoteReference,
)
from conformance.contract.openapi.document import load_document, validate_document
from conformance.contract.spec_files import vendored_document

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


def test_the_vendored_document_loads_and_is_valid() -> None:
    document = load_document(vendored_document())
    validate_document(document)
    assert list(document["paths"]) == ["/embeddings"]


def test_loading_and_validating_leave_the_document_alone() -> None:
    document = load_document(vendored_document())
    before = copy.deepcopy(document)
    validate_document(document)
    assert document == before == load_document(vendored_document())


def test_the_same_document_as_json_loads_alike(tmp_path: Path) -> None:
    document = load_document(vendored_document())
    assert load_document(write(tmp_path, json.dumps(document), "contract.json")) == document


@pytest.mark.parametrize(
    ("text", "line", "found"),
    [
        ("- a\n- b", 1, "an array of 2 items"),
        ("just text", 1, "'just text'"),
        ("", None, "None"),
        ("info: {}\npaths: {}", 1, "no member 'openapi'"),
        ("info: {}\nopenapi: 3.1.0", 2, "'3.1.0'"),
        ("info: {}\nswagger: '2.0'", 1, "no member 'openapi'"),
        ("info: {}\n\nopenapi: 3.0", 3, "3.0"),
        ("openapi: [3]", 1, "[3]"),
    ],
)
def test_what_is_no_openapi_3_0_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int | None, found: str
) -> None:
    with pytest.raises(Malformed) as caught:
        load_document(write(tmp_path, text))
    assert (caught.value.line, caught.value.found) == (line, found)
    assert str(tmp_path / "contract.yaml") in str(caught.value)


def test_a_version_that_lacks_quotes_says_so(tmp_path: Path) -> None:
    with pytest.raises(Malformed, match="in quotes"):
        load_document(write(tmp_path, "openapi: 3.0"))


def test_every_error_of_the_room_is_a_value_error() -> None:
    assert issubclass(ContractError, ValueError)


def test_a_document_that_breaks_the_specification_is_refused_with_the_place() -> None:
    with pytest.raises(InvalidDocument) as caught:
        validate_document(MINIMAL | {"paths": {"/embeddings": {"post": {}}}})
    assert caught.value.pointer == "/paths/~1embeddings/post"
    assert "responses" in caught.value.problem


def test_a_default_that_breaks_its_own_schema_is_refused() -> None:
    with pytest.raises(InvalidDocument):
        validate_document(with_schema({"type": "string", "minLength": 1, "default": ""}))


def test_a_reference_to_elsewhere_is_refused_by_validation_and_never_fetched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise AssertionError("something was fetched")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for reference in ("http://127.0.0.1:9/x.yaml", "file:///etc/hostname", "other.yaml#/A"):
        with pytest.raises(RemoteReference):
            validate_document(with_schema({"properties": {"a": {"$ref": reference}}}))
        validate_document(with_schema({"type": "object", "example": {"$ref": reference}}))


def test_references_that_never_reach_a_schema_are_refused_by_validation() -> None:
    with pytest.raises(ReferenceCycle):
        validate_document(with_schema({"$ref": "#/components/schemas/A"}))


def test_a_schema_that_contains_itself_is_valid() -> None:
    validate_document(
        with_schema({"type": "object", "properties": {"a": {"$ref": "#/components/schemas/A"}}})
    )
