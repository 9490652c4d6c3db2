"""Contracts, overlays and other texts from which the files of the cases are made."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import yaml

from conformance.contract.spec_files import vendored_document

BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
"""Nine levels of nine aliases each: 376 bytes that stand for 9^9 values."""

MERGES = "a0: &a0 {k: 1}\n" + "".join(f"a{n + 1}: &a{n + 1} {{<<: [*a{n}, *a{n}]}}\n" for n in range(40))
"""Each mapping merges the one before twice."""

DEEP = "[" * 200_000 + "]" * 200_000
DIGITS = "9" * 5_000
SEGMENTS = "/a" * 20_000


def contract(**properties: Any) -> dict[str, Any]:
    """A contract without credentials whose request has these optional *properties* too."""
    number = {"type": "array", "items": {"type": "number"}}
    item = {"type": "object", "required": ["embedding"], "properties": {"embedding": number}}
    response = {"type": "object", "properties": {"data": {"type": "array", "items": item}}}
    request = {
        "type": "object",
        "required": ["model", "input"],
        "properties": {
            "model": {"type": "string", "example": "m"},
            "input": {"oneOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
            "user": {"type": "string"},
            **properties,
        },
    }
    operation = {
        "requestBody": {"content": {"application/json": {"schema": request}}},
        "responses": {
            "200": {"description": "OK", "content": {"application/json": {"schema": response}}},
        },
    }
    info = {"title": "t", "version": "1"}
    return {"openapi": "3.0.3", "info": info, "paths": {"/embeddings": {"post": operation}}}


def text(**properties: Any) -> str:
    """The contract with *properties*, as JSON."""
    return json.dumps(contract(**properties))


def with_schemas(schemas: dict[str, Any]) -> str:
    """A contract with a property that refers to the first of *schemas*, as JSON."""
    document = contract(extra={"$ref": f"#/components/schemas/{next(iter(schemas))}"})
    return json.dumps(document | {"components": {"schemas": schemas}})


def vendored(**forms: dict[str, Any]) -> str:
    """The vendored document without credentials, with changed forms of input, by their place in ``oneOf``."""
    document = yaml.safe_load(vendored_document().read_text("utf-8"))
    document["security"] = []
    document["paths"]["/embeddings"]["post"].pop("security", None)
    properties = document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]
    for place, changes in forms.items():
        properties["input"]["oneOf"][int(place.removeprefix("form"))].update(changes)
    return json.dumps(document)


def nested(depth: int) -> dict[str, Any]:
    """A schema whose alternatives have alternatives, and so on."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"oneOf": [schema, {"type": "array", "items": {"type": "integer"}}]}
    return schema


def arrays(depth: int, **bounds: int) -> dict[str, Any]:
    """A schema of arrays of arrays, and so on, with these *bounds* each."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(depth):
        schema = {"type": "array", "items": schema, **bounds}
    return schema


def fanned_out(levels: int, width: int) -> str:
    """A contract with *width* references on each of some *levels*, each to the schema of the next level."""
    schemas: dict[str, Any] = {
        f"s{n}": {
            "type": "object",
            "properties": {f"p{i}": {"$ref": f"#/components/schemas/s{n + 1}"} for i in range(width)},
        }
        for n in range(levels)
    }
    return with_schemas(schemas | {f"s{levels}": {"type": "string"}})


def overlay(actions: Iterable[dict[str, Any]]) -> str:
    """An overlay with these *actions*, each with its own description."""
    numbered = [{**action, "description": f"number {number}"} for number, action in enumerate(actions)]
    return json.dumps({"overlay": "1.1.0", "info": {"title": "t", "version": "1"}, "actions": numbered})


def update(target: str) -> str:
    """An overlay that updates *target*."""
    return overlay([{"target": target, "update": "x"}])
