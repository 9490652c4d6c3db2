"""What a check ends with, and that the suite's own mistakes are never the target's."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from conformance.engine import (
    Ask,
    Evidence,
    NothingToJudge,
    NotObservable,
    Outcome,
    Probe,
    ProbeResult,
    Run,
    Settings,
    Unreachable,
    Verdict,
)
from conformance.http_client import FailureKind
from tests.engine.fakes import FakeTarget, by_path, check, make_run, probe, run, suite, verdicts

ANSWERED = (FailureKind.DROPPED, FailureKind.TOO_LARGE)
"""Ends of a request that something was there to answer."""


def test_a_check_passes_when_its_probes_get_what_they_expect() -> None:
    assert verdicts(run([check("a")], lambda request: 200)) == {"a": "pass"}


def test_a_check_fails_with_evidence() -> None:
    outcome = run([check("a")], by_path({"a": 500})).outcomes["a"]
    assert outcome.verdict is Verdict.FAIL
    assert outcome.evidence[0].exchange.response is not None
    assert outcome.evidence[0].exchange.response.status == 500
    assert "expected accept, got 500" in outcome.reason


def test_all_probes_that_violate_are_evidence() -> None:
    outcome = run([check("a", probe("x"), probe("y"), probe("z"))], by_path({"x": 500, "z": 400})).outcomes[
        "a"
    ]
    assert [evidence.exchange.request.path for evidence in outcome.evidence] == ["/x", "/z"]


def test_a_judge_that_raises_is_an_error_of_the_suite_alone() -> None:
    def broken(_: Sequence[ProbeResult]) -> list[Evidence]:
        raise ZeroDivisionError("nothing to divide by")

    result = run([check("a", judge=broken), check("b")], lambda request: 200)
    assert verdicts(result) == {"a": "error", "b": "pass"}
    assert result.outcomes["a"].reason == "ZeroDivisionError: nothing to divide by"


def test_a_judge_that_raises_late_is_an_error_although_it_has_found_evidence() -> None:
    def broken(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield Evidence("x", "y", answers[0].exchange)
        raise KeyError("index")

    assert verdicts(run([check("a", judge=broken)], lambda request: 200)) == {"a": "error"}


def test_what_needs_a_check_that_broke_is_blocked() -> None:
    def broken(_: Sequence[ProbeResult]) -> list[Evidence]:
        raise ZeroDivisionError

    result = run([check("a", judge=broken), check("b", needs=["a"])], lambda request: 200)
    assert verdicts(result) == {"a": "error", "b": "blocked"}


def test_a_judge_that_finds_nothing_to_judge_blocks() -> None:
    def judge(_: Sequence[ProbeResult]) -> list[Evidence]:
        raise NothingToJudge("no answer had it")

    outcome = run([check("a", judge=judge)], lambda request: 200).outcomes["a"]
    assert (outcome.verdict, outcome.reason) == (Verdict.BLOCKED, "no answer had it")


def test_what_the_target_rightly_does_not_show_is_not_tested() -> None:
    def judge(_: Sequence[ProbeResult]) -> list[Evidence]:
        raise NotObservable("it may refuse that")

    outcome = run([check("a", judge=judge)], lambda request: 200).outcomes["a"]
    assert (outcome.verdict, outcome.reason) == (Verdict.NOT_TESTED, "it may refuse that")


def test_a_check_without_probes_says_why() -> None:
    with pytest.raises(ValueError, match="the check of a has no probes, and does not say why"):
        replace(check("a"), probes=())


def test_a_check_that_sends_nothing_never_passes() -> None:
    async def send_nothing(_ask: Ask, _probes: Sequence[Probe]) -> Sequence[ProbeResult]:
        return []

    target = FakeTarget(lambda request: 200)
    outcome = run([replace(check("a"), conduct=send_nothing)], target).outcomes["a"]
    assert (outcome.verdict, outcome.reason) == (Verdict.BLOCKED, "nothing was sent")
    assert target.paths == []


def test_what_can_not_be_tested_says_what_is_missing() -> None:
    target = FakeTarget(lambda request: 200)
    outcome = run([check("a", untestable="a key is missing")], target).outcomes["a"]
    assert (outcome.verdict, outcome.reason) == (Verdict.NOT_TESTED, "a key is missing")
    assert target.paths == []


def test_a_requirement_without_a_check_is_not_tested() -> None:
    whole = suite(check("a"), check("b"))
    lacking = replace(whole, checks={"a": whole.checks["a"]})
    made = Run(lacking, FakeTarget(lambda request: 200), Settings())
    assert verdicts(asyncio.run(made.execute())) == {"a": "pass", "b": "not-tested"}


def test_each_outcome_is_heard_once_and_only_if_it_was_selected() -> None:
    heard: list[Outcome] = []
    checks = [check("a"), check("b", needs=["a"]), check("c")]
    made = make_run(checks, FakeTarget(lambda request: 200), selected=["b"], heard=heard)
    asyncio.run(made.execute())
    assert [outcome.requirement.id for outcome in heard] == ["b"]


@pytest.mark.parametrize("kind", [kind for kind in FailureKind if kind not in ANSWERED])
def test_a_target_whose_first_request_comes_to_nothing_can_not_be_tested(kind: FailureKind) -> None:
    target = FakeTarget(lambda request: kind)
    with pytest.raises(Unreachable) as caught:
        run([check("a"), check("b")], target)
    assert caught.value.kind == kind.value
    assert "http://fake/v1" in str(caught.value)
    assert len(target.requests) == 1


@pytest.mark.parametrize("kind", ANSWERED)
def test_a_target_that_breaks_off_its_first_answer_can_be_tested_and_fails(kind: FailureKind) -> None:
    assert verdicts(run([check("a")], lambda request: kind)) == {"a": "fail"}


def test_whatever_the_first_answer_says_the_target_can_be_tested() -> None:
    assert verdicts(run([check("a")], lambda request: 401)) == {"a": "fail"}
