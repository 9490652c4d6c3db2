"""Standings, exit codes, and the verdict on the target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from conformance.engine import Outcome, RunResult
from conformance.exit_codes import Exit
from conformance.report import (
    KnownFailure,
    Report,
    Standing,
    deselect_prerequisites,
    exit_code,
    judge_standing,
)
from conformance.report.model.standing import overall_verdict, was_exercised

MUST, SHOULD, MAY = "http.method.get", "http.method.allow", "request.json.byte-order-mark"
TODAY = date(2028, 2, 29)

MakeOutcome = Callable[..., Outcome]
MakeResult = Callable[..., RunResult]


class FixedDate(date):
    """A date class whose today is always TODAY."""

    @classmethod
    def today(cls) -> FixedDate:
        return cls(TODAY.year, TODAY.month, TODAY.day)


@pytest.fixture(autouse=True)
def fixed_today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.report.model.baseline.date", FixedDate)


def standing(outcome: Outcome, *, level: str = "must", entry: KnownFailure | None = None) -> Standing:
    baseline = {} if entry is None else {outcome.requirement.id: entry}
    return judge_standing(outcome, fail_level=level, baseline=baseline).standing


@pytest.mark.parametrize(
    ("id", "verdict", "level", "expected"),
    [
        (MUST, "pass", "must", Standing.GOOD),
        (SHOULD, "pass", "must", Standing.GOOD),
        *[(MUST, verdict, "must", Standing.BAD) for verdict in ("fail", "blocked", "inconclusive", "error")],
        *[(SHOULD, verdict, "must", Standing.KNOWN) for verdict in ("fail", "blocked", "inconclusive")],
        *[(SHOULD, verdict, "should", Standing.BAD) for verdict in ("fail", "blocked", "inconclusive")],
        *[(MAY, verdict, "should", Standing.KNOWN) for verdict in ("fail", "blocked", "inconclusive")],
        *[(id, "error", "must", Standing.BAD) for id in (SHOULD, MAY)],
        *[
            (id, verdict, "must", Standing.OPEN)
            for id in (MUST, MAY)
            for verdict in ("unsupported", "not-tested")
        ],
    ],
)
def test_the_standing_depends_on_verdict_and_level(
    outcome: MakeOutcome, id: str, verdict: str, level: str, expected: Standing
) -> None:
    assert standing(outcome(id, verdict), level=level) is expected


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [
        ("fail", Standing.KNOWN),
        ("blocked", Standing.KNOWN),
        ("inconclusive", Standing.BAD),
        ("error", Standing.BAD),
        ("pass", Standing.BAD),
        ("unsupported", Standing.OPEN),
        ("not-tested", Standing.OPEN),
    ],
)
def test_a_baseline_entry_applies_only_to_failures(
    outcome: MakeOutcome, verdict: str, expected: Standing
) -> None:
    assert standing(outcome(MUST, verdict), entry=KnownFailure("issue 12")) is expected


@pytest.mark.parametrize("level", ["must", "should"])
def test_a_stale_entry_fails_at_any_level(outcome: MakeOutcome, level: str) -> None:
    assert standing(outcome(MAY, "pass"), level=level, entry=KnownFailure("issue 12")) is Standing.BAD


@pytest.mark.parametrize(
    ("expires", "expected"),
    [
        (TODAY + timedelta(days=1), Standing.KNOWN),
        (TODAY, Standing.KNOWN),
        (TODAY - timedelta(days=1), Standing.BAD),
    ],
)
def test_an_entry_is_valid_through_its_last_day(
    outcome: MakeOutcome, expires: date, expected: Standing
) -> None:
    assert standing(outcome(MUST, "fail"), entry=KnownFailure("issue 12", expires)) is expected


def test_an_expired_entry_of_a_should_fails_the_run(outcome: MakeOutcome) -> None:
    expired = KnownFailure("issue 12", TODAY - timedelta(days=1))
    assert standing(outcome(SHOULD, "fail"), entry=expired) is Standing.BAD


def code(result: RunResult, **options: Any) -> Exit:
    judged = {
        id: judge_standing(result.outcomes[id], fail_level="must", baseline=options.get("baseline", {}))
        for id in result.selected
    }
    return exit_code(result, judged)


@pytest.mark.parametrize(
    ("verdicts", "expected"),
    [
        ({MUST: "pass"}, Exit.OK),
        ({MAY: "pass"}, Exit.OK),
        ({MUST: "pass", SHOULD: "fail"}, Exit.OK),
        ({MUST: "pass", "http.method.put": "not-tested"}, Exit.OK),
        ({MUST: "pass", "http.method.put": "unsupported"}, Exit.OK),
        ({MUST: "fail", "http.method.put": "pass"}, Exit.NONCONFORMANT),
        ({MUST: "blocked", "http.method.put": "pass"}, Exit.NONCONFORMANT),
        ({MUST: "inconclusive", "http.method.put": "pass"}, Exit.NONCONFORMANT),
        ({MUST: "fail", "http.method.put": "error"}, Exit.INTERNAL_ERROR),
        ({SHOULD: "error", MUST: "pass"}, Exit.INTERNAL_ERROR),
        ({}, Exit.NOTHING_EXERCISED),
        ({MUST: "not-tested"}, Exit.NOTHING_EXERCISED),
        ({MUST: "unsupported"}, Exit.NOTHING_EXERCISED),
        ({SHOULD: "fail"}, Exit.NOTHING_EXERCISED),
        ({"auth.accept.config": "pass"}, Exit.NOTHING_EXERCISED),
        ({"auth.reject.without-portkey-key": "pass"}, Exit.NOTHING_EXERCISED),
        ({"auth.accept.config": "pass", "auth.reject.without-portkey-key": "pass"}, Exit.OK),
        ({"auth.accept.config": "pass", "auth.secret.config.wrong": "pass"}, Exit.OK),
        ({"auth.accept.config": "pass", "auth.rejection.status": "pass"}, Exit.NOTHING_EXERCISED),
    ],
)
def test_the_exit_code_depends_on_the_verdicts(
    result: MakeResult, verdicts: dict[str, str], expected: Exit
) -> None:
    assert code(result(verdicts)) is expected


def test_known_failures_alone_exercise_nothing(result: MakeResult) -> None:
    known = {MUST: KnownFailure("issue 12")}
    assert code(result({MUST: "fail"}), baseline=known) is Exit.NOTHING_EXERCISED
    assert code(result({MUST: "fail", SHOULD: "pass"}), baseline=known) is Exit.OK


def test_a_prerequisite_counts_as_the_accepted_set_of_a_rejection(result: MakeResult) -> None:
    verdicts = {"auth.accept.config": "pass", "auth.reject.without-portkey-key": "pass"}
    assert code(result(verdicts, selected=("auth.reject.without-portkey-key",))) is Exit.OK
    assert not was_exercised(result(verdicts, selected=()))


def test_a_failure_that_is_not_selected_does_not_fail_the_run(result: MakeResult) -> None:
    verdicts = {"auth.accept.config": "fail", MUST: "pass"}
    assert code(result(verdicts, selected=(MUST,))) is Exit.OK


@pytest.mark.parametrize(
    ("verdicts", "others", "expected"),
    [
        ({}, "pass", "conformant"),
        ({SHOULD: "fail", MAY: "not-tested"}, "pass", "conformant"),
        ({MUST: "fail"}, "pass", "nonconformant"),
        ({MUST: "fail"}, "not-tested", "nonconformant"),
        ({MUST: "not-tested"}, "pass", "partial"),
        ({MUST: "unsupported"}, "pass", "partial"),
        ({MUST: "inconclusive"}, "pass", "partial"),
        ({MUST: "blocked"}, "pass", "partial"),
        ({MUST: "error", "http.method.put": "blocked"}, "pass", "partial"),
        ({MUST: "error", "http.method.put": "fail"}, "pass", "nonconformant"),
        ({}, "not-tested", "partial"),
    ],
)
def test_only_failures_make_the_target_nonconformant(
    result: MakeResult, verdicts: dict[str, str], others: str, expected: str
) -> None:
    assert overall_verdict(result(verdicts, others=others)) == expected


def test_a_requirement_that_ran_only_as_a_prerequisite_is_not_tested(result: MakeResult) -> None:
    shown = deselect_prerequisites(result({"auth.accept.config": "fail", MUST: "pass"}, selected=(MUST,)))
    assert shown.outcomes[MUST].verdict.value == "pass"
    prerequisite = shown.outcomes["auth.accept.config"]
    assert (prerequisite.verdict.value, prerequisite.reason, prerequisite.evidence) == (
        "not-tested",
        "not selected",
        (),
    )


def test_the_report_has_the_verdict_of_its_run(result: MakeResult, contract: Any, redactor: Any) -> None:
    run = result({MUST: "fail"})
    judged = {id: judge_standing(o, fail_level="must", baseline={}) for id, o in run.outcomes.items()}
    assert Report(contract, run, judged, 1, {"url": "http://127.0.0.1"}, redactor).verdict == "nonconformant"


def test_an_expired_entry_fails_the_run_for_every_verdict(outcome: MakeOutcome) -> None:
    expired = KnownFailure("issue 7", TODAY - timedelta(days=1))
    for verdict in ("fail", "blocked", "not-tested", "unsupported", "pass"):
        assert standing(outcome(MUST, verdict), entry=expired) is Standing.BAD
    unselected = judge_standing(
        outcome(MUST, "not-tested"), fail_level="must", baseline={MUST: expired}, selected=False
    )
    assert unselected.standing is Standing.OPEN


@pytest.mark.parametrize(
    ("verdict", "blocked_by", "newer", "expected"),
    [
        ("fail", "", {MUST}, Standing.KNOWN),
        ("inconclusive", "", {MUST}, Standing.KNOWN),
        ("blocked", SHOULD, {SHOULD}, Standing.KNOWN),
        ("fail", "", {SHOULD}, Standing.BAD),
        ("pass", "", {MUST}, Standing.GOOD),
        ("error", "", {MUST}, Standing.BAD),
    ],
)
def test_newer_requirements_and_what_they_block_do_not_fail_the_run(
    outcome: MakeOutcome, verdict: str, blocked_by: str, newer: set[str], expected: Standing
) -> None:
    found = replace(outcome(MUST, verdict), blocked_by=blocked_by)
    assert judge_standing(found, fail_level="must", baseline={}, newer=newer).standing is expected
