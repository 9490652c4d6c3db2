"""The operation of a document is chosen, and everything else is left out."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Contract, UnsupportedSchema
from conformance.contract.errors import NoSuchOperation
from conformance.contract.openapi.operation import choose_operation, cut_operation
from conformance.contract.openapi.source_file import read_file
from conformance.contract.spec_files import vendored_document

POST = {"post": {"operationId": "embed", "responses": {}}}


@pytest.mark.parametrize(
    ("paths", "chosen"),
    [
        (["/images/embeddings", "/embeddings"], "/embeddings"),
        (["/v1/embed", "/v1/embeddings"], "/v1/embeddings"),
        (["/engines/{model}/embeddings", "/openai/v1/embeddings"], "/openai/v1/embeddings"),
        (["/chat", "/v1/embed"], "/v1/embed"),
        (["/models/{model}:countTokens", "/models/{model}:embedContent"], "/models/{model}:embedContent"),
        (["/model/{model}/invoke"], "/model/{model}/invoke"),
    ],
)
def test_the_obvious_operation_is_chosen(paths: list[str], chosen: str) -> None:
    assert choose_operation({"paths": dict.fromkeys(paths, POST)}) == (chosen, "post")


def test_without_an_obvious_operation_the_error_lists_all() -> None:
    vectors = {"/chat": {"post": {}}, "/vectors": POST}
    with pytest.raises(NoSuchOperation, match="found POST /chat, POST /vectors; choose one with --operation"):
        choose_operation({"paths": vectors})
    assert choose_operation({"paths": vectors}, "embed") == ("/vectors", "post")


def test_an_unknown_operation_names_the_closest_ones() -> None:
    paths = {"/v1/embed": POST, "/v1/embeddings": {"post": {"operationId": "embeddings"}}}
    with pytest.raises(NoSuchOperation, match=r"no operation 'embedings'; did you mean 'embeddings'"):
        choose_operation({"paths": paths}, "embedings")
    with pytest.raises(
        NoSuchOperation, match=r"use one of embed, embeddings, POST /v1/embed, POST /v1/embeddings$"
    ):
        choose_operation({"paths": paths}, "zzz")
    with pytest.raises(NoSuchOperation, match="add one, or give another document"):
        choose_operation({}, "zzz")


def test_several_operations_of_one_name_are_listed() -> None:
    with pytest.raises(
        NoSuchOperation, match="several operations are named 'embed'; use one of POST /a, POST /b"
    ):
        choose_operation({"paths": {"/a": POST, "/b": POST}}, "embed")


def test_an_operation_without_a_request_body_cannot_be_tested(tmp_path: Path) -> None:
    file = tmp_path / "contract.json"
    file.write_text(json.dumps({"openapi": "3.0.3", "paths": {"/models": {"get": {"responses": {}}}}}))
    with pytest.raises(UnsupportedSchema, match="an operation without a request body"):
        Contract.load(file, operation="GET /models")


def test_a_path_may_refer_to_its_operations() -> None:
    paths = {"/embed": {"$ref": "#/components/pathItems/Embed"}, "/x": {"$ref": "#/components/pathItems/No"}}
    document = {"openapi": "3.1.0", "paths": paths, "components": {"pathItems": {"Embed": POST}}}
    assert choose_operation(document) == ("/embed", "post")
    assert cut_operation(document, "/embed", "post")["paths"] == {"/embed": POST}


def test_callbacks_are_not_read() -> None:
    callbacks = {"done": {"{$request.body#/url}": {"post": {"$ref": "#/components/schemas/No"}}}}
    document = {"openapi": "3.1.0", "paths": {"/embed": {"post": {**POST["post"], "callbacks": callbacks}}}}
    assert cut_operation(document, "/embed", "post")["paths"] == {"/embed": POST}


def test_what_the_operation_refers_to_stays_at_its_place() -> None:
    document = {
        "openapi": "3.1.0",
        "paths": {"/embeddings": {"post": {"x": {"$ref": "#/components/schemas/A"}}, "get": {"y": 1}}},
        "components": {
            "schemas": {
                "A": {"items": {"$ref": "#/components/schemas/B/properties/c"}},
                "B": {"properties": {"c": {"type": "string"}, "d": {}}},
                "Unused": {},
            }
        },
    }
    kept = cut_operation(document, "/embeddings", "post")
    assert kept["components"]["schemas"] == {
        "A": {"items": {"$ref": "#/components/schemas/B/properties/c"}},
        "B": {"properties": {"c": {"type": "string"}}},
    }
    assert set(kept["paths"]["/embeddings"]) == {"get", "post"}
    assert "y" not in kept["paths"]["/embeddings"]["get"]


def test_a_document_of_a_megabyte_with_mistakes_elsewhere_loads_in_a_second(tmp_path: Path) -> None:
    document: dict[str, Any] = read_file(vendored_document()).value
    document = json.loads(json.dumps(document))
    wrong = {"post": {"responses": 7, "parameters": "none", "description": "x" * 4000}}
    right = {"get": {"responses": {"200": {"description": "x" * 4000}}}}
    document["paths"] |= {f"/{n}": wrong if n % 2 else right for n in range(200)}
    document["components"]["schemas"]["Broken"] = {"type": "strng", "default": {}}
    file = tmp_path / "large.json"
    file.write_text(json.dumps(document, indent=1))
    assert file.stat().st_size > 800_000
    Contract.load()
    begin = time.process_time()
    contract = Contract.load(file)
    assert time.process_time() - begin < 1
    assert contract.defects == ()
    assert list(contract.catalogue) == list(Contract.load().catalogue)
