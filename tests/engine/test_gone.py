"""A target that stops answering in the middle of a run: no wall of failures."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from conformance.engine import Expect, Load
from conformance.engine import sender as session
from conformance.http_client import FailureKind, Request
from tests.engine.fakes import CANARY, REFUSED, Answered, FakeTarget, check, probe, run, verdicts


@pytest.fixture(autouse=True)
def _impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "RETURN_PAUSES", (0.01, 0.02))


class Dying(FakeTarget):
    """Serves *calls* requests, and *returns* after so many refused connections more."""

    def __init__(self, calls: int, *, last: Answered = 200, returns: float = float("inf")) -> None:
        super().__init__(self._behave)
        self._calls, self._last, self._returns = calls, last, returns

    async def _behave(self, request: Request) -> Answered:
        number = len(self.requests)
        await asyncio.sleep(0.001)
        if number < self._calls or number > self._calls + self._returns:
            return 400 if "bad" in request.path else 200
        return self._last if number == self._calls else REFUSED


@pytest.mark.parametrize("concurrency", [1, 8, 32])
def test_the_rest_is_blocked_and_not_failed(concurrency: int) -> None:
    target = Dying(20)
    every = [check(f"c{n}", probe(f"x{n}"), probe(f"bad{n}", Expect.REJECT)) for n in range(60)]
    result = run(every, target, load=Load(concurrency=concurrency))
    found = Counter(verdicts(result).values())
    assert found["fail"] == 0
    assert found["blocked"] >= 40
    reasons = {o.reason for o in result.outcomes.values() if o.verdict == "blocked"}
    assert reasons == {"the target stopped answering during the run"}


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_target_that_is_gone_is_not_knocked_at_for_every_probe(concurrency: int) -> None:
    target = Dying(20)
    run([check(f"c{n}") for n in range(200)], target, load=Load(concurrency=concurrency))
    assert len(target.requests) <= 20 + concurrency + len(session.RETURN_PAUSES) + 1


def test_the_probe_that_it_died_of_is_a_failure() -> None:
    target = Dying(5, last=FailureKind.DROPPED)
    every = [check(f"c{n}") for n in range(30)]
    found = Counter(verdicts(run(every, target, load=Load(concurrency=1))).values())
    assert found == {"pass": 3, "fail": 1, "blocked": 26}


def test_the_probe_that_it_died_of_is_a_failure_although_others_of_its_check_got_no_answer() -> None:
    target = Dying(3, last=FailureKind.DROPPED)
    result = run([check("a", *(probe(f"x{n}") for n in range(9)))], target, load=Load(concurrency=1))
    outcome = result.outcomes["a"]
    assert outcome.verdict == "fail"
    assert [evidence.exchange.request.path for evidence in outcome.evidence] == ["/x1"]


def test_a_target_that_comes_back_is_tested_on_and_nobody_is_blamed() -> None:
    target = Dying(10, returns=4)
    every = [check(f"c{n}") for n in range(30)]
    assert set(verdicts(run(every, target, load=Load(concurrency=4))).values()) == {"pass"}


def test_a_target_that_comes_back_after_each_probe_of_a_kind_fails_it() -> None:
    def behave(request: Request) -> Answered:
        return REFUSED if request.path == "/a" else 200

    result = run([check("a"), check("b")], behave)
    assert verdicts(result) == {"a": "fail", "b": "pass"}


def test_a_canary_that_is_refused_once_is_held_against_what_was_before_it() -> None:
    target = FakeTarget(lambda request: 200)
    canaries = 0

    def behave(request: Request) -> Answered:
        nonlocal canaries
        canaries += request == CANARY.request
        return (
            400 if request.path == "/bad" else REFUSED if canaries == 2 and request == CANARY.request else 200
        )

    target = FakeTarget(behave)
    assert verdicts(run([check("a", probe("bad", Expect.REJECT))], target)) == {"a": "fail"}


@pytest.mark.parametrize("concurrency", [1, 8])
def test_a_target_that_hangs_for_ever_is_left_alone(concurrency: int) -> None:
    target = FakeTarget(lambda _: 200 if len(target.requests) < 20 else FailureKind.TIMEOUT)
    every = [check(f"c{n}") for n in range(100)]
    result = run(every, target, load=Load(concurrency=concurrency))
    found = Counter(verdicts(result).values())
    assert 10 <= found["pass"] <= 18
    assert 1 <= found["inconclusive"] <= concurrency
    assert found["blocked"] == 100 - found["pass"] - found["inconclusive"]
    assert len(target.requests) <= 20 + 2 * concurrency + len(session.RETURN_PAUSES)


def test_a_target_that_hangs_after_a_bad_request_fails_it_and_blocks_the_rest() -> None:
    target = FakeTarget(lambda request: 400 if request.path == "/bad" else hanging())

    def hanging() -> Answered:
        return FailureKind.TIMEOUT if any(r.path == "/bad" for r in target.requests) else 200

    every = [check("a", probe("bad", Expect.REJECT)), *(check(f"c{n}", needs=["a"]) for n in range(5))]
    found = verdicts(run(every, target, load=Load(concurrency=1)))
    assert found.pop("a") == "fail"
    assert "pass" not in found.values()
    assert "fail" not in found.values()


def test_a_target_that_hangs_for_a_while_is_tested_on() -> None:
    target = FakeTarget(lambda _: FailureKind.TIMEOUT if len(target.requests) in (5, 6) else 200)
    found = Counter(
        verdicts(run([check(f"c{n}") for n in range(20)], target, load=Load(concurrency=1))).values()
    )
    assert found == {"pass": 19, "inconclusive": 1}
