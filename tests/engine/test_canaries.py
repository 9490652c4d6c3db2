"""Canaries: they find damage by a previous request, and distinguish a slow target from a hanging probe."""

from __future__ import annotations

import pytest

from conformance.engine import Expect, Load, Verdict
from conformance.http_client import FailureKind, Request
from tests.engine.fakes import CANARY, FakeTarget, Result, by_path, check, probe, run, verdicts

BAD = probe("bad", Expect.REJECT)


def test_a_canary_follows_rejected_probes() -> None:
    target = FakeTarget(by_path({"bad": 400}))
    assert verdicts(run([check("a", BAD)], target)) == {"a": "pass"}
    assert [request.path for request in target.requests] == ["/canary", "/bad", "/canary"]


def test_no_canary_follows_probes_that_must_be_accepted() -> None:
    target = FakeTarget(lambda request: 200)
    run([check("a")], target)
    assert [request.path for request in target.requests] == ["/canary", "/a"]


@pytest.mark.parametrize("damage", [500, 400, FailureKind.DROPPED, FailureKind.TIMEOUT, FailureKind.PROTOCOL])
def test_a_rejected_probe_that_breaks_the_next_request_fails(damage: Result) -> None:
    target = FakeTarget(lambda request: 400 if request == BAD.request else damage if after_bad() else 200)

    def after_bad() -> bool:
        return BAD.request in target.requests

    result = run([check("a", BAD)], target)
    assert verdicts(result) == {"a": "fail"}
    evidence = result.outcomes["a"].evidence[-1]
    assert evidence.exchange.request == CANARY.request
    assert "after the rejected ones" in evidence.expected


def test_an_outcome_counts_its_canary() -> None:
    outcome = run([check("a", BAD)], by_path({"bad": 400})).outcomes["a"]
    assert (outcome.requests, outcome.tokens) == (2, 2)


def test_a_timeout_is_a_failure_if_the_canary_passes() -> None:
    outcome = run([check("a")], by_path({"a": FailureKind.TIMEOUT})).outcomes["a"]
    assert outcome.verdict is Verdict.FAIL
    assert "a fake failure" in outcome.reason


def test_a_timeout_is_inconclusive_if_the_canary_times_out_too() -> None:
    target = FakeTarget(lambda request: 200 if len(target.requests) == 1 else FailureKind.TIMEOUT)
    outcome = run([check("a")], target).outcomes["a"]
    assert outcome.verdict is Verdict.INCONCLUSIVE
    assert "timed out" in outcome.reason


@pytest.mark.parametrize("kind", [FailureKind.DROPPED, FailureKind.PROTOCOL, FailureKind.TOO_LARGE])
def test_a_probe_without_a_response_is_a_failure(kind: FailureKind) -> None:
    target = FakeTarget(by_path({"a": kind}))
    assert verdicts(run([check("a")], target)) == {"a": "fail"}
    assert target.paths == ["a"]


def test_a_canary_that_is_rate_limited_is_inconclusive() -> None:
    def behave(request: Request) -> int:
        if request == BAD.request:
            return 400
        return 429 if len(target.requests) > 1 else 200

    target = FakeTarget(behave)
    assert verdicts(run([check("a", BAD)], target, load=Load(tries=1))) == {"a": "inconclusive"}
