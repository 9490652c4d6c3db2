"""Targets that are busy or away for a while, in the middle of what the engine does about something else."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from conformance.engine import FaultKind, Load, Run, Settings
from conformance.http_client import FailureKind, Request
from tests.engine.fakes import CANARY, FakeTarget, Result, check, run, status, suite, verdicts
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
