"""Converts the operation of a Swagger 2.0 document into OpenAPI 3.0.

Source: Swagger 2.0, sections "Parameter Object", "Response Object" and "Security Scheme Object".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

JSON = "application/json"

MOVED = {
    "#/definitions/": "#/components/schemas/",
    "#/responses/": "#/components/responses/",
    "#/parameters/": "#/components/parameters/",
    "#/securityDefinitions/": "#/components/securitySchemes/",
}
"""Where a reference leads in OpenAPI 3.0."""

NOT_OF_SCHEMA = frozenset({"name", "in", "required", "description", "allowEmptyValue", "collectionFormat"})
"""Keywords of a parameter or header that do not belong to the schema of its value."""

FLOWS = {"accessCode": "authorizationCode", "application": "clientCredentials"}


def converted_swagger(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Swagger 2.0 *document*, which has only one operation, as OpenAPI 3.0."""
    components = {
        "schemas": {name: _schema(node) for name, node in document.get("definitions", {}).items()},
        "responses": {
            name: _response(document, node) for name, node in document.get("responses", {}).items()
        },
        "parameters": {
            name: _parameter(node)
            for name, node in document.get("parameters", {}).items()
            if node.get("in") not in ("body", "formData")
        },
        "securitySchemes": {n: _scheme(node) for n, node in document.get("securityDefinitions", {}).items()},
    }
    kept = {key: document[key] for key in ("info", "security") if key in document}
    return {
        "openapi": "3.0.3",
        **kept,
        "servers": _servers(document),
        "paths": {path: _path_item(document, item) for path, item in document.get("paths", {}).items()},
        "components": {name: members for name, members in components.items() if members},
    }


def _servers(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    path = str(document.get("basePath", "")).rstrip("/")
    host = document.get("host")
    schemes = document.get("schemes") or ["https"]
    return [{"url": f"{schemes[0]}://{host}{path}" if host else path or "/"}]


def _path_item(document: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    shared = item.get("parameters", [])
    return {
        key: _operation(document, node, shared) for key, node in item.items() if isinstance(node, Mapping)
    }


def _operation(
    document: Mapping[str, Any], node: Mapping[str, Any], shared: list[Mapping[str, Any]]
) -> dict[str, Any]:
    own = {key: value for key, value in node.items() if key not in ("parameters", "responses", "consumes")}
    own.pop("produces", None)
    parameters = [_followed(document, one) for one in (*shared, *node.get("parameters", ()))]
    bodies = [one for one in parameters if one.get("in") == "body"]
    others = [_parameter(one) for one in parameters if one.get("in") not in ("body", "formData")]
    if others:
        own["parameters"] = others
    if bodies:
        media_types = node.get("consumes") or document.get("consumes") or [JSON]
        schema = _schema(bodies[0].get("schema", {}))
        own["requestBody"] = {
            "required": bool(bodies[0].get("required")),
            "content": {media_type: {"schema": schema} for media_type in media_types},
        }
    produces = node.get("produces")
    own["responses"] = {
        status: _response(document, response, produces)
        for status, response in node.get("responses", {}).items()
    }
    return own


def _followed(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    reference = str(node.get("$ref", ""))
    found = document.get("parameters", {}).get(reference.removeprefix("#/parameters/")) if reference else node
    return found if isinstance(found, Mapping) else {}


def _response(
    document: Mapping[str, Any], node: Mapping[str, Any], produces: list[str] | None = None
) -> dict[str, Any]:
    if "$ref" in node:
        return {"$ref": _moved(str(node["$ref"]))}
    response: dict[str, Any] = {"description": node.get("description", "")}
    if "schema" in node:
        schema = _schema(node["schema"])
        media_types = produces or document.get("produces") or [JSON]
        response["content"] = {media_type: {"schema": schema} for media_type in media_types}
    if "headers" in node:
        response["headers"] = {name: _parameter(header) for name, header in node["headers"].items()}
    return response


def _parameter(node: Mapping[str, Any]) -> dict[str, Any]:
    own = {key: value for key, value in node.items() if key in NOT_OF_SCHEMA and key != "collectionFormat"}
    schema = {key: value for key, value in node.items() if key not in NOT_OF_SCHEMA}
    return {**own, "schema": _schema(schema)}


def _scheme(node: Mapping[str, Any]) -> dict[str, Any]:
    match node:
        case {"type": "basic"}:
            return {"type": "http", "scheme": "basic"}
        case {"type": "oauth2"}:
            flow = {key: node[key] for key in ("authorizationUrl", "tokenUrl") if key in node}
            name = str(node.get("flow", "implicit"))
            return {
                "type": "oauth2",
                "flows": {FLOWS.get(name, name): {**flow, "scopes": node.get("scopes", {})}},
            }
    return dict(node)


def _schema(node: Any) -> Any:
    """A schema with moved references, and ``nullable`` for the extension that many generators write."""
    if isinstance(node, list):
        return [_schema(item) for item in node]
    if not isinstance(node, Mapping):
        return node
    found = dict(_members(node))
    if node.get("type") == "file":
        found["type"] = "string"
    return found


def _members(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in node.items():
        if key == "$ref" and isinstance(value, str):
            yield key, _moved(value)
        elif key == "x-nullable":
            yield "nullable", value
        elif key == "discriminator" and isinstance(value, str):
            yield key, {"propertyName": value}
        elif key in ("default", "enum", "example") or key.startswith("x-"):
            yield key, value
        else:
            yield key, _schema(value)


def _moved(reference: str) -> str:
    for old, new in MOVED.items():
        if reference.startswith(old):
            return new + reference.removeprefix(old)
    return reference
