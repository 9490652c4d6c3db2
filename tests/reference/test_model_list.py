"""The list of the models, at the path beside the operation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from conformance.contract import Contract
from conformance.reference import create_app
from tests.roles.shapes import SHAPES

Send = Callable[..., httpx.Response]


def test_the_list_has_the_models_of_the_contract(send: Send, contract: Contract) -> None:
    response = send(method="GET", path="/v1/models")
    assert response.status_code == 200
    listed = response.json()
    assert (listed.keys(), listed["object"]) == ({"object", "data"}, "list")
    assert [model["id"] for model in listed["data"]] == list(contract.known_models)
    assert all(model.keys() == {"id", "object", "created", "owned_by"} for model in listed["data"])
    assert {(model["object"], type(model["created"])) for model in listed["data"]} == {("model", int)}


def test_the_list_needs_the_credentials_of_the_operation(send: Send) -> None:
    response = send(method="GET", path="/v1/models", headers={})
    assert response.status_code == 401
    assert response.json()["error"]["code"] == "missing_api_key"


def test_named_models_replace_those_of_the_contract(send: Send) -> None:
    app = create_app(models=["one", "two"])
    listed = send(method="GET", path="/v1/models", to=app).json()["data"]
    assert [model["id"] for model in listed] == ["one", "two"]
    statuses = [
        send({"model": name, "input": "river"}, to=app).status_code
        for name in ("one", "two", "text-embedding-3-small")
    ]
    assert statuses == [200, 200, 404]


def test_the_list_is_below_the_base_path_and_has_no_other_method(send: Send) -> None:
    app = create_app(base_path="/proxy")
    assert send(method="GET", path="/proxy/models", to=app).status_code == 200
    assert send(method="GET", path="/v1/models", to=app).status_code == 404
    assert send({}, path="/proxy/models", to=app).status_code == 405


def test_a_contract_without_models_has_no_list(send: Send, tmp_path: Path) -> None:
    contract = SHAPES["an array of vectors"].load(tmp_path)
    assert contract.roles.model is None
    assert send(method="GET", path="/models", to=create_app(contract, base_path="")).status_code == 404


def test_a_model_that_the_contract_forbids_is_an_error(tmp_path: Path) -> None:
    contract = SHAPES["objects with values"].load(tmp_path)
    node = contract.property_of("model")
    assert node is not None
    node.node["enum"] = ["m"]  # type: ignore[index]
    with pytest.raises(ValueError, match="does not allow the model 'other'; use one of: m"):
        create_app(contract, models=["other"])
