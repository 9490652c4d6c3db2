from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import yaml

from conformance.contract import Contract
from conformance.contract.contract import ANY_MODEL
from conformance.contract.spec_files import spec_file
from conformance.reference import create_app, default_credentials
from conformance.reference.models import MODELS, load_models
from tests.contract.test_large_document import document


def test_the_data_file_and_the_vendored_contract_name_the_same_models(contract: Contract) -> None:
    data = yaml.safe_load(spec_file(MODELS).read_text("utf-8"))
    assert list(data["models"]) == list(contract.known_models) == list(load_models(contract))
    assert contract.example_model in data["models"]


def test_the_models_have_their_published_sizes(contract: Contract) -> None:
    sizes = {name: model.native_size for name, model in load_models(contract).items()}
    assert sizes == {
        "text-embedding-ada-002": 1536,
        "text-embedding-3-small": 1536,
        "text-embedding-3-large": 3072,
    }


def changed_contract(tmp_path: Path, changes: dict[str, str]) -> Contract:
    """The vendored document with text replaced."""
    text = spec_file("portkey-embeddings.yaml").read_text("utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    (file := tmp_path / "contract.yaml").write_text(text, "utf-8")
    return Contract.load(file)


def test_the_server_follows_a_custom_contract(tmp_path: Path, send: Callable[..., httpx.Response]) -> None:
    changes = {
        "text-embedding-3-large": "my-model",
        "example: text-embedding-3-small": "example: my-example",
        "name: x-portkey-api-key": "name: x-my-key",
        "maxItems: 2048": "maxItems: 3",
    }
    contract = changed_contract(tmp_path, changes)
    app, valid = create_app(contract), default_credentials(contract)
    schemes = contract.security.ordered(contract.security.alternatives[0])
    headers = dict(scheme.render(valid[scheme.name]) for scheme in schemes) | {
        "Content-Type": "application/json"
    }
    assert "x-my-key" in headers

    def status(model: str, count: int) -> int:
        return send({"model": model, "input": ["a"] * count}, headers=headers, to=app).status_code

    assert [status(model, 3) for model in ("my-model", "my-example", "text-embedding-ada-002")] == [
        200,
        200,
        200,
    ]
    assert status("text-embedding-3-large", 3) == 404
    assert status("my-model", 4) == 400
    assert load_models(contract)["my-model"].native_size == 1536


def test_without_a_required_model_the_default_is_the_example(
    tmp_path: Path, send: Callable[..., httpx.Response]
) -> None:
    contract = changed_contract(tmp_path, {"        - model\n        - input\n": "        - input\n"})
    response = send({"input": "a"}, to=create_app(contract))
    assert response.json()["model"] == contract.example_model


def test_a_contract_that_names_no_model_has_one_of_its_own(tmp_path: Path) -> None:
    enum = """            - type: string
              enum:
                - text-embedding-ada-002
                - text-embedding-3-small
                - text-embedding-3-large
"""
    contract = changed_contract(tmp_path, {"          example: text-embedding-3-small\n": "", enum: ""})
    assert list(load_models(contract)) == [ANY_MODEL]


def test_vectors_have_a_length_that_the_contract_allows(tmp_path: Path) -> None:
    own = document(dimensions=8)
    answer = own["paths"]["/v1/embeddings"]["post"]["responses"]["200"]["content"]["application/json"][
        "schema"
    ]
    vector = answer["properties"]["data"]["items"]["properties"]["embedding"]
    sizes: list[int] = []
    for bounds in ({"maxItems": 4}, {"minItems": 5000}, {}):
        vector |= {"minItems": 0, "maxItems": 9000, **bounds}
        file = tmp_path / f"{len(sizes)}.json"
        file.write_text(json.dumps(own))
        sizes.append(next(iter(load_models(Contract.load(file)).values())).native_size)
    assert sizes[:2] == [4, 5000]
    assert 5 < sizes[2] < 5000
