"""The code for OpenAI's SDKs that ``serve`` prints: the server accepts what it describes."""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.cli.main import main
from conformance.cli.openai_sdk import SdkArguments, sdk_arguments
from conformance.contract import Contract
from conformance.reference import background_server, create_app, default_credentials
from conformance.reference.models import default_model, load_models
from tests.contract.parameter_contracts import contract_with
from tests.roles.shapes import SHAPES

URL = "http://127.0.0.1:8787/v1"


def arguments_of(contract: Contract, url: str = URL, **credentials: str) -> SdkArguments | None:
    model = default_model(contract, load_models(contract)).name
    return sdk_arguments(contract, url, default_credentials(contract) | credentials, model)


def lines_of(contract: Contract, **credentials: str) -> list[str]:
    found = arguments_of(contract, **credentials)
    assert found is not None
    return found.lines()


def literals(line: str) -> dict[str, Any]:
    """The arguments of a call in Python, if they are literals."""
    (statement,) = ast.parse(line).body
    assert isinstance(statement, ast.Expr)
    assert isinstance(statement.value, ast.Call)
    return {str(word.arg): ast.literal_eval(word.value) for word in statement.value.keywords}


def status_of(contract: Contract) -> int:
    """The status of a request like those of the SDK with the printed arguments."""
    with background_server(create_app(contract), base_path=contract.base_path) as url:
        found = arguments_of(contract, url)
        assert found is not None
        given = literals(found.lines()[0])
        return httpx.post(
            f"{given['base_url']}/embeddings",
            headers={"Authorization": f"Bearer {given['api_key']}", **given.get("default_headers", {})},
            params=given.get("default_query", {}),
            json={"model": default_model(contract, load_models(contract)).name, "input": ["river"]},
            trust_env=False,
        ).status_code


@pytest.mark.parametrize("profile", ["portkey", "portkey-oss", "openai", "open"])
def test_the_server_accepts_a_request_with_the_printed_arguments(profile: str) -> None:
    assert status_of(Contract.load(profile=profile)) == 200


def test_parameters_are_in_the_path_the_query_and_the_headers(tmp_path: Path) -> None:
    contract = contract_with(tmp_path)
    assert status_of(contract) == 200
    given = literals(lines_of(contract)[0])
    assert given["base_url"] == f"{URL}/deployments/small"
    assert given["default_query"] == {"api-version": "2024-10-21"}
    assert given["default_headers"] == {"x-tenant": "t1"}


def test_a_bearer_token_is_the_key_in_both_languages() -> None:
    contract = Contract.load(profile="openai")
    (token,) = default_credentials(contract).values()
    assert lines_of(contract) == [
        f'OpenAI(base_url="{URL}", api_key="{token}")  # Python',
        f'new OpenAI({{baseURL: "{URL}", apiKey: "{token}"}})  // JavaScript',
    ]


def test_other_credentials_are_headers() -> None:
    python, javascript = lines_of(Contract.load())
    headers = {"x-portkey-api-key": "fake-portkey-key-29a81fd4", "x-portkey-provider": "openai"}
    given = literals(python)
    assert (given["api_key"], given["default_headers"]) == ("fake-provider-auth-28e28e02", headers)
    shown = ", ".join(f'"{name}": "{value}"' for name, value in headers.items())
    assert f'apiKey: "fake-provider-auth-28e28e02", defaultHeaders: {{{shown}}}}})' in javascript


def test_an_open_server_gets_any_key() -> None:
    assert literals(lines_of(Contract.load(profile="open"))[0])["api_key"] == "unused"


def test_keys_from_the_environment_stay_there() -> None:
    python, javascript = lines_of(
        Contract.load(), **{"Portkey-Key": "env:MY_KEY", "Provider-Auth": "env:TOKEN"}
    )
    assert (
        'api_key=os.environ["TOKEN"], default_headers={"x-portkey-api-key": os.environ["MY_KEY"], ' in python
    )
    assert (
        'apiKey: process.env.TOKEN, defaultHeaders: {"x-portkey-api-key": process.env.MY_KEY, ' in javascript
    )


def test_other_operations_have_no_arguments(tmp_path: Path) -> None:
    assert arguments_of(SHAPES["objects with values"].load(tmp_path)) is None


def test_serve_prints_the_arguments_after_the_commands(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("conformance.cli.commands.serve.serve", lambda *_, **__: 0)
    assert main(["serve", "--port=0", "--profile=openai", "--key=Bearer=my-key"]) == 0
    commands, advice = capsys.readouterr().out.split("or use it with an SDK of OpenAI:\n")
    assert commands.startswith("Test it with the command:\n")
    assert 'api_key="my-key")  # Python\n' in advice
    assert 'apiKey: "my-key"})  // JavaScript\n' in advice
    assert advice.count("\n") <= 6
