"""Outcomes and runs for tests without a target."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import pytest

from conformance.contract import Contract
from conformance.engine import Evidence, Outcome, RunResult, Verdict
from conformance.http_client import Exchange, Request, Response
from conformance.report import Redactor
from conformance.secret import Secret

MakeOutcome = Callable[..., Outcome]


@pytest.fixture(scope="session")
def contract() -> Contract:
    return Contract.load()


@pytest.fixture
def outcome(contract: Contract) -> MakeOutcome:
    """The outcome of a requirement of the real catalogue."""

    def made(id: str, verdict: str, reason: str = "", evidence: tuple[Evidence, ...] = ()) -> Outcome:
        return Outcome(contract.catalogue[id], Verdict(verdict), reason, evidence)

    return made


@pytest.fixture
def result(contract: Contract) -> Callable[..., RunResult]:
    """A run with the given verdicts; the other requirements were not selected and not tested."""

    def made(
        verdicts: Mapping[str, str], *, others: str = "not-tested", selected: tuple[str, ...] | None = None
    ) -> RunResult:
        outcomes = {
            id: Outcome(requirement, Verdict(verdicts.get(id, others)))
            for id, requirement in contract.catalogue.items()
        }
        chosen = tuple(verdicts) if selected is None else selected
        return RunResult(outcomes, chosen, "2026-01-31T12:00:00+00:00", 1.25, 3, 7)

    return made


@pytest.fixture
def redactor(contract: Contract) -> Redactor:
    return Redactor([("x-portkey-api-key", Secret("sesame-secret-0123", "KEY"))], contract.security)


@pytest.fixture
def exchange() -> Callable[..., Exchange]:
    """An exchange with a small request and a response."""

    def made(body: bytes = b"{}", status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Exchange:
        request = Request(headers=(("Content-Type", "application/json"),), body=b'{"input":"river"}')
        return Exchange(request, Response(status, headers, body), None, 0.25)

    return made
