"""The reference server answers in the form that its contract declares."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.contract import Contract
from conformance.reference import create_app, default_credentials
from conformance.validation import Validator
from conformance.validation.own_schema import own_validator
from tests.contract.own_contracts import SCHEMA, json_response, own_contract, success

TEXT = {"type": "string"}
FASTAPI = {
    "type": "object",
    "properties": {
        "detail": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["loc", "msg", "type"],
                "properties": {
                    "loc": {"type": "array", "items": {"anyOf": [TEXT, {"type": "integer"}]}},
                    "msg": TEXT,
                    "type": TEXT,
                },
            },
        }
    },
}
UNUSUAL: Mapping[str, Any] = {
    "a text": TEXT,
    "any value": {},
    "an array": {"type": "array", "items": TEXT, "minItems": 2},
    "a number": {"type": "object", "required": ["code"], "properties": {"code": {"type": "integer"}}},
    "an enumeration": {"type": "object", "properties": {"type": {"enum": ["Unhealthy", "Overloaded"]}}},
    "alternatives": {
        "oneOf": [{"type": "object", "required": ["error"], "properties": {"error": TEXT}}, TEXT]
    },
    "a closed object": {"type": "object", "properties": {"detail": TEXT}, "additionalProperties": False},
    "no description": {"type": "object"},
}


def send(contract: Contract, **changes: Any) -> httpx.Response:
    names = contract.security.alternatives[0]
    valid = default_credentials(contract)
    headers = dict(scheme.render(valid[scheme.name]) for scheme in contract.security.ordered(names))
    payload = {"model": contract.example_model, "input": "river", **changes}
    all_headers = {**headers, "Content-Type": contract.media_type}

    async def post() -> httpx.Response:
        transport = httpx.ASGITransport(app=create_app(contract))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.post("/v1/embeddings", content=json.dumps(payload), headers=all_headers)

    return asyncio.run(post())


def test_fastapi_form_and_status(tmp_path: Path) -> None:
    response = send(own_contract(tmp_path, {"200": success(), "422": json_response(FASTAPI)}), input=3)
    assert response.status_code == 422
    (problem,) = response.json()["detail"]
    assert problem["loc"] == ["body", "input"]
    assert "input" in problem["msg"]


@pytest.mark.parametrize("name", UNUSUAL)
def test_errors_are_valid_by_their_schema(name: str, tmp_path: Path) -> None:
    contract = own_contract(tmp_path, {"200": success(), "4XX": json_response(UNUSUAL[name])})
    response = send(contract, input=3)
    assert response.status_code == 400
    assert validator_of(contract).accepts(response.json())


def validator_of(contract: Contract) -> Validator:
    declared = contract.responses.error(400)
    assert declared is not None
    assert declared.schema is not None
    return own_validator(declared.schema)


def test_a_form_that_cannot_be_made_is_replaced_by_the_usual_one(tmp_path: Path) -> None:
    never = {
        "type": "object",
        "required": ["a"],
        "properties": {"a": {"type": "string", "pattern": "^z{9}$", "maxLength": 3}},
    }
    response = send(own_contract(tmp_path, {"200": success(), "400": json_response(never)}), input=3)
    assert response.status_code == 400
    assert response.json()["error"]["message"]


def test_the_declared_status_headers_and_media_type(tmp_path: Path) -> None:
    headers = {
        "X-Count": {"required": True, "schema": {"type": "integer", "minimum": 5}},
        "X-Region": {"required": True, "schema": {**TEXT, "pattern": "^eu-[0-9]$"}, "example": "eu-1"},
        "X-Optional": {"schema": TEXT},
    }
    answer = {**json_response(SCHEMA, media_type="application/vnd.x+json"), "headers": headers}
    types = {"application/json": "application/vnd.x+json"}
    contract = own_contract(tmp_path, {"201": answer}, types)
    response = send(contract)
    assert response.status_code == 201
    assert response.headers["content-type"] == "application/vnd.x+json"
    assert (response.headers["x-count"], response.headers["x-region"]) == ("5", "eu-1")
    assert "x-optional" not in response.headers
    assert send(contract, input=["river"] * 40).status_code == 201
