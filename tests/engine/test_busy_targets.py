"""Targets that are busy or away for a while, in the middle of what the engine does about something else."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.engine import FaultKind, Load, Run, Settings
from conformance.http_client import Exchange, FailureKind, Request
from tests.engine.fakes import CANARY, FakeTarget, Result, check, probe, run, status, suite, verdicts
from tests.virtual_time import run_in_virtual_time


def test_an_overload_that_ends_is_not_judged() -> None:
    def behave(_request: Request) -> Result:
        seconds = asyncio.get_running_loop().time() - begin[0] if begin else 0.0
        if not begin:
            begin.append(asyncio.get_running_loop().time())
        return 503 if 1e-6 < seconds < 7.5 else 200

    begin: list[float] = []
    assert set(verdicts(run([check(name) for name in "abc"], behave)).values()) == {"pass"}


def test_a_restart_behind_a_proxy_is_no_failure() -> None:
    def behave(_request: Request) -> Result:
        return 502 if 5 <= len(target.requests) < 9 else 200

    target = FakeTarget(behave)
    assert set(verdicts(run([check(f"c{n}") for n in range(12)], target)).values()) == {"pass"}


def test_a_target_that_is_busy_when_a_timeout_is_repeated_is_asked_again() -> None:
    def behave(request: Request) -> Result:
        if request.path != "/a":
            return 200
        sent = [r.path for r in target.requests].count("/a")
        first: dict[int, Result] = {1: FailureKind.TIMEOUT, 2: status(503, retry_after="1")}
        return first.get(sent, 200)

    target = FakeTarget(behave)
    assert verdicts(run([check("a")], target)) == {"a": "pass"}


def test_a_request_that_is_dropped_whenever_others_are_in_flight_is_no_accident() -> None:
    async def behave(request: Request) -> Result:
        beside = target.running > 1
        await asyncio.sleep(0.01)
        return FailureKind.DROPPED if request.path == "/a" and beside else 200

    target = FakeTarget(behave)
    load = replace(check("load", CANARY), observes=FaultKind.LOAD)
    found = verdicts(run([load, *(check(name) for name in "abcdef")], target))
    assert "fail" in (found["load"], found["a"])


def test_a_fault_that_was_found_before_the_time_was_up_is_reported() -> None:
    async def behave(request: Request) -> Result:
        await asyncio.sleep(100 if request.path == "/slow" else 0.01)
        return FailureKind.PROTOCOL if request.path == "/a" else 200

    framing = replace(check("framing", CANARY), observes=FaultKind.FRAMING)
    settings = Settings(Load(concurrency=2), max_seconds=5)
    checks = suite(framing, check("a"), check("slow"))
    result = run_in_virtual_time(Run(checks, FakeTarget(behave), settings).execute())
    assert verdicts(result) == {"framing": "fail", "a": "blocked", "slow": "not-tested"}


class BusyAtEverySecond(FakeTarget):
    """Responds with 503 to every second request, also to one that is sent before another on its connection."""

    def __init__(self) -> None:
        super().__init__(self._answer)
        self._count = 0

    async def send(self, request: Request, *, after: Sequence[Request] | None = None) -> Exchange:
        self._count += len(after or ())
        return await super().send(request, after=after)

    def _answer(self, _request: Request) -> Result:
        self._count += 1
        return 200 if self._count % 2 else 503


@pytest.mark.parametrize("others", range(8))
@pytest.mark.parametrize("before", [0, 1, 2])
def test_a_target_that_is_busy_at_every_second_request_is_not_broken(before: int, others: int) -> None:
    one = replace(probe("a"), after=(Request(path="/before"),) * before)
    checks = [check("a", one), *(check(f"c{n}") for n in range(others))]
    result = run(checks, BusyAtEverySecond(), load=Load(concurrency=1 + others))
    assert set(verdicts(result).values()) == {"pass"}
