"""A user's own OpenAPI document."""

import json
from collections.abc import Callable
from copy import deepcopy
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from conformance import Contract, validate_request, validate_response
from conformance.contract import UnsupportedSchema
from conformance.contract.errors import NoSuchOperation, UnreadableFile
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import vendored_document
from tests.contract.requirement_data import OF_DIMENSIONS

PUBLISHED = read_file(vendored_document()).value
Change = Callable[[dict[str, Any]], object]
Load = Callable[..., Contract]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    """Load a user's own document from a file: the published document after a *change*."""
    numbers = count()

    def load(change: Change = lambda document: None, **options: Any) -> Contract:
        document = deepcopy(PUBLISHED)
        change(document)
        file = tmp_path / f"{next(numbers)}.json"
        file.write_text(json.dumps(document))
        return Contract.load(file, **options)

    return load


def operation(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"]["/embeddings"]["post"]
    return found


def schemas(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]
    return found


def request_properties(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schemas(document)["CreateEmbeddingRequest"]["properties"]
    return found


def test_published_document_as_own_document_is_the_same_contract(load: Load) -> None:
    contract = load()
    assert dict(contract.catalogue) == dict(Contract.load().catalogue)
    assert contract.document == {k: v for k, v in Contract.load().document.items() if k != "tags"}
    assert contract.defects == ()
    assert contract.file.name == "0.json"


def test_own_document_is_cached_and_unchanged(load: Load) -> None:
    contract = load()
    before = contract.file.read_bytes()
    assert Contract.load(contract.file) is contract
    assert Contract.load(contract.file.parent / "." / contract.file.name) is contract
    assert contract.file.read_bytes() == before


def test_validators_and_catalogue_follow_the_document(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        properties = request_properties(document)
        for branch in properties["input"]["oneOf"][1:]:
            branch["maxItems"] = 100
        properties["dimensions"]["minimum"] = 4
        properties["truncate"] = {"type": "boolean"}
        document["components"]["securitySchemes"]["Portkey-Key"]["name"] = "x-key"
        del operation(document)["security"][0]

    contract = load(change)

    def found(**body: Any) -> list[str]:
        violations = validate_request({"model": "m", "input": "x", **body}, contract=contract)
        return [violation.message for violation in violations]

    assert found(input=["a"] * 100, dimensions=4, truncate=False) == []
    assert found(input=["a"] * 101) == ["/input: expected at most 100 items, found an array of 101 items"]
    assert found(dimensions=3) == ["/dimensions: expected at least 4, found 3"]
    assert found(truncate="no") == ["/truncate: expected true or false, found a string"]
    assert "request.truncate.type" in contract.catalogue
    assert "auth.accept.virtual-key" not in contract.catalogue
    assert contract.security["Portkey-Key"].header == "x-key"
    assert [contract.security.accepts(s) for s in contract.security.subsets()].count(True) == 10


def test_skips_errata_without_their_contradiction(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        request_properties(document)["input"]["description"] = "The texts."

    contract = load(change)
    errata, profile = contract.overlays
    assert [(action.action.id, action.reason) for action in errata.skipped] == [
        ("input-string-default", "its target selects nothing in this document"),
        ("input-string-length", "its target selects nothing in this document"),
        ("input-strings-default", "its target selects nothing in this document"),
    ]
    assert profile.skipped == ()
    assert contract.catalogue.dropped == (
        "request.input.strings.items.empty",
        "meaning.different.last-word",
    )
    assert validate_request({"model": "m", "input": ["", "a"]}, contract=contract) == []
    assert validate_request({"model": "m", "input": ""}, contract=contract) == []


def test_drops_requirements_of_a_missing_property(load: Load) -> None:
    contract = load(lambda document: request_properties(document).pop("dimensions"))
    assert contract.catalogue.dropped == OF_DIMENSIONS
    response = {
        "object": "list",
        "model": "m",
        "usage": {"prompt_tokens": 1, "total_tokens": 1},
        "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}],
    }
    assert validate_response(response, {"input": "x", "dimensions": 3}, contract=contract) == []


def test_follows_references_to_bodies_and_responses(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        components, post = document["components"], operation(document)
        components["requestBodies"] = {"Body": post["requestBody"]}
        components["responses"] = {"Response": post["responses"]["200"]}
        post["requestBody"] = {"$ref": "#/components/requestBodies/Body"}
        post["responses"]["200"] = {"$ref": "#/components/responses/Response"}

    contract = load(change)
    assert list(contract.catalogue) == list(Contract.load().catalogue)
    assert contract.catalogue["request.json.empty"].source.pointer == "/components/requestBodies/Body"
    assert (
        contract.catalogue["response.media-type"].source.pointer == "/components/responses/Response/content"
    )


def test_an_optional_body_is_read_as_required(load: Load) -> None:
    contract = load(lambda document: operation(document)["requestBody"].pop("required"))
    (defect,) = contract.defects
    assert defect.pointer == "/paths/~1embeddings/post/requestBody"
    assert "request.json.empty" in contract.catalogue
    assert validate_request(b"", contract=contract) != []


def test_document_without_security_accepts_anonymous_requests(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        del document["security"], operation(document)["security"]

    contract = load(change)
    assert contract.security.accepts(())
    accepting = [id for id in contract.catalogue if id.startswith("auth.accept.")]
    assert accepting == ["auth.accept.anonymous"]
    assert contract.catalogue.dropped == ()


def test_schemes_that_differ_only_in_case_have_separate_requirements(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        document["components"]["securitySchemes"]["config"] = {
            "type": "apiKey",
            "in": "header",
            "name": "x-c",
        }
        operation(document)["security"].append({"Portkey-Key": [], "config": []})

    catalogue = load(change).catalogue
    assert catalogue["auth.accept.config"].subject == ("Portkey-Key", "Config")
    assert catalogue["auth.accept.config-2"].subject == ("Portkey-Key", "config")


def test_follows_another_path_and_its_methods(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        item = document["paths"].pop("/embeddings")
        document["paths"]["/openai/embeddings"] = item
        item["get"] = {"responses": {"200": {"description": "OK"}}}
        document["paths"]["/chat"] = {"post": item["get"]}
        document["paths"]["/v2/embeddings"] = {"get": item["get"]}

    contract = load(change)
    assert contract.path == "/openai/embeddings"
    assert "http.method.get" not in contract.catalogue
    assert (
        contract.catalogue["auth.accept.config"].source.pointer == "/paths/~1openai~1embeddings/post/security"
    )


def test_reads_yaml_with_a_number_as_status(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    file.write_text(vendored_document().read_text().replace("'200':", "200:"))
    assert "response.count" in Contract.load(file).catalogue


# --- unsupported documents ---------------------------------------------------------------------------------


def test_rejects_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"cannot read .*none\.yaml"):
        Contract.load(tmp_path / "none.yaml")


def change_media_type(document: dict[str, Any]) -> None:
    content = operation(document)["requestBody"]["content"]
    content["text/plain"] = content.pop("application/json")


def add_second_operation(document: dict[str, Any]) -> None:
    second = deepcopy(document["paths"]["/embeddings"])
    second["post"]["operationId"] = "second"
    document["paths"]["/v2/embeddings"] = second


def add_recursion(document: dict[str, Any]) -> None:
    schemas(document)["Embedding"]["properties"]["parts"] = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Embedding"},
    }


def test_the_shortest_path_is_the_default_and_another_operation_can_be_named(load: Load) -> None:
    assert load(add_second_operation).path == "/embeddings"
    assert load(add_second_operation, operation="second").path == "/v2/embeddings"
    assert load(add_second_operation, operation="POST /v2/embeddings").path == "/v2/embeddings"
    with pytest.raises(NoSuchOperation, match="did you mean 'POST /v2/embeddings'"):
        load(add_second_operation, operation="POST /v2/embedding")


def test_a_recursive_schema_judges_payloads(load: Load) -> None:
    contract = load(add_recursion)
    item = {"object": "embedding", "index": 0, "embedding": [0.5]}
    usage = {"prompt_tokens": 1, "total_tokens": 1}

    def found(**more: Any) -> list[str]:
        body = {"object": "list", "model": "m", "usage": usage, "data": [{**item, **more}]}
        return [violation.pointer for violation in validate_response(body, contract=contract)]

    assert found(parts=[item]) == []
    assert found(parts=[{**item, "parts": [{**item, "index": "a"}]}]) == ["/data/0/parts/0"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            change_media_type,
            "/paths/~1embeddings/post/requestBody: content text/plain is not supported; use application/json",
        ),
    ],
)
def test_rejects_unsupported_constructs(load: Load, change: Change, message: str) -> None:
    with pytest.raises(UnsupportedSchema) as caught:
        load(change)
    assert str(caught.value) == message


def test_rejects_a_document_without_an_embeddings_operation(load: Load) -> None:
    with pytest.raises(NoSuchOperation, match="a path that ends in /embeddings"):
        load(lambda document: document["paths"].pop("/embeddings"))


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        (
            lambda document: operation(document).update(responses={"204": {"description": "No content"}}),
            "/paths/~1embeddings/post/responses/204",
        ),
    ],
)
def test_rejects_an_operation_without_body_or_response(load: Load, change: Change, pointer: str) -> None:
    with pytest.raises(ValueError, match=pointer):
        load(change)


@pytest.mark.parametrize(
    ("responses", "key"),
    [
        ({"201": {"description": ""}}, "201"),
        ({"200": {"description": "", "content": {"application/json": {}}}}, "200"),
        ({"400": {"description": ""}}, "200"),
    ],
)
def test_a_response_without_a_schema_may_be_any_json(load: Load, responses: dict[str, Any], key: str) -> None:
    contract = load(lambda document: operation(document).update(responses=responses))
    pointer = f"/paths/~1embeddings/post/responses/{key}"
    assert [defect.pointer for defect in contract.defects] == [pointer]
    assert contract.roles.vectors == ("data",)
    assert contract.responses.status == int(key)


def test_an_alternative_whose_credential_cannot_be_sent_is_left_out(load: Load) -> None:
    in_query = {"type": "apiKey", "in": "query", "name": "config"}
    contract = load(lambda document: document["components"]["securitySchemes"].update(Config=in_query))
    assert [defect.pointer for defect in contract.defects] == ["/components/securitySchemes/Config"]
    assert "auth.accept.config" not in contract.catalogue
    assert "auth.accept.virtual-key" in contract.catalogue


def test_shipped_profile_skips_unmatched_actions_on_an_own_document(load: Load) -> None:
    def change(document: dict[str, Any]) -> None:
        operation(document)["security"] = [{"Portkey-Key": [], "Config": []}]

    contract = load(change, profile="portkey-oss")
    assert [action.description for action in contract.overlays[1].skipped] == [
        "Virtual keys need the hosted control plane"
    ]
    assert contract.security.alternatives == (frozenset({"Config"}),)


def test_a_file_that_was_written_again_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "own.yaml"
    text = vendored_document().read_text("utf-8")
    file.write_text(text, "utf-8")
    first = Contract.load(file)
    assert Contract.load(file) is first
    file.write_text(text.replace("maxItems: 2048", "maxItems: 99"), "utf-8")
    assert Contract.load(file).sha256 != first.sha256
