"""Swagger 2.0 is converted into OpenAPI 3.0."""

from __future__ import annotations

import json
from pathlib import Path

from conformance import Contract, validate_request, validate_response

DOCUMENT = {
    "swagger": "2.0",
    "info": {"title": "T", "version": "1"},
    "basePath": "/api/",
    "security": [{"Key": []}, {"Token": []}],
    "securityDefinitions": {
        "Key": {"type": "apiKey", "in": "header", "name": "api-key"},
        "Token": {"type": "oauth2", "flow": "implicit", "authorizationUrl": "https://x", "scopes": {}},
    },
    "paths": {
        "/embeddings": {
            "post": {
                "parameters": [
                    {"in": "body", "name": "b", "required": True, "schema": {"$ref": "#/definitions/Body"}},
                    {"in": "header", "name": "x-trace", "type": "string"},
                ],
                "responses": {"200": {"description": "", "schema": {"$ref": "#/definitions/Result"}}},
            }
        }
    },
    "definitions": {
        "Body": {
            "type": "object",
            "required": ["input"],
            "properties": {
                "input": {"type": "array", "items": {"type": "string"}},
                "user": {"type": "string", "x-nullable": True},
            },
        },
        "Result": {
            "type": "object",
            "required": ["data"],
            "properties": {"data": {"type": "array", "items": {"type": "object"}}},
        },
    },
}


def test_a_document_of_swagger_2_is_a_contract(tmp_path: Path) -> None:
    file = tmp_path / "swagger.json"
    file.write_text(json.dumps(DOCUMENT))
    contract = Contract.load(file)
    assert contract.defects == ()
    assert [scheme.header for scheme in contract.security.schemes] == ["api-key", "Authorization"]
    assert validate_request({"input": ["a"], "user": None}, contract=contract) == []
    assert validate_request({"input": "a"}, contract=contract) != []
    assert validate_response({}, contract=contract) != []
