"""Requests without a parameter of the contract, or with another value, are rejected."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Load, Run, RunResult, Settings
from conformance.http_client import open_app
from conformance.reference import create_app
from tests.contract.parameter_contracts import contract_with
from tests.faulty_servers.faults import changes_request
from tests.faulty_servers.messages import Request
from tests.faulty_servers.servers import Fault, application, server_of, with_faults
from tests.mutants.setup import credentials, failed
from tests.sampling import slow

VERSION = b"api-version=2024-10-21"

MUTANTS: dict[str, tuple[str, Fault]] = {
    "does not need the version": (
        "request.parameter.api-version.required",
        changes_request(lambda r: b"api-version" not in r.query, lambda r: replace(r, query=VERSION)),
    ),
    "accepts any version": (
        "request.parameter.api-version.enum",
        changes_request(lambda r: b"no-such" in r.query, lambda r: replace(r, query=VERSION)),
    ),
    "does not need the tenant": (
        "request.parameter.x-tenant.required",
        changes_request(lambda r: r.header("x-tenant") is None, lambda r: r.with_header("x-tenant", "t1")),
    ),
}
"""Faulty servers: the requirement that each violates, and its fault."""


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    return contract_with(tmp_path_factory.mktemp("contract"))


def run(
    contract: Contract, *faults: Fault, base_path: str = "/openai", only: str = "request.parameter."
) -> RunResult:
    suite = build_suite(contract, credentials(contract), tokenizer="bytes", base_path=base_path)
    selected = [id for id in contract.catalogue if id.startswith(only)]
    server = with_faults(server_of(create_app(contract)), *faults)
    target = open_app(application(server), base_path=base_path)
    return asyncio.run(Run(suite, target, Settings(Load()), selected=selected).execute())


def test_the_requirements_follow_from_the_parameters(contract: Contract) -> None:
    found = [r for r in contract.catalogue.values() if r.id.startswith("request.parameter.")]
    assert {requirement.id for requirement in found} == {id for id, _ in MUTANTS.values()}
    assert {requirement.level for requirement in found} == {"must"}
    assert {str(requirement.source).rpartition("/")[2] for requirement in found} == {"required", "enum"}
    assert not any(id.startswith("request.parameter.") for id in Contract.load().catalogue)


def test_the_reference_server_passes(contract: Contract) -> None:
    result = run(contract)
    assert {result.outcomes[id].verdict for id in result.selected} == {"pass"}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_faulty_server_fails_exactly_its_requirement(name: str, contract: Contract) -> None:
    id, fault = MUTANTS[name]
    assert failed(run(contract, fault)) == {id}


def test_every_request_has_the_parameters(contract: Contract) -> None:
    seen: list[Request] = []

    def record(request: Request) -> bool:
        seen.append(request)
        return False

    run(contract, changes_request(record, lambda r: r), only="http.client.")
    assert seen
    for request in seen:
        assert request.path == "/openai/deployments/small/embeddings"
        assert request.query == VERSION
        assert request.header("x-tenant") == "t1"


def test_an_enumeration_in_the_path_is_tested_unless_the_base_url_has_the_value(tmp_path: Path) -> None:
    schema = {"type": "string", "enum": ["small", "large"]}
    own = contract_with(tmp_path, parameters=[{"name": "deployment-id", "in": "path", "schema": schema}])
    id = "request.parameter.deployment-id.enum"
    assert run(own).outcomes[id].verdict == "pass"
    assert failed(
        run(
            own,
            changes_request(
                lambda r: True,
                lambda r: replace(r, path=r.path.replace("no-such-value", "small"), raw_path=b""),
            ),
        )
    ) == {id}
    outcome = run(own, base_path="/openai/deployments/small").outcomes[id]
    assert (outcome.verdict, outcome.reason) == ("not-tested", "the base URL has the value of this parameter")


@pytest.mark.parametrize("base", ["/v1", slow(""), slow("/openai/v1"), slow("/v1/")])
def test_a_version_in_base_url_and_path_is_written_once(base: str, tmp_path: Path) -> None:
    own = contract_with(tmp_path, "/v1/embeddings", [], server=f"https://a.b{base.replace('/v1', '')}")
    canary = build_suite(own, credentials(own), base_path=base).canary.request
    assert base.rstrip("/") + canary.path == base.replace("/v1", "").rstrip("/") + "/v1/embeddings"
    result = run(own, base_path=base, only="auth.accept")
    assert {result.outcomes[id].verdict for id in result.selected} == {"pass"}
