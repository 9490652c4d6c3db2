from __future__ import annotations

from typing import Any

import pytest

from conformance.report.model.baseline import UNEXPLAINED
from tests.servers.verdicts import counts, unexpected_verdicts

ID = "request.json.syntax"
EXPLAINED = "the handler answers 500 to whatever its parser throws"


def problems(
    verdict: str, standing: str, baseline: str | None = None, not_tested: dict[str, str] | None = None
) -> list[str]:
    row = {"id": ID, "verdict": verdict, "standing": standing, "reason": "it is so", "baseline": baseline}
    return list(unexpected_verdicts({"requirements": [row]}, not_tested or {}))


def test_a_pass_and_an_explained_failure_are_expected() -> None:
    assert problems("pass", "good") == []
    assert problems("fail", "known", EXPLAINED) == []
    assert problems("blocked", "known", EXPLAINED) == []


def test_a_new_failure_is_named_with_its_reason() -> None:
    assert problems("fail", "bad") == [f"{ID}: fail: it is so"]


def test_a_new_failure_of_a_may_is_named_too() -> None:
    assert len(problems("fail", "known")) == 1


def test_a_known_failure_that_passes_or_has_expired_is_named() -> None:
    assert len(problems("pass", "bad", EXPLAINED)) == 1
    assert len(problems("fail", "bad", EXPLAINED)) == 1


def test_a_failure_without_a_reason_is_not_known() -> None:
    assert len(problems("fail", "known", UNEXPLAINED)) == 1


@pytest.mark.parametrize("known", [None, EXPLAINED])
@pytest.mark.parametrize("verdict", ["not-tested", "inconclusive", "error"])
def test_what_was_not_judged_is_not_expected(verdict: str, known: str | None) -> None:
    assert len(problems(verdict, "bad" if verdict == "error" else "open", known)) == 1


def test_a_capability_declared_unsupported_needs_no_entry() -> None:
    assert problems("unsupported", "open") == []


def test_a_known_failure_of_what_is_now_unsupported_is_stale() -> None:
    assert len(problems("unsupported", "open", EXPLAINED)) == 1


def test_what_cannot_be_tested_is_expected_where_it_is_listed() -> None:
    assert problems("not-tested", "open", not_tested={ID: "no tokenizer"}) == []


@pytest.mark.parametrize(("verdict", "standing"), [("pass", "good"), ("unsupported", "open")])
def test_what_can_be_tested_after_all_is_stale_in_that_list(verdict: str, standing: str) -> None:
    assert len(problems(verdict, standing, not_tested={ID: "no tokenizer"})) == 1


def test_counts_tell_failures_by_level_and_the_rest_together() -> None:
    summary: dict[str, Any] = {
        "must": {"pass": 3, "fail": 2, "blocked": 1, "not-tested": 0},
        "should": {"pass": 4, "fail": 0, "blocked": 2, "not-tested": 0},
    }
    assert counts({"summary": summary}) == "2 MUST fail, 7 pass, 3 blocked"
