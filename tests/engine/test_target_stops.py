"""A target that stops responding during a run: the rest is blocked, not failed."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from itertools import count

import pytest

from conformance.engine import Expect, FaultKind, Load, liveness
from conformance.http_client import FailureKind, Request
from tests.engine.fakes import CANARY, REFUSED, FakeTarget, Result, check, probe, run, verdicts


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "RECOVERY_PAUSES", (0.01, 0.02))


class Stopping(FakeTarget):
    """Responds to *calls* requests, refuses connections, and responds again after *refused* of them."""

    def __init__(self, calls: int, *, last: Result = 200, refused: float = float("inf")) -> None:
        super().__init__(self._behave)
        self._calls, self._last, self._refused = calls, last, refused

    async def _behave(self, request: Request) -> Result:
        number = len(self.requests)
        await asyncio.sleep(0.001)
        if number < self._calls or number > self._calls + self._refused:
            return 400 if "bad" in request.path else 200
        return self._last if number == self._calls else REFUSED


@pytest.mark.parametrize("concurrency", [1, 8, 32])
def test_the_rest_is_blocked_and_not_failed(concurrency: int) -> None:
    target = Stopping(20)
    every = [check(f"c{n}", probe(f"x{n}"), probe(f"bad{n}", Expect.REJECT)) for n in range(60)]
    result = run(every, target, load=Load(concurrency=concurrency))
    found = Counter(verdicts(result).values())
    assert found["fail"] == 0
    assert found["blocked"] >= 40
    reasons = {o.reason for o in result.outcomes.values() if o.verdict == "blocked"}
    assert reasons == {"the server stopped responding during the run"}


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_stopped_target_does_not_get_every_probe(concurrency: int) -> None:
    target = Stopping(20)
    run([check(f"c{n}") for n in range(200)], target, load=Load(concurrency=concurrency))
    assert len(target.requests) <= 20 + concurrency + len(liveness.RECOVERY_PAUSES) + 1


def test_a_target_that_stops_fails_one_requirement_with_the_request_that_was_in_flight() -> None:
    running = replace(check("running"), observes=FaultKind.STOPPED)
    target = Stopping(6, last=FailureKind.DROPPED)
    result = run([running, *(check(f"c{n}") for n in range(30))], target, load=Load(concurrency=1))
    assert Counter(verdicts(result).values()) == {"pass": 3, "fail": 1, "blocked": 27}
    (evidence,) = result.outcomes["running"].evidence
    assert evidence.exchange.request.path == "/c3"
    assert {o.blocked_by for o in result.outcomes.values() if o.verdict == "blocked"} == {"running"}


def test_of_several_requests_in_flight_those_that_may_be_rejected_come_first() -> None:
    stopped = asyncio.Event()

    async def behave(request: Request) -> Result:
        if stopped.is_set():
            return REFUSED
        if request == CANARY.request:
            return 200
        if request.path == "/risky":
            stopped.set()
            await asyncio.sleep(0.01)  # its connection is closed last
        await stopped.wait()
        return FailureKind.DROPPED

    running = replace(check("running", CANARY), observes=FaultKind.STOPPED)
    risky = check("risky", probe("risky", Expect.EITHER))
    plain = [check(f"c{n}") for n in range(7)]
    result = run([*plain, risky, running], FakeTarget(behave), load=Load(concurrency=8))
    evidence = result.outcomes["running"].evidence
    assert len(evidence) == 8
    assert evidence[0].exchange.request.path == "/risky"
    assert evidence[0].actual.count(";") == 6, "it names the other requests, in case a report shows only some"


def test_a_target_that_stops_between_two_requests_fails_with_the_last_ones() -> None:
    running = replace(check("running"), observes=FaultKind.STOPPED)
    result = run(
        [running, *(check(f"c{n}") for n in range(9))], Stopping(6, last=REFUSED), load=Load(concurrency=1)
    )
    paths = [evidence.exchange.request.path for evidence in result.outcomes["running"].evidence]
    assert paths == ["/c0", "/c1", "/c2"]


def test_a_target_that_recovers_is_tested_further_without_a_failure() -> None:
    target = Stopping(10, refused=4)
    every = [check(f"c{n}") for n in range(30)]
    assert set(verdicts(run(every, target, load=Load(concurrency=4))).values()) == {"pass"}


def test_a_probe_whose_connection_is_refused_each_time_fails() -> None:
    def behave(request: Request) -> Result:
        return REFUSED if request.path == "/a" else 200

    result = run([check("a"), check("b")], behave)
    assert verdicts(result) == {"a": "fail", "b": "pass"}


@pytest.mark.parametrize("ending", [REFUSED, FailureKind.DROPPED])
def test_a_probe_that_stops_the_target_after_its_response_fails_by_the_canary(ending: Result) -> None:
    """The target is restarted each time."""

    def behave(request: Request) -> Result:
        if request.path == "/bad":
            return 400
        return ending if target.requests[-2:-1] == [Request(path="/bad")] else 200

    target = FakeTarget(behave)
    result = run([check("a", probe("bad", Expect.REJECT))], target)
    assert verdicts(result) == {"a": "fail"}
    assert result.outcomes["a"].evidence[0].exchange.request == CANARY.request


@pytest.mark.parametrize("ending", [REFUSED, FailureKind.DROPPED])
def test_a_restart_before_a_canary_is_no_failure(ending: Result) -> None:
    canaries = count(1)

    def behave(request: Request) -> Result:
        if request.path == "/bad":
            return 400
        return ending if next(canaries) == 2 else 200

    assert verdicts(run([check("a", probe("bad", Expect.REJECT))], behave)) == {"a": "pass"}


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_target_that_hangs_gets_few_further_requests(concurrency: int) -> None:
    target = FakeTarget(lambda _: 200 if len(target.requests) < 20 else FailureKind.TIMEOUT)
    every = [check(f"c{n}") for n in range(100)]
    result = run(every, target, load=Load(concurrency=concurrency))
    found = Counter(verdicts(result).values())
    assert 10 <= found["pass"] <= 18
    assert 1 <= found["inconclusive"] <= concurrency
    assert found["blocked"] == 100 - found["pass"] - found["inconclusive"]
    assert len(target.requests) <= 20 + 2 * concurrency + len(liveness.RECOVERY_PAUSES)


def test_a_target_that_hangs_after_a_bad_request_fails_it_and_blocks_the_rest() -> None:
    target = FakeTarget(lambda request: 400 if request.path == "/bad" else hanging())

    def hanging() -> Result:
        return FailureKind.TIMEOUT if any(r.path == "/bad" for r in target.requests) else 200

    every = [check("a", probe("bad", Expect.REJECT)), *(check(f"c{n}", needs=["a"]) for n in range(5))]
    found = verdicts(run(every, target, load=Load(concurrency=1)))
    assert found.pop("a") == "fail"
    assert "pass" not in found.values()
    assert "fail" not in found.values()


def test_a_target_that_hangs_for_a_short_time_is_tested_further() -> None:
    target = FakeTarget(lambda _: FailureKind.TIMEOUT if len(target.requests) in (5, 6) else 200)
    found = Counter(
        verdicts(run([check(f"c{n}") for n in range(20)], target, load=Load(concurrency=1))).values()
    )
    assert found == {"pass": 20}
