"""A run can be cancelled at any time, and leaves no task behind."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

import pytest

from conformance.engine import Expect, Load, Probe, ProbeResult, Run, RunResult, Send
from conformance.http_client import Request
from tests.engine.fakes import FakeTarget, check, make_run, probe, status, verdicts
from tests.virtual_time import run_in_virtual_time

CHECKS = [
    check("first"),
    *(check(f"c{n}", probe(f"x{n}", Expect.REJECT), probe("shared"), needs=["first"]) for n in range(50)),
]


async def cancel_after(made: Run, seconds: float) -> tuple[RunResult, float]:
    """Cancel a run after a number of seconds. Return its result, and the seconds until it ended."""
    task = asyncio.create_task(made.execute())
    await asyncio.sleep(seconds)
    cancelled = asyncio.get_running_loop().time()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    took = asyncio.get_running_loop().time() - cancelled
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return made.result(interrupted=True), took


async def hang(request: Request) -> int:
    if request.path.startswith("/x"):
        await asyncio.sleep(3600)
    return 200


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_run_that_waits_for_responses_ends_within_a_second(concurrency: int) -> None:
    made = make_run(CHECKS, FakeTarget(hang), load=Load(concurrency=concurrency))
    result, took = run_in_virtual_time(cancel_after(made, 0.1))
    assert took < 1.0
    assert result.interrupted
    assert verdicts(result)["first"] == "pass"
    assert set(verdicts(result).values()) == {"pass", "not-tested"}
    assert result.outcomes["c7"].reason == "the run was interrupted"


def test_a_run_that_waits_for_a_retry_ends_within_a_second() -> None:
    target = FakeTarget(lambda request: status(429, retry_after="20") if request.path == "/first" else 200)
    result, took = run_in_virtual_time(cancel_after(make_run(CHECKS, target), 0.1))
    assert took < 1.0
    assert set(verdicts(result).values()) == {"not-tested"}


def test_a_run_that_waits_for_a_starting_target_ends_within_a_second() -> None:
    result, took = run_in_virtual_time(cancel_after(make_run(CHECKS, FakeTarget(lambda request: 503)), 0.1))
    assert took < 1.0
    assert set(verdicts(result).values()) == {"not-tested"}


def test_a_run_with_a_low_rate_limit_ends_within_a_second() -> None:
    made = make_run(CHECKS, FakeTarget(lambda request: 200), load=Load(rate=0.1))
    _, took = run_in_virtual_time(cancel_after(made, 0.1))
    assert took < 1.0


def test_a_cancelled_run_sends_nothing_more_while_a_check_still_ends() -> None:
    async def ends_slowly(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
        try:
            return [await send(one) for one in probes]
        except asyncio.CancelledError:
            await asyncio.sleep(0.3)
            raise

    target = FakeTarget(hang)
    slow = replace(check("slow", probe("x-slow", Expect.REJECT)), procedure=ends_slowly)
    many = check("many", *(probe(f"m{number}") for number in range(100)))
    _, took = run_in_virtual_time(cancel_after(make_run([slow, many], target, load=Load(rate=50)), 0.2))
    assert took >= 0.3
    assert len(target.requests) <= 20


def test_a_finished_run_leaves_no_task() -> None:
    async def whole() -> None:
        await make_run(
            CHECKS, FakeTarget(lambda request: 400 if request.path.startswith("/x") else 200)
        ).execute()
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run_in_virtual_time(whole())
