"""Concurrency and rate bound the load on the target, and change no verdict."""

from __future__ import annotations

import asyncio

import pytest

from conformance.engine import Expect, Load
from conformance.engine.sender import HEAVY
from conformance.engine.throttle import Gate
from conformance.http_client import Request
from tests.engine.fakes import CANARY, FakeTarget, by_path, check, probe, run, verdicts

MANY = [check(f"c{n}", probe(f"x{n}"), probe(f"y{n}"), probe(f"x{n + 1}")) for n in range(30)]


async def slowly(_: Request) -> int:
    await asyncio.sleep(0.002)
    return 200


@pytest.mark.parametrize("concurrency", [1, 3, 8, 32])
def test_no_more_requests_are_under_way_than_allowed(concurrency: int) -> None:
    target = FakeTarget(slowly)
    run(MANY, target, load=Load(concurrency=concurrency))
    assert target.peak == concurrency


@pytest.mark.parametrize("concurrency", [1, 8, 32])
def test_each_distinct_probe_is_sent_once(concurrency: int) -> None:
    target = FakeTarget(slowly)
    run(MANY, target, load=Load(concurrency=concurrency))
    assert len(target.paths) == len(set(target.paths)) == 61


def test_a_rate_is_kept() -> None:
    target = FakeTarget(lambda request: 200)
    run([check(f"c{n}") for n in range(20)], target, load=Load(rate=50))
    gaps = [after - before for before, after in zip(target.times, target.times[1:], strict=False)]
    assert sorted(gaps)[len(gaps) // 2] == pytest.approx(0.02, abs=0.01)
    assert target.times[-1] - target.times[0] >= 0.38


def test_a_rate_does_not_slow_down_more_than_it_must() -> None:
    target = FakeTarget(slowly)
    run([check(f"c{n}") for n in range(20)], target, load=Load(rate=200))
    assert target.times[-1] - target.times[0] < 1.0


@pytest.mark.parametrize("concurrency", [1, 8, 32])
def test_verdicts_are_the_same_at_any_concurrency(concurrency: int) -> None:
    checks = [
        check("fails", probe("x"), probe("y")),
        check("passes", probe("y"), probe("z")),
        check("refuses", probe("bad", Expect.REJECT)),
        check("accepts what it should refuse", probe("worse", Expect.REJECT)),
        check("blocked", needs=["fails"]),
        check("goes on", needs=["passes", "refuses"]),
        check("can not", untestable="no key"),
    ]
    target = FakeTarget(by_path({"x": 500, "bad": 400}))
    result = run(checks, target, load=Load(concurrency=concurrency))
    assert verdicts(result) == {
        "fails": "fail",
        "passes": "pass",
        "refuses": "pass",
        "accepts what it should refuse": "fail",
        "blocked": "blocked",
        "goes on": "pass",
        "can not": "not-tested",
    }


def test_canaries_do_not_wait_for_what_came_before_them() -> None:
    target = FakeTarget(by_path({"bad": 400}))
    checks = [check("a", probe("bad", Expect.REJECT)), *(check(f"c{n}") for n in range(50))]
    run(checks, target, load=Load(concurrency=1))
    second = [place for place, request in enumerate(target.requests) if request == CANARY.request][1]
    assert second <= 4


def test_a_place_that_nobody_wants_any_more_goes_to_the_next() -> None:
    async def whole() -> list[str]:
        gate, entered = Gate(1, None), []

        async def enter(name: str) -> None:
            async with gate.passed():
                entered.append(name)
                await asyncio.sleep(0.01)

        tasks = [asyncio.create_task(enter(name)) for name in "abcd"]
        await asyncio.sleep(0.001)
        tasks[0].cancel()
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return entered

    assert asyncio.run(whole()) == ["a", "c", "d"]


def test_quiet_is_kept_and_halves_the_number_at_once() -> None:
    async def whole() -> tuple[float, int]:
        gate, inside, most = Gate(8, None), 0, 0
        begin = asyncio.get_running_loop().time()

        async def enter() -> float:
            nonlocal inside, most
            async with gate.passed():
                inside += 1
                most = max(most, inside)
                now = asyncio.get_running_loop().time()
                await asyncio.sleep(0.001)
                inside -= 1
                return now - begin

        gate.quiet(0.1)
        gate.quiet(0.05)
        return min(await asyncio.gather(*(enter() for _ in range(20)))), most

    first, most = asyncio.run(whole())
    assert first >= 0.1
    assert most == 4


@pytest.mark.parametrize(("tokens", "peak"), [(HEAVY, 1), (HEAVY - 1, 4)])
def test_heavy_requests_are_sent_with_nothing_else_under_way(tokens: int, peak: int) -> None:
    target = FakeTarget(slowly)
    result = run([check(name, probe(name, tokens=tokens)) for name in "abcd"], target)
    assert (set(verdicts(result).values()), target.peak) == ({"pass"}, peak)
