"""What the errata overlay does: to the vendored document, and to documents of others."""

import copy
import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from conformance.contract.openapi.document import load_document, validate_document
from conformance.contract.openapi.references import dereference
from conformance.contract.overlay.document import Overlay, apply
from conformance.contract.spec_files import errata_overlay, vendored_document

VENDORED = load_document(vendored_document())
OVERLAY = Overlay.load(errata_overlay())


def mended(document: dict[str, Any]) -> dict[str, Any]:
    return apply(OVERLAY, document, strict=False)[0]


def schema_of(document: dict[str, Any], name: str) -> Draft202012Validator:
    """The oracle: the jsonschema package on the document's own components."""
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": document["components"]}
    )


def answer(embedding: object) -> dict[str, Any]:
    item = {"object": "embedding", "index": 0, "embedding": embedding}
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    return {"object": "list", "model": "m", "data": [item], "usage": usage}


def test_every_action_matches_and_changes_the_vendored_document() -> None:
    _, results = apply(OVERLAY, VENDORED, strict=True)
    assert [(result.matched, result.changed) for result in results] == [(1, True)] * len(OVERLAY.actions)


def test_applying_leaves_the_vendored_document_alone() -> None:
    before = copy.deepcopy(VENDORED)
    mended(VENDORED)
    assert VENDORED == before == load_document(vendored_document())


def test_the_mended_document_is_valid() -> None:
    validate_document(mended(VENDORED))


def test_a_document_that_was_mended_is_not_mended_again() -> None:
    once = mended(VENDORED)
    twice, results = apply(OVERLAY, once, strict=False)
    assert twice == once
    assert not any(result.changed for result in results)
    assert all(result.reason for result in results)


def test_a_base64_answer_violates_the_vendored_schema_and_fits_the_mended_one() -> None:
    before, after = VENDORED, mended(VENDORED)
    assert not schema_of(before, "CreateEmbeddingResponse").is_valid(answer("AACAPw=="))
    assert schema_of(after, "CreateEmbeddingResponse").is_valid(answer("AACAPw=="))


@pytest.mark.parametrize(
    ("embedding", "valid"), [([0.5, -1], True), ([], True), (["0.5"], False), (1.0, False), (None, False)]
)
def test_other_embeddings_are_judged_as_before(embedding: object, valid: bool) -> None:
    for document in (VENDORED, mended(VENDORED)):
        assert schema_of(document, "CreateEmbeddingResponse").is_valid(answer(embedding)) is valid


@pytest.mark.parametrize(
    ("value", "before", "after"),
    [("", True, False), ("a", True, True), ([""], True, True), (["a"], True, True), ([], False, False)],
)
def test_the_empty_string_is_refused_as_the_whole_input_only(
    value: object, before: bool, after: bool
) -> None:
    body = {"input": value, "model": "m"}
    assert schema_of(VENDORED, "CreateEmbeddingRequest").is_valid(body) is before
    assert schema_of(mended(VENDORED), "CreateEmbeddingRequest").is_valid(body) is after


def test_no_empty_default_is_left_in_the_request() -> None:
    schemas = mended(VENDORED)["components"]["schemas"]
    assert '"default": ""' in json.dumps(VENDORED)
    assert '"default": ""' not in json.dumps(schemas["CreateEmbeddingRequest"])


def test_refusals_are_documented_without_a_schema_for_their_body() -> None:
    pointer, refusal = dereference(mended(VENDORED), "/paths/~1embeddings/post/responses/4XX")
    assert list(refusal) == ["description"], pointer


def test_only_urls_are_left_as_servers() -> None:
    servers = mended(VENDORED)["paths"]["/embeddings"]["servers"]
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


def test_a_document_without_the_contradictions_is_left_alone() -> None:
    after, results = apply(OVERLAY, OWN_DOCUMENT, strict=False)
    assert after == OWN_DOCUMENT
    assert [result.matched for result in results] == [0] * len(OVERLAY.actions)


def test_a_document_with_one_of_the_contradictions_is_mended_there_whatever_its_names() -> None:
    document = copy.deepcopy(OWN_DOCUMENT)
    document["components"]["schemas"]["Request"]["properties"]["encoding_format"] = {
        "enum": ["float", "base64"]
    }
    after, results = apply(OVERLAY, document, strict=False)
    assert "oneOf" in after["components"]["schemas"]["Item"]["properties"]["embedding"]
    assert {result.action.id for result in results if result.changed} == {
        "embedding-alternatives",
        "embedding-type",
        "embedding-items",
    }


def test_a_limit_of_ones_own_is_not_overwritten() -> None:
    document = copy.deepcopy(VENDORED)
    document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]["input"]["oneOf"][0][
        "minLength"
    ] = 5
    request = mended(document)["components"]["schemas"]["CreateEmbeddingRequest"]
    assert request["properties"]["input"]["oneOf"][0]["minLength"] == 5


def test_refusals_that_are_documented_are_left_alone() -> None:
    document = copy.deepcopy(VENDORED)
    document["paths"]["/embeddings"]["post"]["responses"]["4XX"] = {"description": "mine"}
    assert mended(document)["paths"]["/embeddings"]["post"]["responses"]["4XX"] == {"description": "mine"}
