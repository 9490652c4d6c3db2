"""A run can be ended at any time, and leaves nothing behind."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import pytest

from conformance.engine import Expect, Load, Run, RunResult
from conformance.http_client import Request
from tests.engine.fakes import FakeTarget, check, make_run, probe, status, verdicts

CHECKS = [
    check("first"),
    *(check(f"c{n}", probe(f"x{n}", Expect.REJECT), probe("shared"), needs=["first"]) for n in range(50)),
]


async def end_after(made: Run, seconds: float) -> tuple[RunResult, float]:
    """The result of a run that is cancelled after so many seconds, and how long it took to end."""
    task = asyncio.create_task(made.execute())
    await asyncio.sleep(seconds)
    asked = time.monotonic()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    took = time.monotonic() - asked
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return made.result(interrupted=True), took


async def hang(request: Request) -> int:
    if request.path.startswith("/x"):
        await asyncio.sleep(3600)
    return 200


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_run_that_waits_for_answers_ends_within_a_second(concurrency: int) -> None:
    made = make_run(CHECKS, FakeTarget(hang), load=Load(concurrency=concurrency))
    result, took = asyncio.run(end_after(made, 0.1))
    assert took < 1.0
    assert result.interrupted
    assert verdicts(result)["first"] == "pass"
    assert set(verdicts(result).values()) == {"pass", "not-tested"}
    assert result.outcomes["c7"].reason == "the run was interrupted"


def test_a_run_that_waits_to_try_again_ends_within_a_second() -> None:
    target = FakeTarget(lambda request: status(429, retry_after="20") if request.path == "/first" else 200)
    result, took = asyncio.run(end_after(make_run(CHECKS, target), 0.1))
    assert took < 1.0
    assert set(verdicts(result).values()) == {"not-tested"}


def test_a_run_that_waits_for_a_start_ends_within_a_second() -> None:
    result, took = asyncio.run(end_after(make_run(CHECKS, FakeTarget(lambda request: 503)), 0.1))
    assert took < 1.0
    assert set(verdicts(result).values()) == {"not-tested"}


def test_a_run_at_a_low_rate_ends_within_a_second() -> None:
    made = make_run(CHECKS, FakeTarget(lambda request: 200), load=Load(rate=0.1))
    _, took = asyncio.run(end_after(made, 0.1))
    assert took < 1.0


def test_a_run_that_has_ended_leaves_no_task() -> None:
    async def whole() -> None:
        await make_run(
            CHECKS, FakeTarget(lambda request: 400 if request.path.startswith("/x") else 200)
        ).execute()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(whole())
