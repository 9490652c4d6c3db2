"""A report on a terminal: what broke comes first, by cause, and the last line concludes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.engine import Evidence, Outcome, RunResult, Verdict
from conformance.http_client import Exchange
from conformance.report import KnownFailure, Redactor, Report, conclusion, judge_standing, overview, table

URL = "http://127.0.0.1:8787/v1"
ROOT = "auth.accept.virtual-key"
SECRET = "sesame-secret-0123"

Documents = Callable[..., Mapping[str, Any]]


@pytest.fixture
def document(result: Callable[..., RunResult], contract: Contract, redactor: Redactor) -> Documents:
    """The report of a run that ended with *outcomes*; all of its other requirements were not selected."""

    def made(*outcomes: Outcome, baseline: Mapping[str, KnownFailure] | None = None) -> Mapping[str, Any]:
        run = result({outcome.requirement.id: outcome.verdict.value for outcome in outcomes})
        run.outcomes.update({outcome.requirement.id: outcome for outcome in outcomes})  # type: ignore[attr-defined]
        judged = {
            id: judge_standing(o, fail_level="must", baseline=baseline or {})
            for id, o in run.outcomes.items()
        }
        return Report(contract, run, judged, 1, {"url": URL}, redactor).as_dict()

    return made


def said(lines: Any) -> list[str]:
    return [line.text for line in lines]


def test_the_table_has_what_was_selected_by_area(document: Documents, outcome: Any) -> None:
    found = document(
        outcome("request.type", "fail"),
        outcome("http.method.get", "pass"),
        outcome("http.method.put", "not-tested", "over budget"),
        baseline={"request.type": KnownFailure(f"issue 12\x1b {SECRET}")},
    )
    assert [line.split() for line in said(table(found))] == [
        [],
        ["http"],
        ["pass", "must", "http.method.get"],
        ["not-tested", "must", "http.method.put", "over", "budget"],
        [],
        ["request"],
        ["fail", "must", "request.type", "known", "failure:", "issue", "12\\x1b", "[credential]"],
    ]


def test_the_conclusion_counts_in_a_fixed_order(document: Documents, outcome: Any) -> None:
    found = document(outcome("http.method.put", "not-tested"), outcome("request.type", "fail"))
    told = conclusion(found)
    assert told == "nonconformant: 1 fail, 1 not-tested; 3 requests, about 7 prompt tokens, 1.2 s"
    assert "(interrupted): 1 fail" in conclusion({**found, "interrupted": True})


def test_a_failure_says_what_where_and_how_to_see_it_again(
    document: Documents, outcome: Any, exchange: Callable[..., Exchange]
) -> None:
    shown = Evidence("a 4xx", "accepted: 200 \x1b[2J", exchange(), "the method GET")
    lines = said(overview(document(outcome("http.method.get", "fail", "told", (shown, shown)))))
    assert lines[1:8] == [
        "FAIL http.method.get (MUST)",
        "  Requirement  GET does not run the operation",
        lines[3],
        "  Expected     a 4xx (the method GET)",
        "  Actual       accepted: 200 \\x1b[2J",
        "               and 1 exchange more of the kind",
        f"  Reproduce    curl -sS -i -X POST {URL}/embeddings -H 'Content-Type: application/json'"
        ' --data-binary \'{"input":"river"}\'',
    ]
    assert lines[3].startswith("  Source       RFC 9110")
    assert lines[-1].startswith(f"{URL}: nonconformant: 1 fail; ")


def test_what_one_failure_blocks_is_counted_beside_it_and_named_first(
    document: Documents, outcome: Any, exchange: Callable[..., Exchange], contract: Contract
) -> None:
    refused = Evidence("200", "refused: 401", exchange(status=401), "the credentials")
    blocked = [
        Outcome(contract.catalogue[id], Verdict.BLOCKED, f"it needs {ROOT}", blocked_by=ROOT)
        for id in ("http.method.get", "http.method.put", "request.type")
    ]
    text = "\n".join(said(overview(document(outcome(ROOT, "fail", "", (refused,)), *blocked))))
    assert text.count("  Requirement  ") == 1
    assert "  Blocked by it (3): request.type, http.method.get, http.method.put" in text
    assert f"Begin with {ROOT}: 3 more wait for it. Are the credentials right?" in text


def test_the_worst_comes_first_and_what_is_known_in_a_line(document: Documents, outcome: Any) -> None:
    found = document(
        outcome("http.method.status", "fail", "a should"),
        outcome("http.method.get", "fail", "known to fail"),
        outcome("request.type", "inconclusive", "429 each time"),
        outcome("http.method.put", "error", "a bug of ours"),
        baseline={"http.method.get": KnownFailure("issue 7")},
    )
    lines = said(overview(found))
    first = [line.split()[1] for line in lines if line.startswith(("FAIL", "ERROR", "INCONCLUSIVE"))]
    assert first == ["http.method.put", "request.type"]
    known = [line for line in lines if line.startswith("  http.method")]
    assert [line.split()[0] for line in known] == ["http.method.get", "http.method.status"]
    assert "known failure: issue 7" in known[0]


def test_failures_that_are_alike_stand_together(
    document: Documents, outcome: Any, exchange: Callable[..., Exchange]
) -> None:
    accepted = Evidence("a 4xx", "accepted: 200 {}", exchange())
    crashed = Evidence("a 4xx", "crashed: 500 {}", exchange(status=500))
    found = document(
        outcome("http.method.get", "fail", "", (accepted,)),
        outcome("http.method.put", "fail", "", (crashed,)),
        outcome("http.method.patch", "fail", "", (accepted,)),
    )
    lines = said(overview(found))
    order = [line for line in lines if line.startswith(("FAIL", "The same"))]
    assert order == [
        "FAIL http.method.get (MUST)",
        "The same came for 1 more; the cause may be one:",
        "FAIL http.method.patch (MUST)",
        "FAIL http.method.put (MUST)",
    ]


def test_the_areas_are_counted(document: Documents, outcome: Any) -> None:
    lines = said(overview(document(outcome("http.method.get", "pass"), outcome("request.type", "fail"))))
    begin = next(n for n, line in enumerate(lines) if line.startswith("area"))
    assert [line.split() for line in lines[begin : begin + 4]] == [
        ["area", "pass", "fail"],
        ["request", "-", "1"],
        ["http", "1", "-"],
        ["total", "1", "1"],
    ]
