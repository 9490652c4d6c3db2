"""Checks of credentials with the schemes of other contracts."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from conformance.checks import build_suite
from conformance.checks.auth.secrets import NOT_NEEDED
from conformance.contract import Contract
from conformance.engine import Run, RunResult, Settings, Verdict
from conformance.http_client import open_app
from conformance.reference import BASE_PATH, create_app, default_credentials
from conformance.secret import Secret
from tests.contract.own_contracts import PUBLISHED, load_document

BASIC = {"type": "http", "scheme": "basic"}
COOKIE = {"type": "apiKey", "in": "cookie", "name": "session"}


def contract_with(folder: Path, security: list[dict[str, Any]], **schemes: Any) -> Contract:
    operation = {**PUBLISHED["paths"]["/embeddings"]["post"], "security": security}
    paths = {"/embeddings": {"post": operation}}
    components = {**PUBLISHED["components"], "securitySchemes": schemes}
    return load_document({**PUBLISHED, "paths": paths, "components": components}, folder)


def run(contract: Contract) -> RunResult:
    values = default_credentials(contract)
    rendered = [scheme.render(values[scheme.name]) for scheme in contract.security.schemes]
    selected = [id for id in contract.catalogue if id.startswith("auth.")]
    suite = build_suite(contract, [(name, Secret(value, "KEY")) for name, value in rendered], only=selected)
    target = open_app(create_app(contract, base_path=BASE_PATH), base_path=BASE_PATH, timeout=60)
    return asyncio.run(Run(suite, target, Settings(), selected=selected).execute())


@pytest.mark.parametrize(
    "security", [[{"B": []}], [{"B": []}, {"C": []}], [{"B": []}, {}], [{"B": [], "C": []}]]
)
def test_the_reference_server_meets_all(tmp_path: Path, security: list[dict[str, Any]]) -> None:
    outcomes = run(contract_with(tmp_path, security, B=BASIC, C=COOKIE)).outcomes
    wrong = {id for id, one in outcomes.items() if one.verdict not in (Verdict.PASS, Verdict.NOT_TESTED)}
    assert not wrong
    assert outcomes["auth.accept.b" if {"B": []} in security else "auth.accept.b+c"].verdict is Verdict.PASS


def test_basic_credentials_are_sent_as_a_bearer_token(tmp_path: Path) -> None:
    contract = contract_with(tmp_path, [{"B": []}], B=BASIC)
    check = build_suite(contract, [("Authorization", Secret("Basic YTpi", "KEY"))]).checks[
        "auth.scheme.other"
    ]
    assert dict(check.probes[0].request.headers)["Authorization"] == "Bearer YTpi"


def test_credentials_that_are_not_needed_are_not_tested(tmp_path: Path) -> None:
    contract = contract_with(tmp_path, [{"B": []}, {}], B=BASIC)
    checks = build_suite(contract, [("Authorization", Secret("Basic YTpi", "KEY"))]).checks
    for id in ("auth.scheme.other", "auth.scheme.missing", "auth.secret.b.wrong"):
        assert checks[id].untestable == NOT_NEEDED.format(name="B")
