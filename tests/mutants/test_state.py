"""A server that a bad request harms is never called conformant."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from types import TracebackType
from typing import Self

import pytest

from conformance.engine import Load, Run, Settings, totals
from conformance.engine import sender as session
from conformance.http_client import Exchange, Failure, FailureKind, Request, Target
from conformance.report import Exit
from conformance.report.model.standing import overall
from tests.mutants.asgi import Fault
from tests.mutants.ground import Ground, exit_of
from tests.mutants.state import state_mutants

NAMES = [name for name, _ in state_mutants()]


def fault_named(name: str) -> Fault:
    return dict(state_mutants())[name]


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("name", NAMES)
def test_a_server_that_a_bad_request_harms_is_found(name: str, concurrency: int, small: Ground) -> None:
    result = small.run(fault_named(name), load=Load(concurrency=concurrency))
    assert overall(result) == "nonconformant"


def test_a_server_that_refuses_for_ever_is_found_by_what_follows(small: Ground) -> None:
    result = small.run(fault_named("refuses everything after the first refusal"), load=Load(concurrency=1))
    evidence = [e for outcome in result.outcomes.values() for e in outcome.evidence]
    assert any("followed the refused ones" in e.expected for e in evidence)


def test_the_correct_server_is_not_harmed(small: Ground) -> None:
    assert overall(small.run()) == "conformant"


@pytest.mark.parametrize("kind", [FailureKind.REFUSED, FailureKind.TIMEOUT])
@pytest.mark.parametrize("concurrency", [1, 8, 32])
def test_a_server_that_dies_of_a_bad_request_blocks_the_rest(
    concurrency: int, kind: FailureKind, small: Ground, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "RETURN_PAUSES", (0.01,))
    suite, mortal = small.suite(), Mortal(small.target(), kind)
    made = Run(suite, mortal, Settings(Load(concurrency=concurrency)))
    planned, _ = totals(made.plan, suite.canary)
    result = asyncio.run(made.execute())
    found = Counter(outcome.verdict.value for outcome in result.outcomes.values())
    assert exit_of(result) is Exit.NONCONFORMANT
    assert found["blocked"] > 50
    assert found["fail"] + found["inconclusive"] <= concurrency
    assert result.requests < planned / 2


class Mortal:
    """A target that a refused payload kills: from then on each exchange comes to nothing, in one way."""

    def __init__(self, target: Target, kind: FailureKind) -> None:
        self._target, self._kind, self._dead = target, kind, False

    @property
    def description(self) -> Mapping[str, str]:
        return self._target.description

    async def send(self, request: Request) -> Exchange:
        if self._dead:
            return Exchange(request, None, Failure(self._kind, "dead"), 0.0)
        exchange = await self._target.send(request)
        self._dead = exchange.response is not None and exchange.response.status == 400
        return exchange

    async def __aenter__(self) -> Self:
        await self._target.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._target.__aexit__(kind, error, traceback)
