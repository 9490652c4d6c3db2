"""Other validators, with the schemas of the contract. Each reads a body, and gives its problems or raises."""

from __future__ import annotations

import json
from types import GenericAlias
from typing import Any, Literal

import fastjsonschema
import jsonschema_rs
import msgspec
import orjson
import pydantic
from jsonschema import Draft4Validator
from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from benchmarks.measuring import Reader
from conformance import Contract

HOST = "http://127.0.0.1/v1"


class Embedding(pydantic.BaseModel):
    """An item of the response's list."""

    object: Literal["embedding"]
    index: int
    embedding: list[float] | str


class Usage(pydantic.BaseModel):
    """The token counts of a response."""

    prompt_tokens: int
    total_tokens: int


class Answer(pydantic.BaseModel):
    """A response."""

    object: Literal["list"]
    data: list[Embedding]
    model: str
    usage: Usage


def _struct() -> Any:
    """A response, as msgspec describes it."""
    embedding = [("object", Literal["embedding"]), ("index", int), ("embedding", list[float] | str)]
    usage = msgspec.defstruct("Usage", [("prompt_tokens", int), ("total_tokens", int)])
    items = ("data", GenericAlias(list, (msgspec.defstruct("Embedding", embedding),)))
    return msgspec.defstruct("Answer", [("object", Literal["list"]), items, ("model", str), ("usage", usage)])


def json_schema(contract: Contract, pointer: str) -> dict[str, Any]:
    """The schema at *pointer* of the contract, as a document of JSON Schema draft 4 that stands alone."""
    components = json.loads(json.dumps(contract.document["components"], default=dict))
    schema = {"$schema": "http://json-schema.org/draft-04/schema#", "$ref": f"#{pointer}"}
    return {**schema, "components": components}


def schema_reader(schema: dict[str, Any]) -> Reader:
    """jsonschema-rs with *schema*."""
    validator = jsonschema_rs.Draft4Validator(schema)
    return lambda body: list(validator.iter_errors(orjson.loads(body)))


def readers_of_answers(contract: Contract) -> dict[str, Reader]:
    """The readers of a response's body, by the name of the package."""
    schema = json_schema(contract, contract.response.pointer)
    slow, generated = Draft4Validator(schema), fastjsonschema.compile(schema)
    return {
        "jsonschema-rs": schema_reader(schema),
        "pydantic": pydantic.TypeAdapter(Answer).validate_json,
        "fastjsonschema": lambda body: generated(orjson.loads(body)),
        "jsonschema": lambda body: list(slow.iter_errors(orjson.loads(body))),
        "openapi-core": _openapi_core(contract),
        "msgspec": msgspec.json.Decoder(_struct()).decode,
    }


def _openapi_core(contract: Contract) -> Reader:
    document = json.loads(json.dumps(contract.document, default=dict))
    operation = {**document["paths"][contract.path][contract.method], "servers": [{"url": HOST}]}
    document["paths"] = {contract.path: {contract.method: operation}}
    openapi = OpenAPI.from_dict(document)
    request = MockRequest(HOST.rpartition("/")[0], contract.method, f"/v1{contract.path}")
    return lambda body: openapi.validate_response(request, MockResponse(body))
