"""The responses that an operation declares: success, errors, headers, media types."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Contract, UnsupportedSchema
from conformance.contract.openapi.media_types import admits_media_type
from tests.contract.own_contracts import SCHEMA, json_response, own_contract, success

TEMPLATES = ("http.error.{label}.schema", "http.response.header.{label}")
TEXT = {"type": "string"}
DETAIL = {"type": "object", "required": ["detail"], "properties": {"detail": TEXT}}


def test_the_published_contract_declares_no_error_body_and_no_header() -> None:
    contract = Contract.load()
    assert set(contract.success) == {200}
    assert (contract.responses.status, contract.media_type) == (200, "application/json")
    assert [error.schema for error in contract.responses.errors.values()] == [None]
    assert not [r for r in contract.catalogue.values() if r.template in TEMPLATES]


@pytest.mark.parametrize(
    ("keys", "counted", "status"),
    [
        (["201"], {201}, 201),
        (["200", "201"], {200}, 200),
        (["2XX"], {*range(200, 300)}, 200),
        (["default"], {*range(200, 300)}, 200),
        (["201", "default"], {201}, 201),
    ],
)
def test_the_declared_status_is_the_success(
    tmp_path: Path, keys: list[str], counted: set[int], status: int
) -> None:
    contract = own_contract(tmp_path, dict.fromkeys(keys, success()))
    assert set(contract.success) == counted
    assert contract.responses.status == status
    assert contract.catalogue["response.media-type"].source.pointer.endswith(f"/responses/{keys[0]}/content")


def test_a_response_without_json_is_no_success_beside_one_with_json(tmp_path: Path) -> None:
    contract = own_contract(tmp_path, {"200": {"description": "accepted"}, "202": success()})
    assert set(contract.success) == {202}


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("application/json; charset=utf-8", "application/json"),
        ("Application/JSON", "application/json"),
        ("*/*", "application/json"),
        ("application/*", "application/json"),
        ("application/vnd.x+json", "application/vnd.x+json"),
    ],
)
def test_media_types_of_json(tmp_path: Path, name: str, sent: str) -> None:
    answers = {"200": json_response(SCHEMA, media_type=name)}
    contract = own_contract(tmp_path, answers, {"application/json": name})
    assert contract.media_type == contract.responses.media_type == sent
    assert contract.responses.has_type(f"{sent}; charset=utf-8")
    assert admits_media_type(contract.media_types, sent)
    assert not contract.responses.has_type("text/html")
    assert "response.media-type" in contract.catalogue


def test_json_counts_beside_other_types(tmp_path: Path) -> None:
    content = {"text/event-stream": {"schema": TEXT}, "application/json": {"schema": SCHEMA}}
    contract = own_contract(tmp_path, {"200": {"description": "", "content": content}})
    assert contract.responses.media_types == ["application/json"]
    assert not contract.responses.has_type("text/event-stream")


def test_a_success_without_json_is_unsupported(tmp_path: Path) -> None:
    with pytest.raises(UnsupportedSchema, match="content text/plain is not supported"):
        own_contract(tmp_path, {"200": json_response(TEXT, media_type="text/plain")})


def test_each_declared_error_with_a_schema_is_a_requirement(tmp_path: Path) -> None:
    answers: dict[str, Any] = {
        "200": success(),
        "400": {"description": "no content"},
        "401": {"description": "no schema", "content": {"application/json": {}}},
        "422": json_response(DETAIL),
        "4XX": json_response(TEXT, media_type="text/plain"),
        "500": json_response(DETAIL, media_type="application/problem+json"),
        "default": json_response(DETAIL),
        "302": json_response(DETAIL),
    }
    contract = own_contract(tmp_path, answers)
    found = [r for r in contract.catalogue.values() if r.template == TEMPLATES[0]]
    assert [r.id for r in found] == [f"http.error.{s}.schema" for s in ("422", "500", "default")]
    assert {(r.level, r.severity) for r in found} == {("should", "breaks-clients")}
    assert found[0].title == "The body of each 422 response has its declared form"
    assert str(found[0].source) == "/paths/~1embeddings/post/responses/422/content"
    declared = contract.responses
    errors = {status: declared.error(status) for status in STATUSES}
    assert {status: error and error.label for status, error in errors.items()} == STATUSES
    assert [declared.errors[key].allows_object for key in ("400", "422", "4XX")] == [True, True, False]


STATUSES = {200: None, 302: None, 400: "400", 422: "422", 404: "4xx", 500: "500", 503: "default"}


def test_the_errata_do_not_hide_a_declared_default(tmp_path: Path) -> None:
    contract = own_contract(tmp_path, {"200": success(), "default": json_response(DETAIL)})
    assert list(contract.responses.errors) == ["default"]


def test_each_declared_header_is_a_requirement(tmp_path: Path) -> None:
    integer = {"schema": {"type": "integer"}}
    headers = {
        "X-Count": {"required": True, **integer},
        "x-count": integer,
        "Content-Type": {"schema": TEXT},
        "X.Count": integer,
        "not a name": integer,
    }
    contract = own_contract(tmp_path, {"200": success(headers=headers)})
    found = [r for r in contract.catalogue.values() if r.template == TEMPLATES[1]]
    assert [(r.id, r.subject, r.level) for r in found] == [
        ("http.response.header.x-count", ("X-Count",), "should"),
        ("http.response.header.x-count-2", ("X.Count",), "should"),
    ]
    assert [header.required for header in contract.responses.headers] == [True, False]
    assert any("not a name is not the name of a header" in str(defect) for defect in contract.defects)


@pytest.mark.parametrize(
    "answer",
    [
        {"$ref": "#/components/responses/Missing"},
        json_response({"$ref": "#/components/schemas/Missing"}),
        json_response({"type": 3}),
        json_response({"type": "object", "properties": {f"p{n}": TEXT for n in range(400)}}),
    ],
)
def test_an_error_that_cannot_be_read_is_a_defect(tmp_path: Path, answer: dict[str, Any]) -> None:
    contract = own_contract(tmp_path, {"200": success(), "422": answer})
    assert contract.defects
