"""A run ends after a number of failures: what was not reached is not tested, and what failed is repeated."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from conformance.engine import FaultKind, Load, Outcome, Run, RunResult, Settings, has_failed
from conformance.engine.failure_limit import Counts
from conformance.http_client import Request
from tests.engine.fakes import CANARY, FakeTarget, Result, check, suite, verdicts
from tests.virtual_time import run_in_virtual_time


async def _every_third_is_wrong(request: Request) -> Result:
    await asyncio.sleep(1)
    return 500 if request.path in ("/c2", "/c5", "/c8") else 200


def run_until(
    most: int | None, target: FakeTarget, *, counts: Counts = has_failed, seconds: float | None = None
) -> RunResult:
    checks = [check(f"c{n}") for n in range(10)]
    settings = Settings(Load(concurrency=1), max_seconds=seconds, max_failures=most)
    return run_in_virtual_time(Run(suite(*checks), target, settings, counts=counts).execute())


@pytest.mark.parametrize(("most", "tested"), [(1, 3), (2, 6), (3, 9), (4, 10), (None, 10)])
def test_the_run_ends_after_so_many_failures(most: int | None, tested: int) -> None:
    result = run_until(most, FakeTarget(_every_third_is_wrong))
    found = list(verdicts(result).values())
    assert found[:tested].count("not-tested") == 0
    assert set(found[tested:]) <= {"not-tested"}
    assert result.max_failures_reached == (tested < 10)
    assert not result.out_of_time
    assert not result.interrupted


def test_the_reason_names_the_option() -> None:
    result = run_until(2, FakeTarget(_every_third_is_wrong))
    assert result.outcomes["c9"].reason == "the run ended after 2 failures (option max-failures)"


def test_what_failed_is_repeated_and_nothing_else_is_sent() -> None:
    target = FakeTarget(_every_third_is_wrong)
    result = run_until(1, target)
    assert result.outcomes["c2"].evidence[0].reproduction
    assert {request.path for request in target.requests} == {CANARY.request.path, "/c0", "/c1", "/c2", "/c3"}


def test_failures_that_do_not_count_do_not_end_the_run() -> None:
    def counts(outcome: Outcome) -> bool:
        return has_failed(outcome) and outcome.requirement.id != "c2"

    result = run_until(1, FakeTarget(_every_third_is_wrong), counts=counts)
    assert verdicts(result)["c4"] == "pass"
    assert verdicts(result)["c6"] == "not-tested"


def test_the_time_limit_also_holds_while_failures_are_repeated() -> None:
    async def hangs_after_the_failure(request: Request) -> Result:
        again = sum(other.path == "/c2" for other in target.requests)
        await asyncio.sleep(1 if again < 2 else 10_000)
        return 500 if request.path == "/c2" else 200

    target = FakeTarget(hangs_after_the_failure)
    result = run_until(1, target, seconds=100)
    assert verdicts(result)["c2"] == "fail"
    assert result.out_of_time


def test_what_observes_the_whole_run_is_not_tested() -> None:
    checks = [check("wrong"), *(check(f"c{n}") for n in range(5))]
    observing = replace(check("running"), observes=FaultKind.STOPPED)
    settings = Settings(Load(concurrency=1), max_failures=1)

    async def wrong(request: Request) -> Result:
        return 500 if request.path == "/wrong" else 200

    result = run_in_virtual_time(Run(suite(*checks, observing), FakeTarget(wrong), settings).execute())
    assert verdicts(result)["wrong"] == "fail"
    assert verdicts(result)["running"] == "not-tested"
