"""Small contracts whose requests and responses have other names and forms than OpenAI's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.contract import Contract

Schema = dict[str, Any]

TEXT: Schema = {"type": "string", "minLength": 1}
TEXTS: Schema = {"type": "array", "items": TEXT, "minItems": 1, "maxItems": 40}
TEXT_OR_TEXTS: Schema = {"oneOf": [TEXT, TEXTS]}
TOKENS: Schema = {"type": "array", "items": {"type": "integer", "minimum": 0}}
TEXT_OR_TOKENS: Schema = {"oneOf": [TEXT, TOKENS]}
VECTOR: Schema = {"type": "array", "items": {"type": "number"}}
VECTORS: Schema = {"type": "array", "items": VECTOR}
COUNT: Schema = {"type": "integer"}


def an_object(*required: str, **properties: Schema) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required)}


def a_list(*required: str, **properties: Schema) -> Schema:
    return {"type": "array", "items": an_object(*required, **properties)}


@dataclass(frozen=True)
class Shape:
    """A request, a response, and the names of the roles in them."""

    request: Schema
    response: Schema
    roles: Mapping[str, str] = field(default_factory=dict)

    def load(self, folder: Path, **options: Any) -> Contract:
        """The contract of this shape, without credentials."""
        file = folder / "contract.json"
        file.write_text(json.dumps(document(self.request, self.response)))
        return Contract.load(file, **options)


def document(request: Schema, response: Schema) -> Schema:
    def body(schema: Schema) -> Schema:
        return {"content": {"application/json": {"schema": schema}}}

    post = {
        "requestBody": {"required": True, **body(request)},
        "responses": {"200": {"description": "", **body(response)}},
    }
    return {"openapi": "3.0.3", "info": {"title": "", "version": "1"}, "paths": {"/embed": {"post": post}}}


SHAPES: Mapping[str, Shape] = {
    "an array of vectors": Shape(
        an_object("inputs", inputs=TEXT_OR_TEXTS),
        VECTORS,
        {"texts": "inputs", "vectors": "", "vector": ""},
    ),
    "vectors in a property": Shape(
        an_object("texts", texts=TEXTS, model={"type": "string"}),
        an_object("embeddings", embeddings=VECTORS),
        {"texts": "texts", "model": "model", "vectors": "/embeddings", "vector": ""},
    ),
    "objects with values": Shape(
        an_object("model_name", "sentences", model_name={"type": "string", "example": "m"}, sentences=TEXTS),
        an_object("vectors", vectors=a_list("values", values=VECTOR)),
        {"texts": "sentences", "model": "model_name", "vectors": "/vectors", "vector": "/values"},
    ),
    "a list inside a result": Shape(
        an_object("text", text=TEXT_OR_TEXTS, dim={"type": "integer", "minimum": 1}),
        an_object(
            "result",
            "success",
            success={"type": "boolean"},
            result=an_object(
                "data",
                "tokens",
                data=a_list("embedding", "position", embedding=VECTOR, position=COUNT),
                tokens=an_object("inputTokens", inputTokens=COUNT),
            ),
        ),
        {
            "texts": "text",
            "dimensions": "dim",
            "vectors": "/result/data",
            "vector": "/embedding",
            "index": "/position",
            "prompt-tokens": "/result/tokens/inputTokens",
        },
    ),
    "a vector deep in an item": Shape(
        an_object("documents", documents=TEXTS, output_dimension={"type": "integer", "nullable": True}),
        an_object(
            "predictions", predictions=a_list("embeddings", embeddings=an_object("values", values=VECTOR))
        ),
        {
            "texts": "documents",
            "dimensions": "output_dimension",
            "vectors": "/predictions",
            "vector": "/embeddings/values",
        },
    ),
    "alternatives inside one another": Shape(
        an_object("inputs", inputs={"oneOf": [TEXT_OR_TOKENS, {"type": "array", "items": TEXT_OR_TOKENS}]}),
        VECTORS,
        {"texts": "inputs", "vectors": "", "vector": ""},
    ),
    "unusual names": Shape(
        an_object("phrases", phrases=TEXTS),
        an_object("numbers", numbers=VECTORS, note={"type": "string"}),
        {"texts": "phrases", "vectors": "/numbers", "vector": ""},
    ),
    "two forms of a response": Shape(
        an_object("texts", texts=TEXTS),
        {
            "oneOf": [
                an_object("embeddings", embeddings=VECTORS),
                an_object(
                    "embeddings", embeddings=an_object(float=VECTORS, int8={"type": "array", "items": {}})
                ),
            ]
        },
        {"texts": "texts", "vectors": "/embeddings", "vector": ""},
    ),
    "several forms of a request": Shape(
        {
            "oneOf": [
                an_object("image", image={"type": "string", "enum": ["a", "b"]}),
                an_object("input", input=TEXT_OR_TEXTS, kind={"type": "string", "enum": ["text"]}),
                an_object("input", input=TEXT, kind={"type": "string", "enum": ["audio"]}),
            ]
        },
        an_object("data", data=a_list("embedding", embedding=VECTOR)),
        {"texts": "input", "vectors": "/data", "vector": "/embedding"},
    ),
}

PARTS: Schema = a_list("text", text=TEXT, kind={"type": "string"})

DEEP: Mapping[str, Shape] = {
    "a list of objects": Shape(
        an_object("instances", instances=a_list("id", "content", id={"type": "string"}, content=TEXT)),
        an_object("predictions", predictions=a_list("values", values=VECTOR)),
        {"texts": "/instances/*/content", "vectors": "/predictions", "vector": "/values"},
    ),
    "texts in an object": Shape(
        an_object("model", "input", model={"type": "string"}, input=an_object("texts", texts=TEXTS)),
        VECTORS,
        {"texts": "/input/texts", "model": "model", "vectors": "", "vector": ""},
    ),
    "requests with parts": Shape(
        an_object("requests", requests=a_list("content", content=an_object(parts=PARTS))),
        an_object("embeddings", embeddings=VECTORS),
        {"texts": "/requests/*/content/parts/*/text", "vectors": "/embeddings", "vector": ""},
    ),
    "a request that is a list of texts": Shape(TEXTS, VECTORS, {"texts": "/*", "vectors": "", "vector": ""}),
    "a request that is a list of objects": Shape(
        a_list("text", text=TEXT), VECTORS, {"texts": "/*/text", "vectors": "", "vector": ""}
    ),
}
"""Contracts whose texts are deeper in a request, or are the request."""

ONE_VECTOR: Mapping[str, Shape] = {
    "a vector in a property": Shape(
        an_object("prompt", prompt=TEXT),
        an_object("embedding", embedding=VECTOR),
        {"texts": "prompt", "vector": "/embedding"},
    ),
    "a vector deep in a response": Shape(
        an_object("content", content=an_object("parts", parts=PARTS)),
        an_object(
            "embedding", "usage", embedding=an_object("values", values=VECTOR), usage={"type": "object"}
        ),
        {"texts": "/content/parts/*/text", "vector": "/embedding/values"},
    ),
    "a response that is a vector": Shape(
        an_object("text", text=TEXT_OR_TEXTS), VECTOR, {"texts": "text", "vector": ""}
    ),
}
"""Contracts whose responses have one vector."""
