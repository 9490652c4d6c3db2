"""A large document with many mistakes loads quickly: only the embeddings operation and what it refers to is read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

from conformance import Contract, validate_request

OPERATIONS = 200
PROPERTIES = {
    f"property_{number}": {"type": "string", "description": "A text of the request."} for number in range(80)
}

MISTAKES: list[Any] = [
    {"requestBody": {"$ref": "#/components/requestBodies/Absent"}},
    {"parameters": [{"in": "nowhere", "name": 5}], "responses": []},
    {"requestBody": {"content": {"application/json": {"schema": {"type": "text", "pattern": "("}}}}},
    {"security": [{"Unknown": []}], "responses": {"200": {"$ref": "https://example.com/other.json"}}},
    {"requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Loop"}}}}},
    {"responses": {"200": {"description": 5, "content": {"application/json": {"schema": ["a"]}}}}},
    None,
    "an operation",
]


def operations() -> Iterator[tuple[str, Any]]:
    """Paths with one operation each; every second one is invalid."""
    schema = {"type": "object", "properties": PROPERTIES}
    answer = {"description": "", "content": {"application/json": {"schema": schema}}}
    valid = {"responses": {"200": answer}}
    for number in range(OPERATIONS - 1):
        mistake = MISTAKES[number // 2 % len(MISTAKES)]
        wrong = {"default": schema, **valid, **mistake} if isinstance(mistake, dict) else mistake
        yield f"/operations/{number}", {"post": wrong if number % 2 else valid}


def document(dimensions: int) -> dict[str, Any]:
    """A document of 200 operations; the embeddings operation has mistakes too."""
    properties = {
        "input": {"$ref": "#/components/schemas/Input"},
        "dimensions": {"type": "integer", "minimum": 1, "maximum": dimensions},
        "user": {"type": "sting"},
    }
    request = {"type": "object", "required": ["input"], "properties": properties}
    vector = {"type": "object", "properties": {"embedding": {"type": "array", "items": {"type": "number"}}}}
    response = {"type": "object", "properties": {"data": {"type": "array", "items": vector}}}
    embeddings = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": request}}},
        "responses": {
            "200": {"description": "", "content": {"application/json": {"schema": response}}},
            "400": {"$ref": "#/components/responses/Absent"},
        },
    }
    paths = dict(operations())
    return {
        "openapi": "3.0.3",
        "info": {"title": "Many operations", "version": "1"},
        "paths": {**paths, "/v1/embeddings": {"post": embeddings}},
        "components": {
            "schemas": {
                "Input": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                "Loop": {"$ref": "#/components/schemas/Loop"},
                "Wrong": {"type": 5, "minimum": "a"},
            },
        },
    }


def test_a_large_document_with_many_mistakes_loads_in_under_a_second(tmp_path: Path) -> None:
    files = [tmp_path / f"{dimensions}.json" for dimensions in (8, 16)]
    for file in files:
        file.write_text(json.dumps(document(int(file.stem))))
    assert files[0].stat().st_size > 1_000_000
    assert len(document(8)["paths"]) == OPERATIONS
    Contract.load(files[0])
    start = process_time()
    contract = Contract.load(files[1])
    assert process_time() - start < 1
    assert contract.path == "/v1/embeddings"
    assert "user/type" in [defect.pointer.rpartition("/properties/")[2] for defect in contract.defects]
    assert validate_request({"input": ["a"], "dimensions": 16}, contract=contract) == []
    assert validate_request({"input": ["a"], "dimensions": 17}, contract=contract) != []
