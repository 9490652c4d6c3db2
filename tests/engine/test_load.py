"""Concurrency and rate limit the load on the target, and change no verdict."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from conformance.engine import Expect, Load, send_in_sequence
from conformance.engine.hangs import LARGE, QUICK
from conformance.engine.throttle import BYTES_AT_ONCE, LARGE_AT_ONCE, Throttle
from conformance.engine.transmission import SMALL_RESPONSE
from conformance.http_client import Request, Transport
from tests.engine.fakes import CANARY, FakeTarget, by_path, check, probe, run, verdicts
from tests.virtual_time import run_in_virtual_time

MANY = [check(f"c{n}", probe(f"x{n}"), probe(f"y{n}"), probe(f"x{n + 1}")) for n in range(30)]


async def slowly(_: Request) -> int:
    await asyncio.sleep(0.002)
    return 200


@pytest.mark.parametrize("concurrency", [1, 3, 8, 32])
def test_requests_in_flight_do_not_exceed_the_concurrency(concurrency: int) -> None:
    target = FakeTarget(slowly)
    run(MANY, target, load=Load(concurrency=concurrency))
    assert target.peak == concurrency


@pytest.mark.parametrize(("concurrency", "slow"), [(1, 1), (2, 1), (8, 6)])
def test_slow_bodies_use_three_quarters_of_the_requests_in_flight(concurrency: int, slow: int) -> None:
    slow_bodies = [
        replace(one, request=replace(one.request, transport=Transport(pause=0.3)))
        for one in (probe(f"slow{n}") for n in range(20))
    ]
    target = FakeTarget(slowly)
    run([check("slow", *slow_bodies)], target, load=Load(concurrency=concurrency))
    assert target.peak == slow


@pytest.mark.parametrize("concurrency", [1, 8, 32])
def test_each_distinct_probe_is_sent_once(concurrency: int) -> None:
    target = FakeTarget(slowly)
    run(MANY, target, load=Load(concurrency=concurrency))
    assert len(target.paths) == len(set(target.paths)) == 61


def test_requests_keep_the_rate() -> None:
    target = FakeTarget(lambda request: 200)
    run([check(f"c{n}") for n in range(20)], target, load=Load(rate=50))
    gaps = [after - before for before, after in zip(target.times, target.times[1:], strict=False)]
    assert sorted(gaps)[len(gaps) // 2] == pytest.approx(0.02, abs=0.01)
    assert target.times[-1] - target.times[0] >= 0.38


def test_a_rate_delays_requests_no_longer_than_needed() -> None:
    target = FakeTarget(slowly)
    run([check(f"c{n}") for n in range(20)], target, load=Load(rate=200))
    assert target.times[-1] - target.times[0] < 1.0


@pytest.mark.parametrize("concurrency", [1, 8, 32])
def test_verdicts_are_the_same_at_any_concurrency(concurrency: int) -> None:
    checks = [
        check("fails", probe("x"), probe("y")),
        check("passes", probe("y"), probe("z")),
        check("rejects", probe("bad", Expect.REJECT)),
        check("accepts an invalid request", probe("worse", Expect.REJECT)),
        check("blocked", needs=["fails"]),
        check("not blocked", needs=["passes", "rejects"]),
        check("untestable", untestable="no key"),
    ]
    target = FakeTarget(by_path({"x": 500, "bad": 400}))
    result = run(checks, target, load=Load(concurrency=concurrency))
    assert verdicts(result) == {
        "fails": "fail",
        "passes": "pass",
        "rejects": "pass",
        "accepts an invalid request": "fail",
        "blocked": "blocked",
        "not blocked": "pass",
        "untestable": "not-tested",
    }


def test_canaries_go_before_waiting_probes() -> None:
    target = FakeTarget(by_path({"bad": 400}))
    checks = [check("a", probe("bad", Expect.REJECT)), *(check(f"c{n}") for n in range(50))]
    run(checks, target, load=Load(concurrency=1))
    second = [place for place, request in enumerate(target.requests) if request == CANARY.request][1]
    assert second <= 4


def test_the_slot_of_a_cancelled_request_goes_to_the_next() -> None:
    async def whole() -> list[str]:
        throttle, entered = Throttle(1, None), []

        async def enter(name: str) -> None:
            async with throttle.slot():
                entered.append(name)
                await asyncio.sleep(0.01)

        tasks = [asyncio.create_task(enter(name)) for name in "abcd"]
        await asyncio.sleep(0.001)
        tasks[0].cancel()
        tasks[1].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        return entered

    assert run_in_virtual_time(whole()) == ["a", "c", "d"]


def test_a_pause_is_kept_and_halves_the_concurrency() -> None:
    async def whole() -> tuple[float, int]:
        throttle, inside, most = Throttle(8, None), 0, 0
        begin = asyncio.get_running_loop().time()

        async def enter() -> float:
            nonlocal inside, most
            async with throttle.slot():
                await throttle.wait_for_start()
                inside += 1
                most = max(most, inside)
                now = asyncio.get_running_loop().time()
                await asyncio.sleep(0.001)
                inside -= 1
                return now - begin

        throttle.pause(0.1)
        throttle.pause(0.05)
        return min(await asyncio.gather(*(enter() for _ in range(20)))), most

    first, most = run_in_virtual_time(whole())
    assert first >= 0.1
    assert most == 4


@pytest.mark.parametrize(("tokens", "peak"), [(LARGE, 1), (LARGE - 1, 4)])
def test_large_requests_to_a_slow_target_are_sent_without_others_in_flight(tokens: int, peak: int) -> None:
    async def behave(_: Request) -> int:
        await asyncio.sleep(2 * QUICK)
        return 200

    target = FakeTarget(behave)
    result = run([check(name, probe(name, tokens=tokens)) for name in "abcd"], target)
    assert (set(verdicts(result).values()), target.peak) == ({"pass"}, peak)


def test_some_large_requests_to_a_quick_target_are_sent_at_once() -> None:
    target = FakeTarget(slowly)
    run([check(f"{number}", probe(f"{number}", tokens=LARGE)) for number in range(9)], target)
    assert target.peak == LARGE_AT_ONCE


@pytest.mark.parametrize(
    ("limit", "peak"), [(BYTES_AT_ONCE, 1), (BYTES_AT_ONCE // 2, 2), (SMALL_RESPONSE, 8)]
)
def test_responses_in_flight_do_not_exceed_a_number_of_bytes(limit: int, peak: int) -> None:
    probes = [probe(f"{number}") for number in range(9)]
    large = [replace(one, request=replace(one.request, response_limit=limit)) for one in probes]
    target = FakeTarget(slowly)
    run([check(one.request.path, one) for one in large], target, load=Load(concurrency=8))
    assert target.peak == peak


def test_large_requests_are_sent_the_smallest_first() -> None:
    target = FakeTarget(slowly)
    sizes = [8, 1, 4, 2]
    large = [check(f"{size}", probe(f"{size}", tokens=size * LARGE)) for size in sizes]
    run([check("first"), *large], target, load=Load(concurrency=1))
    assert target.paths == ["first", "1", "2", "4", "8"]


def test_a_check_that_sends_one_request_after_the_other_goes_before_others() -> None:
    target = FakeTarget(slowly)
    many = [check(f"{number}", probe(f"{number}")) for number in range(40)]
    steps = [probe(f"step {number}") for number in range(3)]
    run(
        [*many, replace(check("steps", *steps), procedure=send_in_sequence)], target, load=Load(concurrency=4)
    )
    assert target.paths.index("step 2") < target.paths.index("20")


def test_the_cheapest_checks_come_first() -> None:
    target = FakeTarget(slowly)
    many = check("many", *(probe(f"m{number}") for number in range(20)))
    run([many, check("one")], target, load=Load(concurrency=1))
    assert target.paths[0] == "one"
