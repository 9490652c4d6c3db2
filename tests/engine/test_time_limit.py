"""A run ends when its time is up: what was not reached is not tested."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from conformance.engine import FaultKind, Load, Run, RunResult, Settings, judges_all
from conformance.http_client import FailureKind, Request
from tests.engine.fakes import FakeTarget, Result, check, probe, suite, verdicts
from tests.virtual_time import run_in_virtual_time


def run_for(seconds: float, target: FakeTarget, count: int) -> RunResult:
    checks = [check(f"c{n}") for n in range(count)]
    settings = Settings(Load(concurrency=1), max_seconds=seconds)
    return run_in_virtual_time(Run(suite(*checks), target, settings).execute())


async def _one_second(_request: Request) -> Result:
    await asyncio.sleep(1)
    return 200


def test_what_was_reached_has_its_verdict_and_the_rest_is_not_tested() -> None:
    result = run_for(5.5, FakeTarget(_one_second), 10)
    assert list(verdicts(result).values()) == ["pass"] * 4 + ["not-tested"] * 6
    assert result.out_of_time
    assert not result.interrupted
    assert "out of time" in result.outcomes["c9"].reason


@pytest.mark.parametrize(("each", "verdict"), [(True, "fail"), (False, "not-tested")])
def test_a_violation_that_was_found_before_the_end_fails(each: bool, verdict: str) -> None:
    async def wrong_at_first(request: Request) -> Result:
        await asyncio.sleep(1)
        return 500 if request.path == "/0" else 200

    long = replace(check("long", *(probe(str(n)) for n in range(9))))
    if not each:
        long = replace(long, judge=judges_all("whatever the judge of all results says")(long.judge))
    settings = Settings(Load(concurrency=1), max_seconds=5.5)
    result = run_in_virtual_time(Run(suite(long), FakeTarget(wrong_at_first), settings).execute())
    assert verdicts(result) == {"long": verdict}
    assert result.out_of_time


def test_a_run_within_its_time_is_complete() -> None:
    result = run_for(60, FakeTarget(_one_second), 10)
    assert set(verdicts(result).values()) == {"pass"}
    assert not result.out_of_time


def test_a_target_that_never_answers_ends_in_time() -> None:
    async def never(_request: Request) -> Result:
        await asyncio.sleep(0 if len(target.requests) < 3 else 10_000)
        return FailureKind.TIMEOUT if len(target.requests) >= 3 else 200

    target = FakeTarget(never)
    result = run_for(30, target, 5)
    assert result.out_of_time


@pytest.mark.parametrize(("seconds", "verdict"), [(35, "fail"), (15, "pass"), (500, "fail")])
def test_a_target_that_is_silent_when_time_is_up_has_stopped(seconds: float, verdict: str) -> None:
    async def goes_silent(_request: Request) -> Result:
        if len(target.requests) < 5:
            return 200
        await asyncio.sleep(10)
        return FailureKind.TIMEOUT

    target = FakeTarget(goes_silent)
    running = replace(check("running"), observes=FaultKind.STOPPED)
    settings = Settings(Load(concurrency=1), max_seconds=seconds)
    checks = [running, *(check(f"c{n}") for n in range(10))]
    result = run_in_virtual_time(Run(suite(*checks), target, settings).execute())
    assert verdicts(result)["running"] == verdict
    assert len(target.requests) < 10
