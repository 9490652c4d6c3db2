"""The effects of the errata overlay on the vendored document and on other documents."""

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.contract.openapi.document import load_document, validate_document
from conformance.contract.openapi.references import dereference
from conformance.contract.overlay.document import Overlay, apply_overlay
from conformance.contract.spec_files import errata_overlay, vendored_document

VENDORED = load_document(vendored_document())
OVERLAY = Overlay.load(errata_overlay())


def resolved(document: dict[str, Any]) -> dict[str, Any]:
    return apply_overlay(OVERLAY, document, strict=False)[0]


def schema_of(document: dict[str, Any], name: str) -> Draft202012Validator:
    """An independent validator: the jsonschema package with the document's components."""
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    )


def response(embedding: object) -> dict[str, Any]:
    item = {"object": "embedding", "index": 0, "embedding": embedding}
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return {"object": "list", "model": "m", "data": [item], "usage": usage}


def test_each_action_changes_the_vendored_document() -> None:
    _, results = apply_overlay(OVERLAY, VENDORED, strict=True)
    assert [(result.matched, result.changed) for result in results] == [(1, True)] * len(OVERLAY.actions)


def test_applying_does_not_change_the_vendored_document() -> None:
    before = copy.deepcopy(VENDORED)
    resolved(VENDORED)
    assert VENDORED == before == load_document(vendored_document())


def test_resolved_document_is_valid() -> None:
    validate_document(resolved(VENDORED))


def test_second_application_changes_nothing() -> None:
    once = resolved(VENDORED)
    twice, results = apply_overlay(OVERLAY, once, strict=False)
    assert twice == once
    assert not any(result.changed for result in results)
    assert all(result.reason for result in results)


def test_base64_response_is_valid_only_after_the_errata() -> None:
    before, after = VENDORED, resolved(VENDORED)
    assert not schema_of(before, "CreateEmbeddingResponse").is_valid(response("AACAPw=="))
    assert schema_of(after, "CreateEmbeddingResponse").is_valid(response("AACAPw=="))


@pytest.mark.parametrize(
    ("embedding", "valid"), [([0.5, -1], True), ([], True), (["0.5"], False), (1.0, False), (None, False)]
)
def test_errata_do_not_affect_other_embeddings(embedding: object, valid: bool) -> None:
    for document in (VENDORED, resolved(VENDORED)):
        assert schema_of(document, "CreateEmbeddingResponse").is_valid(response(embedding)) is valid


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [("", True, False), ("a", True, True), ([""], True, True), (["a"], True, True), ([], False, False)],
)
def test_errata_forbid_only_the_empty_string_as_whole_input(value: object, before: bool, after: bool) -> None:
    body = {"input": value, "model": "m"}
    assert schema_of(VENDORED, "CreateEmbeddingRequest").is_valid(body) is before
    assert schema_of(resolved(VENDORED), "CreateEmbeddingRequest").is_valid(body) is after


def test_errata_remove_empty_defaults_from_the_request() -> None:
    schemas = resolved(VENDORED)["components"]["schemas"]
    assert '"default": ""' in json.dumps(VENDORED)
    assert '"default": ""' not in json.dumps(schemas["CreateEmbeddingRequest"])


def test_rejections_have_no_schema_for_their_body() -> None:
    pointer, rejection = dereference(resolved(VENDORED), "/paths/~1embeddings/post/responses/4XX")
    assert list(rejection) == ["description"], pointer


def test_servers_are_urls() -> None:
    servers = resolved(VENDORED)["paths"]["/embeddings"]["servers"]
    assert [server["url"] for server in servers] == ["https://api.portkey.ai/v1"]


OWN_DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "mine", "version": "1"},
    "paths": {"/v1/embeddings": {"post": {"responses": {"200": {"description": "OK"}}}}},
    "components": {
        "schemas": {
            "Request": {
                "properties": {"input": {"oneOf": [{"type": "string", "default": ""}, {"type": "integer"}]}}
            },
            "Item": {"properties": {"embedding": {"type": "array", "items": {"type": "number"}}}},
        }
    },
}


def test_document_without_contradictions_is_unchanged() -> None:
    after, results = apply_overlay(OVERLAY, OWN_DOCUMENT, strict=False)
    assert after == OWN_DOCUMENT
    assert [result.matched for result in results] == [0] * len(OVERLAY.actions)


def test_errata_apply_to_documents_with_other_names() -> None:
    document = copy.deepcopy(OWN_DOCUMENT)
    document["components"]["schemas"]["Request"]["properties"]["encoding_format"] = {
        "enum": ["float", "base64"]
    }
    after, results = apply_overlay(OVERLAY, document, strict=False)
    assert "oneOf" in after["components"]["schemas"]["Item"]["properties"]["embedding"]
    assert {result.action.id for result in results if result.changed} == {
        "embedding-alternatives",
        "embedding-type",
        "embedding-items",
    }


def test_errata_keep_an_existing_limit() -> None:
    document = copy.deepcopy(VENDORED)
    document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]["input"]["oneOf"][0][
        "minLength"
    ] = 5
    request = resolved(document)["components"]["schemas"]["CreateEmbeddingRequest"]
    assert request["properties"]["input"]["oneOf"][0]["minLength"] == 5


def test_errata_keep_documented_rejections() -> None:
    document = copy.deepcopy(VENDORED)
    document["paths"]["/embeddings"]["post"]["responses"]["4XX"] = {"description": "mine"}
    assert resolved(document)["paths"]["/embeddings"]["post"]["responses"]["4XX"] == {"description": "mine"}
