"""Random OpenAPI documents of all versions, with any keyword, odd names and odd security."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from tests.validation.random_schemas import COMPONENTS, Schemas

VERSIONS = ("2.0", "3.0", "3.1")
PATHS = ("/embeddings", "/v1/embeddings", "/api/embed", "/models/embedding", "/über/embeddings")
NAMES = (
    "user",
    "dimensions",
    "encoding_format",
    "x-y",
    "$ref",
    "type",
    "a b",
    "ü",
    "properties",
    "",
    "a/b~c",
    "id",
)
STRING = {"type": "string"}

TEXTS: Sequence[Any] = (
    STRING,
    {"type": "array", "items": STRING},
    {"oneOf": [STRING, {"type": "array", "items": STRING}]},
    {"anyOf": [STRING, {"type": "array", "items": STRING, "minItems": 1, "maxItems": 8}]},
    {"oneOf": [STRING, {"type": "array", "items": {"type": "integer"}, "maxItems": 16}]},
    {"type": "string", "minLength": 1, "maxLength": 40},
    {"type": "string", "pattern": "^[a-z ]+$"},
    {"type": "array", "items": {"type": "object", "required": ["text"], "properties": {"text": STRING}}},
    {"allOf": [STRING, {"minLength": 2}], "description": "The text."},
    {},
)
MODELS: Sequence[Any] = (
    STRING,
    {"type": "string", "enum": ["model-a", "model-b"]},
    {"anyOf": [STRING, {"type": "string", "enum": ["model-a"]}], "example": "model-a"},
    {"type": "string", "default": "model-a", "maxLength": 12},
    {"type": "string", "nullable": True},
    {"type": "integer"},
)
VECTORS: Sequence[Any] = (
    {"type": "array", "items": {"type": "number"}},
    {"oneOf": [{"type": "array", "items": {"type": "number"}}, STRING]},
    {"type": "array", "items": {"type": "number"}, "minItems": 4, "maxItems": 64},
)
SCHEMES: Sequence[Any] = (
    {"type": "apiKey", "in": "header", "name": "x-api-key"},
    {"type": "apiKey", "in": "query", "name": "key"},
    {"type": "apiKey", "in": "cookie", "name": "session"},
    {"type": "apiKey", "in": "header", "name": "Content-Type"},
    {"type": "apiKey", "in": "header", "name": "bad name"},
    {"type": "http", "scheme": "bearer"},
    {"type": "http", "scheme": "Basic"},
    {"type": "http", "scheme": "digest"},
    {"type": "oauth2", "flows": {}},
    {"type": "openIdConnect", "openIdConnectUrl": "https://example.com"},
    {"type": "mutualTLS"},
    {"type": "unknown"},
    {},
)
SCHEMES_OF_2: Sequence[Any] = (*SCHEMES[:2], {"type": "basic"}, {"type": "oauth2", "flow": "implicit"}, {})


class Documents:
    """Random documents from *chance*; those for a run have texts, a usual response, and no odd names."""

    def __init__(self, chance: Random, *, odd: bool = True) -> None:
        self._chance, self._odd = chance, odd

    def document(self) -> dict[str, Any]:
        """A document of any version."""
        version = self._chance.choice(VERSIONS)
        components = Schemas(self._chance, version).components()
        return self._of_2(components) if version == "2.0" else self._of_3(version, components)

    def _of_3(self, version: str, components: dict[str, Any]) -> dict[str, Any]:
        chance = self._chance
        kind = chance.choice(["application/json", "application/json; charset=utf-8", "*/*"])
        body = {"required": chance.random() < 0.9, "content": {kind: {"schema": self._request(version)}}}
        operation = {
            **self._security(SCHEMES),
            "requestBody": body,
            "responses": {
                status: {"description": "", "content": {"application/json": {"schema": schema}}}
                for status, schema in self._responses(version).items()
            },
        }
        return {
            "openapi": f"{version}.0",
            "info": {"title": "Random", "version": "1"},
            "paths": {chance.choice(PATHS): {"post": operation}},
            "components": {"schemas": components, "securitySchemes": self._schemes(SCHEMES)},
        }

    def _of_2(self, components: dict[str, Any]) -> dict[str, Any]:
        body = {"in": "body", "name": "body", "required": True, "schema": self._request("3.0")}
        operation = {
            **self._security(SCHEMES_OF_2),
            "parameters": [body],
            "responses": {
                status: {"description": "", "schema": schema}
                for status, schema in self._responses("3.0").items()
            },
        }
        found: dict[str, Any] = _as_definitions(
            {
                "swagger": "2.0",
                "info": {"title": "Random", "version": "1"},
                "consumes": ["application/json"],
                "produces": ["application/json"],
                "paths": {self._chance.choice(PATHS): {"post": operation}},
                "definitions": components,
                "securityDefinitions": self._schemes(SCHEMES_OF_2),
            }
        )
        return found

    def _schema(self, version: str) -> Any:
        chance = self._chance
        if chance.random() < 0.2:
            return {"$ref": f"#/components/schemas/{chance.choice(COMPONENTS)}"}
        return Schemas(chance, version).schema(2, 0)

    def _request(self, version: str) -> dict[str, Any]:
        chance = self._chance
        properties = {} if self._odd and chance.random() < 0.05 else {"input": self._input(version)}
        if chance.random() < 0.8:
            properties["model"] = chance.choice(MODELS[: None if self._odd else -1])
        names = chance.sample(NAMES, chance.randrange(4))
        properties |= {name: self._schema(version) for name in names}
        required = [name for name in properties if chance.random() < 0.6]
        found: dict[str, Any] = {"type": "object", "properties": properties}
        if required:
            found["required"] = required
        if chance.random() < 0.3:
            found["additionalProperties"] = chance.choice([False, self._schema(version)])
        return found

    def _input(self, version: str) -> Any:
        if self._odd and self._chance.random() < 0.2:
            return self._schema(version)
        return self._chance.choice(TEXTS[: None if self._odd else -3])

    def _responses(self, version: str) -> dict[str, Any]:
        chance = self._chance
        odd = self._odd and chance.random() < 0.3
        found = {"200": self._schema(version) if odd else self._response()}
        if chance.random() < 0.3:
            found["400"] = self._schema(version)
        return found

    def _response(self) -> dict[str, Any]:
        chance = self._chance
        item = {
            "object": {"type": "string", "enum": ["embedding"]},
            "index": {"type": "integer"},
            "embedding": chance.choice(VECTORS),
        }
        usage = {
            "type": "object",
            "properties": {name: {"type": "integer"} for name in ("prompt_tokens", "total_tokens")},
        }
        data = {"type": "array", "items": {"type": "object", "properties": item, "required": ["embedding"]}}
        properties = {"data": data, "usage": usage, "model": STRING, "object": STRING}
        kept = {name: node for name, node in properties.items() if name == "data" or chance.random() < 0.7}
        return {"type": "object", "properties": kept, "required": ["data"]}

    def _schemes(self, known: Sequence[Any]) -> dict[str, Any]:
        return {f"scheme{number}": scheme for number, scheme in enumerate(known)}

    def _security(self, known: Sequence[Any]) -> dict[str, Any]:
        chance = self._chance
        names = [f"scheme{n}" for n in range(len(known) if self._odd else 2)]
        alternatives: list[Any] = [
            {name: [] for name in chance.sample(names, chance.randrange(3 if self._odd else 2))}
            for _ in range(chance.randrange(4))
        ]
        if self._odd and chance.random() < 0.1:
            alternatives.append(chance.choice([{"absent": []}, "text", None, {"scheme0": "all"}]))
        return {} if chance.random() < 0.2 else {"security": alternatives}


def _as_definitions(node: Any) -> Any:
    """*node* with the references of Swagger 2.0."""
    if isinstance(node, list):
        return [_as_definitions(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {
        key: value.replace("#/components/schemas/", "#/definitions/")
        if key == "$ref" and isinstance(value, str)
        else _as_definitions(value)
        for key, value in node.items()
    }
