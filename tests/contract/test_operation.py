"""The operation of a document is chosen, and everything else is left out."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.contract.errors import NoSuchOperation
from conformance.contract.openapi.operation import choose_operation, cut
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
    ],
)
def test_the_obvious_operation_is_chosen(paths: list[str], chosen: str) -> None:
    assert choose_operation({"paths": dict.fromkeys(paths, POST)}) == (chosen, "post")


def test_without_an_obvious_operation_the_error_lists_all() -> None:
    with pytest.raises(NoSuchOperation, match="POST /vectors"):
        choose_operation({"paths": {"/vectors": POST}})
    assert choose_operation({"paths": {"/vectors": POST}}, "embed") == ("/vectors", "post")


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
    kept = cut(document, "/embeddings", "post")
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
