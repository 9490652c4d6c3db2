from __future__ import annotations

from typing import Any

import pytest

from conformance.report.model.baseline import UNEXPLAINED
from tests.servers.verdicts import counts, unexpected_verdicts

ID = "request.json.syntax"
EXPLAINED = "the handler returns 500 for every error of its parser"


def problems(
    verdict: str, standing: str, baseline: str | None = None, not_tested: dict[str, str] | None = None
) -> list[str]:
    row = {"id": ID, "verdict": verdict, "standing": standing, "reason": "a reason", "baseline": baseline}
    return list(unexpected_verdicts({"requirements": [row]}, not_tested or {}))


def test_passes_and_explained_failures_are_expected() -> None:
    assert problems("pass", "good") == []
    assert problems("fail", "known", EXPLAINED) == []
    assert problems("blocked", "known", EXPLAINED) == []


def test_lists_a_new_failure_with_its_reason() -> None:
    assert problems("fail", "bad") == [f"{ID}: fail: a reason"]


def test_lists_a_new_failure_of_a_may() -> None:
    assert len(problems("fail", "known")) == 1


def test_lists_stale_and_expired_entries() -> None:
    assert len(problems("pass", "bad", EXPLAINED)) == 1
    assert len(problems("fail", "bad", EXPLAINED)) == 1


def test_failure_without_a_reason_is_unexpected() -> None:
    assert len(problems("fail", "known", UNEXPLAINED)) == 1


@pytest.mark.parametrize("known", [None, EXPLAINED])
@pytest.mark.parametrize("verdict", ["not-tested", "inconclusive", "error"])
def test_missing_verdicts_are_unexpected(verdict: str, known: str | None) -> None:
    assert len(problems(verdict, "bad" if verdict == "error" else "open", known)) == 1


def test_unsupported_requirement_needs_no_entry() -> None:
    assert problems("unsupported", "open") == []


def test_entry_for_an_unsupported_requirement_is_stale() -> None:
    assert len(problems("unsupported", "open", EXPLAINED)) == 1


def test_listed_untestable_requirements_are_expected() -> None:
    assert problems("not-tested", "open", not_tested={ID: "no tokenizer"}) == []


@pytest.mark.parametrize(("verdict", "standing"), [("pass", "good"), ("unsupported", "open")])
def test_tested_requirement_in_the_list_of_untestable_ones_is_stale(verdict: str, standing: str) -> None:
    assert len(problems(verdict, standing, not_tested={ID: "no tokenizer"})) == 1


def test_counts_failures_by_level() -> None:
    summary: dict[str, Any] = {
        "must": {"pass": 3, "fail": 2, "blocked": 1, "not-tested": 0},
        "should": {"pass": 4, "fail": 0, "blocked": 2, "not-tested": 0},
    }
    assert counts({"summary": summary}) == "2 MUST fail, 7 pass, 3 blocked"
