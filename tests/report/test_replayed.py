"""The result of a replay, and how it is printed."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.report import Attempt, Replayed, Result, replayed_lines
from tests.report.documents import exchange, row


def failed(**changes: Any) -> dict[str, Any]:
    return row("http.a", "fail", evidence=[exchange(**changes)])


def replayed(then: dict[str, Any], *now: dict[str, Any]) -> Replayed:
    return Replayed(then, [Attempt("some requests", 3, one) for one in now])


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (failed(), Result.SAME),
        (failed(actual="accepted: 200 {}"), Result.SAME),
        (failed(actual="it crashed"), Result.DIFFERENT),
        (failed(response={"status": 500, "headers": [], "body": "", "seconds": 0.1}), Result.DIFFERENT),
        (row("http.a"), Result.FIXED),
        (row("http.a", "inconclusive"), Result.UNJUDGED),
        (row("http.a", "blocked"), Result.UNJUDGED),
    ],
)
def test_the_last_attempt_decides(now: dict[str, Any], expected: Result) -> None:
    assert replayed(failed(), row("http.a"), now).result is expected


def test_other_numbers_are_the_same_result() -> None:
    then, now = (failed(actual=f"the cosine is {number}") for number in ("0.123", "0.9e-3"))
    assert replayed(then, now).result is Result.SAME


@pytest.mark.parametrize(
    "condition",
    ["It did not fail again in 3 tries. The server is unstable.", "It did not fail when it was sent alone."],
)
def test_a_failure_of_unknown_condition_that_is_not_there_is_not_fixed(condition: str) -> None:
    found = replayed(failed(condition=condition), row("http.a"))
    assert found.result is Result.UNJUDGED
    assert "may fail again" in found.reason


def test_a_failure_is_not_fixed_while_others_may_have_its_cause() -> None:
    found = Replayed(failed(), [Attempt("some requests", 3, row("http.a"), also_failed=["state.b"])])
    assert found.result is Result.UNJUDGED
    assert found.reason.endswith("may have the same cause: state.b")


def test_a_failure_without_an_attempt_has_a_problem() -> None:
    found = Replayed(failed(), (), "there is no such requirement")
    assert (found.result, found.reason) == (Result.UNJUDGED, "there is no such requirement")


def test_the_lines_have_the_attempts_and_both_results() -> None:
    condition = "It failed again when it was sent alone."
    found = replayed(failed(condition=condition), row("http.a"), failed(actual="it crashed"))
    assert [line.text for line in replayed_lines([found])] == [
        "http.a (MUST): still fails, with a different result",
        "  Requirement  The title of http.a",
        "  Source       RFC 9110, section 12.5.1",
        "  Sent again   some requests (3 requests): pass",
        "               some requests (3 requests): failed",
        "  Request      an empty object",
        "  Then         expected a 4xx; result: accepted: 200 {}",
        f"               {condition}",
        "  Now          expected a 4xx; result: it crashed",
        "  Sent         POST http://127.0.0.1:8787/v1/embeddings",
        "               {}",
        "  Response     200, after 0.250 s",
        "               server: it",
        "               {}",
        "",
    ]


def test_several_failures_are_counted() -> None:
    lines = [
        line.text
        for line in replayed_lines([replayed(failed(), failed()), replayed(failed(), row("http.a"))])
    ]
    assert lines[-1] == "2 failures: 1 still fails, with the same result; 1 does not fail any more."
