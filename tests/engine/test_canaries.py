"""Canaries: a bad request must not harm the next one, and a slow target is told from one that hangs on a probe."""

from __future__ import annotations

import pytest

from conformance.engine import Expect, Load, Verdict
from conformance.http_client import FailureKind, Request
from tests.engine.fakes import CANARY, Answered, FakeTarget, by_path, check, probe, run, verdicts

BAD = probe("bad", Expect.REJECT)


def test_a_canary_follows_refused_probes() -> None:
    target = FakeTarget(by_path({"bad": 400}))
    assert verdicts(run([check("a", BAD)], target)) == {"a": "pass"}
    assert [request.path for request in target.requests] == ["/canary", "/bad", "/canary"]


def test_no_canary_follows_what_must_be_accepted() -> None:
    target = FakeTarget(lambda request: 200)
    run([check("a")], target)
    assert [request.path for request in target.requests] == ["/canary", "/a"]


@pytest.mark.parametrize("harm", [500, 400, FailureKind.DROPPED, FailureKind.TIMEOUT, FailureKind.PROTOCOL])
def test_a_refused_probe_that_harms_the_next_request_fails(harm: Answered) -> None:
    target = FakeTarget(lambda request: 400 if request == BAD.request else harm if after_bad() else 200)

    def after_bad() -> bool:
        return BAD.request in target.requests

    result = run([check("a", BAD)], target)
    assert verdicts(result) == {"a": "fail"}
    evidence = result.outcomes["a"].evidence[-1]
    assert evidence.exchange.request == CANARY.request
    assert "followed the refused ones" in evidence.expected


def test_an_outcome_counts_its_canary() -> None:
    outcome = run([check("a", BAD)], by_path({"bad": 400})).outcomes["a"]
    assert (outcome.requests, outcome.tokens) == (2, 2)


def test_a_time_out_that_the_canary_does_not_share_is_a_failure() -> None:
    outcome = run([check("a")], by_path({"a": FailureKind.TIMEOUT})).outcomes["a"]
    assert outcome.verdict is Verdict.FAIL
    assert "timeout" in outcome.reason


def test_a_time_out_that_the_canary_shares_is_inconclusive() -> None:
    target = FakeTarget(lambda request: 200 if len(target.requests) == 1 else FailureKind.TIMEOUT)
    outcome = run([check("a")], target).outcomes["a"]
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert "timed out" in outcome.reason


@pytest.mark.parametrize("kind", [FailureKind.DROPPED, FailureKind.PROTOCOL, FailureKind.TOO_LARGE])
def test_what_is_no_answer_at_all_is_a_failure(kind: FailureKind) -> None:
    target = FakeTarget(by_path({"a": kind}))
    assert verdicts(run([check("a")], target)) == {"a": "fail"}
    assert target.paths == ["a"]


def test_a_canary_that_the_target_is_too_busy_for_tells_nothing() -> None:
    def behave(request: Request) -> int:
        if request == BAD.request:
            return 400
        return 429 if len(target.requests) > 1 else 200

    target = FakeTarget(behave)
    assert verdicts(run([check("a", BAD)], target, load=Load(tries=1))) == {"a": "inconclusive"}
