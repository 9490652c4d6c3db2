"""Parameters of the contract: from the option, from the query of the URL, and in reports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance import UsageError, check
from conformance.cli.main import main
from conformance.config.parameters import parameters_of
from conformance.config.settings import configure
from conformance.contract import Contract
from conformance.errors import ConfigurationError
from conformance.reference import background_server, create_app
from conformance.report import FORMATS
from conformance.runner.inputs import Inputs, load_inputs
from conformance.runner.prepare import prepare_run
from tests.contract.parameter_contracts import DEPLOYMENTS, PARAMETERS, contract_with

SECRET = "tenant-51c0ffee77"
BEARER = {"Authorization": "Bearer fake-bearer-0c1f8d27"}
OPTIONS = {"profile": "openai", "only": ["request.parameter.*"]}


@pytest.fixture
def contract(tmp_path: Path) -> Contract:
    return contract_with(tmp_path)


@pytest.fixture
def url(contract: Contract) -> Iterator[str]:
    token = {"Bearer": BEARER["Authorization"].removeprefix("Bearer ")}
    app = create_app(contract, token)
    with background_server(app, base_path=contract.base_path) as url:
        yield url


def inputs(contract: Contract, url: str, *parameter: str) -> Inputs:
    given = {"url": url, "contract": contract.file, "profile": "openai", "parameter": list(parameter)}
    return load_inputs(configure({**given, "header": ["Authorization: Bearer x"]}, None))


@pytest.mark.parametrize(
    ("url", "shown", "version"),
    [
        ("http://h/openai", "http://h/openai", "2024-10-21"),
        ("http://h/openai?api-version", "http://h/openai", "2024-10-21"),
        ("http://h/openai?api-version=2025-06-01", "http://h/openai", "2025-06-01"),
        ("http://h/openai?a=1&api-version=2025-06-01&b=%20", "http://h/openai?a=***&b=***", "2025-06-01"),
        ("http://h/openai?api-version=", "http://h/openai", "2024-10-21"),
    ],
)
def test_a_parameter_in_the_url_is_sent_once(contract: Contract, url: str, shown: str, version: str) -> None:
    found = inputs(contract, url, "api-version=2024-10-21")
    assert found.description["url"] == shown
    request = prepare_run(found).suite.canary.request
    assert request.query == f"api-version={version}"
    assert request.path == "/deployments/small/embeddings"


@pytest.mark.parametrize("text", ["", "=x", "api-version", "api-version="])
def test_another_form_is_a_usage_error_without_the_text(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"parameter 1: must be NAME=VALUE"):
        parameters_of(configure({"parameter": [text or "x"]}, None))


def test_a_value_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = configure({"parameter": ["a=env:TENANT", "b=c=d"]}, None)
    with pytest.raises(ConfigurationError, match="the environment variable TENANT is not set"):
        parameters_of(configuration)
    monkeypatch.setenv("TENANT", SECRET)
    assert parameters_of(configuration) == {"a": SECRET, "b": "c=d"}


@pytest.mark.parametrize("name", ["x-tenant", "tenant"])
def test_a_value_from_the_environment_is_in_no_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    place = "header" if name.startswith("x-") else "query"
    own = contract_with(tmp_path, parameters=[*PARAMETERS[:2], {"name": name, "in": place, "required": True}])
    monkeypatch.setenv("TENANT", SECRET)
    answers_nothing = create_app(own, base_path="/elsewhere")
    with background_server(answers_nothing, base_path="/openai") as url:
        report = check(
            url, headers=BEARER, contract=own.file, parameter=[f"{name}=env:TENANT"], **OPTIONS
        ).as_dict()
    assert "parameters/2" in json.dumps(report)
    for write in FORMATS.values():
        assert SECRET not in write(report)
    assert f"--parameter {name}=env:TENANT" in report["reproduce"]


def test_all_front_ends_report_the_operation(contract: Contract, url: str) -> None:
    report = check(url, headers=BEARER, contract=contract.file, operation=f"POST {DEPLOYMENTS}", **OPTIONS)
    document = report.as_dict()
    assert (document["exit_code"], document["summary"]["must"]["fail"]) == (0, 0)
    assert document["contract"]["operation"] == {
        "method": "POST",
        "path": DEPLOYMENTS,
        "id": "createEmbedding",
    }
    shown = f"POST {DEPLOYMENTS} (createEmbedding)"
    assert shown in FORMATS["html"](document)
    assert shown in FORMATS["markdown"](document)


def command(contract: Contract, *words: str) -> list[str]:
    return ["run", "--contract", str(contract.file), "--profile", "openai", "--only", "http.chunked", *words]


def test_the_command_names_the_operation(contract: Contract, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(command(contract)) == 0
    assert f"Operation: POST {DEPLOYMENTS} (createEmbedding)\nhttp://127.0.0.1:" in capsys.readouterr().out


def test_the_reference_server_needs_no_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    numbers: dict[str, Any] = {"name": "n", "in": "query", "required": True, "schema": {"type": "integer"}}
    own = contract_with(tmp_path, parameters=[PARAMETERS[0], numbers])
    assert main(command(own)) == 0
    assert main(["plan", *command(own)[1:]]) == 0
    assert main(["requirements", "http.chunked", *command(own)[1:5]]) == 0
    assert "/deployments/small/embeddings?n=1'" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--operation", "createEmbeddings"],
            "has no operation 'createEmbeddings'; did you mean 'createEmbedding'",
        ),
        (["--parameter", "api-versoin=1"], "no parameter of this name; did you mean api-version"),
        (["--parameter", "api-version"], "parameter 1: must be NAME=VALUE"),
    ],
)
def test_a_wrong_name_ends_with_one_sentence(
    contract: Contract, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command(contract, *words)) == 4
    assert message in capsys.readouterr().err


def test_a_parameter_without_a_value_is_a_usage_error(tmp_path: Path) -> None:
    own = contract_with(tmp_path, parameters=[{"name": "v", "in": "query", "required": True}])
    with pytest.raises(UsageError, match="give --parameter 'v=VALUE'"):
        check("http://127.0.0.1:9", headers=BEARER, contract=own.file, **OPTIONS)


@pytest.mark.parametrize("server", ["/", "https://{resource}.example.com/openai"])
def test_an_application_without_a_url_is_below_the_path_of_its_document(tmp_path: Path, server: str) -> None:
    own = contract_with(tmp_path, server=server)
    app = create_app(own, {"Bearer": BEARER["Authorization"].removeprefix("Bearer ")})
    assert check(app, headers=BEARER, contract=own.file, **OPTIONS).code == 0
