"""A server that a rejected request breaks is never called conformant."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self

import pytest

from conformance.engine import Load, Run, Settings, liveness, plan_totals
from conformance.exit_codes import Exit
from conformance.http_client import Exchange, Failure, FailureKind, Request, Target, UnrequestedBytes
from conformance.report.model.standing import overall_verdict
from tests.faulty_servers.servers import Fault
from tests.mutants.after_rejection import after_rejection_mutants
from tests.mutants.setup import Setup, exit_of
from tests.sampling import sampled, slow

NAMES = [name for name, _ in after_rejection_mutants()]


def requests_of(setup: Setup) -> list[str]:
    """The requirements of area ``request``, which have most of the rejected requests."""
    return [requirement.id for requirement in setup.contract.catalogue.matching("request.*")]


def fault_named(name: str) -> Fault:
    return dict(after_rejection_mutants())[name]


@pytest.mark.parametrize("concurrency", sampled([1, 8], ["8"]))
@pytest.mark.parametrize("name", NAMES)
def test_a_server_that_a_rejected_request_breaks_is_nonconformant(
    name: str, concurrency: int, small: Setup
) -> None:
    fault = fault_named(name)
    result = small.run(fault, selected=requests_of(small), load=Load(concurrency=concurrency))
    assert overall_verdict(result) == "nonconformant"


def test_a_canary_finds_a_server_that_rejects_everything(small: Setup) -> None:
    fault = fault_named("rejects all requests after the first rejected one")
    result = small.run(fault, selected=requests_of(small), load=Load(concurrency=1))
    evidence = [e for outcome in result.outcomes.values() for e in outcome.evidence]
    assert any("after the rejected ones" in e.expected for e in evidence)


@pytest.mark.slow  # test_kill_matrix runs the whole suite against it
def test_the_correct_server_is_conformant(small: Setup) -> None:
    assert overall_verdict(small.run()) == "conformant"


@pytest.mark.parametrize("kind", [FailureKind.REFUSED, slow(FailureKind.TIMEOUT)])
@pytest.mark.parametrize("concurrency", sampled([1, 8, 32], ["8"]))
def test_a_server_that_crashes_on_a_rejected_request_blocks_the_rest(
    concurrency: int, kind: FailureKind, small: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(liveness, "RECOVERY_PAUSES", (0.01,))
    suite, crashing = small.suite(), CrashingTarget(small.target(), kind)
    made = Run(suite, crashing, Settings(Load(concurrency=concurrency)))
    planned, _ = plan_totals(made.plan, suite.canary)
    result = asyncio.run(made.execute())
    found = Counter(outcome.verdict.value for outcome in result.outcomes.values())
    assert exit_of(result) is Exit.NONCONFORMANT
    assert found["blocked"] > 50
    assert found["fail"] + found["inconclusive"] <= concurrency
    assert result.requests < planned / 2


class CrashingTarget:
    """A target that stops after it rejected a payload: every later exchange fails in the same way."""

    def __init__(self, target: Target, kind: FailureKind) -> None:
        self._target, self._kind, self._stopped = target, kind, False

    @property
    def description(self) -> Mapping[str, str]:
        return self._target.description

    @property
    def unrequested(self) -> Sequence[UnrequestedBytes]:
        return self._target.unrequested

    async def send(self, request: Request, *, after: Sequence[Request] | None = None) -> Exchange:
        if self._stopped:
            return Exchange(request, None, Failure(self._kind, "stopped"), 0.0)
        exchange = await self._target.send(request, after=after)
        self._stopped = exchange.response is not None and exchange.response.status == 400
        return exchange

    async def __aenter__(self) -> Self:
        await self._target.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._target.__aexit__(kind, error, traceback)
