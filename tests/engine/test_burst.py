"""A burst at the end of a run: its turn, its slots, and requests that the target may shed."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from conformance.engine import Check, Evidence, Load, Probe, ProbeResult, judges_all
from conformance.engine.throttle import Throttle
from conformance.http_client import FailureKind, Request
from tests.engine.fakes import CANARY, FakeTarget, Result, check, probe, run, verdicts

EARLY = [check(f"c{n}") for n in range(20)]


def burst(number: int) -> tuple[Check, list[ProbeResult]]:
    """The check of a burst, and the results that it will be judged on."""
    seen: list[ProbeResult] = []

    @judges_all("anything")
    def keep(results: Sequence[ProbeResult]) -> Sequence[Evidence]:
        seen.extend(results)
        return ()

    probes = tuple(replace(probe(f"b{n}"), may_be_shed=True) for n in range(number))
    return replace(check("burst", *probes), judge=keep, burst=number, last=3), seen


async def slowly(_: Request) -> int:
    await asyncio.sleep(0.01)
    return 200


def test_all_requests_of_a_burst_are_in_flight_at_once() -> None:
    target = FakeTarget(slowly)
    assert set(verdicts(run([burst(30)[0]], target, load=Load(concurrency=4))).values()) == {"pass"}
    assert target.peak == 30


def test_a_burst_comes_after_all_others() -> None:
    target = FakeTarget(slowly)
    late = [replace(check(f"late{n}"), last=n) for n in (2, 1)]
    run([burst(5)[0], *late, *EARLY], target)
    order = [path for path in target.paths if not path.startswith("c")]
    assert order == ["late1", "late2", *(f"b{n}" for n in range(5))]
    assert target.paths[: len(EARLY)] == [one.requirement.id for one in EARLY]


def test_the_slots_are_as_before_after_a_burst() -> None:
    throttle = Throttle(8, None)
    with throttle.widened(32):
        assert throttle.slots == 32
    assert throttle.slots == 8
    with throttle.widened(0):
        assert throttle.slots == 8


def test_a_target_that_needs_fewer_slots_in_a_burst_gets_fewer_afterwards() -> None:
    throttle = Throttle(8, None)
    with throttle.widened(32):
        for _ in range(3):
            throttle.narrow()
        assert throttle.slots == 4
    assert throttle.slots == 4


@pytest.mark.parametrize(
    "result", [429, 503, 500, FailureKind.REFUSED, FailureKind.DROPPED, FailureKind.TIMEOUT]
)
def test_a_request_that_may_be_shed_is_sent_once(result: Result) -> None:
    target = FakeTarget(lambda request: 200 if request == CANARY.request else result)
    one, seen = burst(3)
    assert verdicts(run([one], target)) == {"burst": "pass"}
    assert target.paths == ["b0", "b1", "b2"]
    assert len(seen) == 3
    assert not any(result.inconclusive for result in seen)


def test_a_target_that_stops_in_a_burst_is_named_by_its_requests() -> None:
    stopped = False

    def behave(request: Request) -> Result:
        nonlocal stopped
        stopped = stopped or request.path == "/b2"
        return FailureKind.REFUSED if stopped else 200

    one, _ = burst(4)
    then = replace(check("then", CANARY), last=4)
    again: Probe = replace(CANARY, occurrence=1)
    result = run([one, replace(then, probes=(again,))], FakeTarget(behave))
    assert verdicts(result)["then"] == "blocked"
