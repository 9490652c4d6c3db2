"""Verdicts of checks; errors of the suite are never failures of the target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from conformance.engine import (
    Evidence,
    NothingToJudge,
    NotObservable,
    Outcome,
    Probe,
    ProbeResult,
    Run,
    Send,
    Settings,
    Unreachable,
    Verdict,
    judges_all,
)
from conformance.http_client import FailureKind
from tests.engine.fakes import FakeTarget, by_path, check, make_run, probe, run, suite, verdicts
from tests.virtual_time import run_in_virtual_time

RESPONDING = (FailureKind.DROPPED, FailureKind.PROTOCOL, FailureKind.TOO_LARGE)
"""Failures that only a running server can cause."""


def test_a_check_passes_when_its_probes_get_what_they_expect() -> None:
    assert verdicts(run([check("a")], lambda request: 200)) == {"a": "pass"}


def test_a_check_fails_with_evidence() -> None:
    outcome = run([check("a")], by_path({"a": 500})).outcomes["a"]
    assert outcome.verdict is Verdict.FAIL
    assert outcome.evidence[0].exchange.status == 500
    assert "expected accept; the server responded with 500" in outcome.reason


def test_every_violating_probe_is_evidence() -> None:
    outcome = run([check("a", probe("x"), probe("y"), probe("z"))], by_path({"x": 500, "z": 400})).outcomes[
        "a"
    ]
    assert [evidence.exchange.request.path for evidence in outcome.evidence] == ["/x", "/z"]


def test_a_judge_that_raises_is_an_error_of_its_check_only() -> None:
    @judges_all("")
    def broken(_: Sequence[ProbeResult]) -> list[Evidence]:
        raise ZeroDivisionError("nothing to divide by")

    result = run([check("a", judge=broken), check("b")], lambda request: 200)
    assert verdicts(result) == {"a": "error", "b": "pass"}
    assert result.outcomes["a"].reason == "ZeroDivisionError: nothing to divide by"


def test_a_judge_that_raises_after_its_evidence_is_an_error() -> None:
    @judges_all("")
    def broken(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield Evidence("x", "y", results[0].exchange)
        raise KeyError("index")

    assert verdicts(run([check("a", judge=broken)], lambda request: 200)) == {"a": "error"}


def test_a_check_with_an_error_blocks_its_dependents() -> None:
    @judges_all("")
    def broken(_: Sequence[ProbeResult]) -> list[Evidence]:
        raise ZeroDivisionError

    result = run([check("a", judge=broken), check("b", needs=["a"])], lambda request: 200)
    assert verdicts(result) == {"a": "error", "b": "blocked"}


def test_a_check_with_nothing_to_judge_is_blocked() -> None:
    @judges_all("")
    def judge(_: Sequence[ProbeResult]) -> list[Evidence]:
        raise NothingToJudge("no response contains it")

    outcome = run([check("a", judge=judge)], lambda request: 200).outcomes["a"]
    assert (outcome.verdict, outcome.reason) == (Verdict.BLOCKED, "no response contains it")


@pytest.mark.parametrize(
    ("because_of", "expected"),
    [("second", "second"), ("", "first"), ("not-failed", "first"), ("unknown", "first")],
)
def test_a_blocked_check_names_the_failed_requirement_that_explains_it(
    because_of: str, expected: str
) -> None:
    """The first failed one stands for another one that did not fail, or is not known."""

    @judges_all("")
    def judge(_: Sequence[ProbeResult]) -> list[Evidence]:
        raise NothingToJudge("no response contains it", because_of=because_of)

    checks = [check("first"), check("second"), check("not-failed"), check("blocked", judge=judge)]
    outcome = run(checks, by_path({"first": 500, "second": 500})).outcomes["blocked"]
    assert (outcome.verdict, outcome.blocked_by) == (Verdict.BLOCKED, expected)


def test_a_check_that_is_not_observable_is_not_tested() -> None:
    @judges_all("")
    def judge(_: Sequence[ProbeResult]) -> list[Evidence]:
        raise NotObservable("it may reject that")

    outcome = run([check("a", judge=judge)], lambda request: 200).outcomes["a"]
    assert (outcome.verdict, outcome.reason) == (Verdict.NOT_TESTED, "it may reject that")


def test_a_check_without_probes_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="the check of a has no probes"):
        replace(check("a"), probes=())


def test_a_check_that_sends_nothing_never_passes() -> None:
    async def send_nothing(_send: Send, _probes: Sequence[Probe]) -> Sequence[ProbeResult]:
        return []

    target = FakeTarget(lambda request: 200)
    outcome = run([replace(check("a"), procedure=send_nothing)], target).outcomes["a"]
    assert (outcome.verdict, outcome.reason) == (Verdict.BLOCKED, "nothing was sent")
    assert target.paths == []


def test_an_untestable_check_is_not_tested_and_gives_its_reason() -> None:
    target = FakeTarget(lambda request: 200)
    outcome = run([check("a", untestable="a key is missing")], target).outcomes["a"]
    assert (outcome.verdict, outcome.reason) == (Verdict.NOT_TESTED, "a key is missing")
    assert target.paths == []


def test_a_requirement_without_a_check_is_not_tested() -> None:
    whole = suite(check("a"), check("b"))
    incomplete = replace(whole, checks={"a": whole.checks["a"]})
    made = Run(incomplete, FakeTarget(lambda request: 200), Settings())
    assert verdicts(run_in_virtual_time(made.execute())) == {"a": "pass", "b": "not-tested"}


def test_only_selected_outcomes_are_reported_each_once() -> None:
    reported: list[Outcome] = []
    checks = [check("a"), check("b", needs=["a"]), check("c")]
    made = make_run(checks, FakeTarget(lambda request: 200), selected=["b"], outcomes=reported)
    run_in_virtual_time(made.execute())
    assert [outcome.requirement.id for outcome in reported] == ["b"]


@pytest.mark.parametrize(
    "kind",
    [k for k in FailureKind if k not in (*RESPONDING, FailureKind.NOT_READ, FailureKind.ABANDONED)],
)
def test_a_target_whose_first_request_fails_cannot_be_tested(kind: FailureKind) -> None:
    target = FakeTarget(lambda request: kind)
    with pytest.raises(Unreachable) as caught:
        run([check("a"), check("b")], target)
    assert caught.value.kind == kind.value
    assert "http://fake/v1" in str(caught.value)
    assert len(target.requests) == 1


@pytest.mark.parametrize("kind", RESPONDING)
def test_a_target_that_drops_its_first_response_can_be_tested_and_fails(kind: FailureKind) -> None:
    assert verdicts(run([check("a")], lambda request: kind)) == {"a": "fail"}


def test_a_target_whose_first_response_is_401_can_be_tested() -> None:
    assert verdicts(run([check("a")], lambda request: 401)) == {"a": "fail"}
