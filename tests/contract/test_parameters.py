"""The parameters of an operation, and the path of the document's server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.contract.openapi.swagger2 import converted_swagger
from conformance.contract.parameters import Parameter, base_path, read_parameters

PATH = "/deployments/{deployment-id}/embeddings"


def read(
    *own: dict[str, Any], shared: tuple[dict[str, Any], ...] = (), path: str = PATH, **components: Any
) -> dict[str, Parameter]:
    """The parameters by label."""
    item = {"parameters": list(shared), "post": {"parameters": list(own)}}
    document = {"openapi": "3.0.3", "paths": {path: item}, "components": {"parameters": components}}
    return {one.label: one for one in read_parameters(document, path, "post", ["api-key"])}


def query(**members: Any) -> dict[str, Any]:
    return {"name": "api-version", "in": "query", "required": True, **members}


def test_the_operation_replaces_a_parameter_of_its_path() -> None:
    found = read(query(example="2"), shared=(query(example="1"), {"name": "X-A", "in": "header"}))
    assert found["api-version"].value == "2"
    assert found["api-version"].pointer.endswith("/post/parameters/0")
    assert found["x-a"].pointer == "/paths/~1deployments~1{deployment-id}~1embeddings/parameters/1"
    assert not found["x-a"].required


def test_references_are_followed() -> None:
    version = query(schema={"type": "string", "default": "v1"})
    found = read({"$ref": "#/components/parameters/Version"}, Version=version)
    assert found["api-version"].value == "v1"
    assert found["api-version"].pointer == "/components/parameters/Version"


@pytest.mark.parametrize(
    ("members", "value"),
    [
        ({"example": "a", "schema": {"example": "b"}}, "a"),
        ({"examples": {"one": {"value": "a"}}, "schema": {"default": "b"}}, "a"),
        ({"schema": {"example": "a", "default": "b"}}, "a"),
        ({"schema": {"examples": ["a"], "default": "b"}}, "a"),
        ({"schema": {"default": "a", "enum": ["b"]}}, "a"),
        ({"schema": {"enum": ["a", "b"]}}, "a"),
        ({"schema": {"anyOf": [{"type": "string"}, {"enum": ["a"]}]}}, "a"),
        ({"content": {"text/plain": {"example": "a"}}}, "a"),
        ({"schema": {"default": True}}, "true"),
        ({"schema": {"default": 3}}, "3"),
        ({"schema": {"default": ["a", "b"]}}, "a,b"),
        ({"schema": {"default": ""}}, None),
        ({"schema": {"type": "string"}}, None),
        ({}, None),
    ],
)
def test_the_value_is_the_example_or_the_default_or_an_enumerated_value(
    members: dict[str, Any], value: str | None
) -> None:
    assert read(query(**members))["api-version"].value == value


def test_headers_that_openapi_describes_elsewhere_and_credentials_are_no_parameters() -> None:
    names = ("Accept", "Content-Type", "Authorization", "Api-Key", "X-Tenant")
    found = read(*({"name": name, "in": "header", "required": True} for name in names), path="/embeddings")
    assert list(found) == ["x-tenant"]


def test_each_template_has_a_parameter_even_if_it_is_not_declared() -> None:
    (found,) = read().values()
    assert (found.name, found.location, found.required) == ("deployment-id", "path", True)
    assert found.names_model


def test_a_parameter_of_the_path_that_the_path_does_not_have_is_ignored() -> None:
    assert read({"name": "x", "in": "path", "required": True}, path="/embeddings") == {}


@pytest.mark.parametrize(
    ("name", "description", "names_model"),
    [("model", "", True), ("id", "Name of the deployment.", True), ("id", "An id", False)],
)
def test_a_parameter_plainly_names_the_model(name: str, description: str, names_model: bool) -> None:
    (found,) = read(
        {"name": name, "in": "path", "description": description}, path=f"/{{{name}}}/embeddings"
    ).values()
    assert found.names_model == names_model


def test_labels_are_unique_and_readable() -> None:
    names = [("a", "query"), ("a", "header"), ("A", "query"), ("$top", "query"), ("§", "query")]
    found = read(*({"name": name, "in": place} for name, place in names), path="/embeddings")
    assert list(found) == ["a", "a-header", "a-query", "top", "query"]


@pytest.mark.parametrize(
    "invalid", [None, 7, [], {"name": 7, "in": "query"}, {"$ref": "#/nowhere"}, {"in": "query"}]
)
def test_a_parameter_that_cannot_be_read_is_left_out(invalid: Any) -> None:
    assert list(read(invalid, query(), path="/embeddings")) == ["api-version"]


def test_swagger_parameters_are_those_of_openapi() -> None:
    document = {
        "swagger": "2.0",
        "paths": {
            "/embeddings": {
                "parameters": [{"$ref": "#/parameters/Version"}],
                "post": {
                    "parameters": [
                        {"name": "x-mode", "in": "header", "type": "string", "enum": ["a", "b"]},
                        {"name": "body", "in": "body", "schema": {}},
                    ],
                    "responses": {},
                },
            }
        },
        "parameters": {
            "Version": {
                "name": "v",
                "in": "query",
                "required": True,
                "type": "string",
                "x-example": "1",
                "default": "2",
            }
        },
    }
    version, mode = read_parameters(converted_swagger(document), "/embeddings", "post")
    assert (version.name, version.required, version.value) == ("v", True, "2")
    assert (mode.name, mode.required, sorted(mode.allowed)) == ("x-mode", False, ["a", "b"])


@pytest.mark.parametrize(
    ("server", "path"),
    [
        ({"url": "https://api.example.com/v1"}, "/v1"),
        ({"url": "https://api.example.com/v1/"}, "/v1"),
        ({"url": "https://api.example.com"}, ""),
        ({"url": "/"}, ""),
        ({"url": "/api/v1"}, "/api/v1"),
        ({"url": "SELF_HOSTED_GATEWAY_URL"}, ""),
        ({"url": "https://{host}/openai"}, "/openai"),
        ({"url": "https://{host}/openai", "variables": {"host": {"default": ""}}}, "/openai"),
        ({"url": "https://{host}/openai", "variables": {"host": {"default": "https://a.b"}}}, "/openai"),
        ({"url": "https://a.b/{v}", "variables": {"v": {"default": "v2", "enum": ["v2"]}}}, "/v2"),
        ({"url": "https://a.b/{v}", "variables": {"v": {"enum": ["v3"]}}}, "/v3"),
        ({"url": "https://a.b/{v}", "variables": []}, "/v"),
        ({"url": "{base}", "variables": {"base": {"default": "https://a.b/c"}}}, "/c"),
        ({"url": "{base}/openai", "variables": {"base": {"default": "https://a.b"}}}, "/openai"),
        ({"url": "https://a.b/v1?x=1#y"}, "/v1"),
        ({}, ""),
        (7, ""),
    ],
)
def test_the_base_path_is_that_of_the_first_server(server: Any, path: str) -> None:
    document = {"servers": [server], "paths": {"/embeddings": {"post": {}}}}
    assert base_path(document, "/embeddings", "post") == path


def test_the_servers_of_the_operation_replace_those_of_the_document() -> None:
    operation = {"servers": [{"url": "https://a.b/own"}]}
    document = {"servers": [{"url": "https://a.b/v1"}], "paths": {"/embeddings": {"post": operation}}}
    assert base_path(document, "/embeddings", "post") == "/own"
    assert Contract.load().base_path == "/v1"


def test_a_path_of_a_url_is_that_of_the_operation_with_any_values(tmp_path: Path) -> None:
    document = json.loads(json.dumps(Contract.load().document))
    document["paths"] = {PATH: document["paths"]["/embeddings"]}
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(document))
    contract = Contract.load(file)
    assert contract.is_path_of("/openai/deployments/a%2Fb/embeddings")
    assert not contract.is_path_of("/openai/deployments/embeddings")
    assert Contract.load().is_path_of("/v1/embeddings")


@pytest.mark.parametrize(
    "servers",
    [
        [{"url": "https://{a}/{b}", "variables": {"a": {}, "b": {"enum": []}}}],
        [{"url": "https://{a}/v1", "variables": {"a": {"default": "x", "enum": ["y"]}}}],
        [{"url": "https://{undefined}/v1"}],
        [{"variables": None}],
        "https://a.b",
        [],
    ],
)
@pytest.mark.parametrize("place", ["document", "path", "operation"])
def test_servers_never_reject_a_document(servers: Any, place: str, tmp_path: Path) -> None:
    document = json.loads(json.dumps(Contract.load().document))
    item = document["paths"]["/embeddings"]
    {"document": document, "path": item, "operation": item["post"]}[place]["servers"] = servers
    file = tmp_path / "contract.json"
    file.write_text(json.dumps(document))
    assert Contract.load(file).base_path in ("", "/v1", "/b")
