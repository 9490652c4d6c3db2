"""A report on a terminal: failures first, by cause; the conclusion is the last line."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.engine import Evidence, Outcome, RunResult, Verdict
from conformance.http_client import Exchange
from conformance.report import (
    KnownFailure,
    Redactor,
    Report,
    conclusion_line,
    judge_standing,
    overview,
    verdict_table,
)

URL = "http://127.0.0.1:8787/v1"
ROOT = "auth.accept.virtual-key"
SECRET = "sesame-secret-0123"

Documents = Callable[..., Mapping[str, Any]]


@pytest.fixture
def document(result: Callable[..., RunResult], contract: Contract, redactor: Redactor) -> Documents:
    """The report of a run with *outcomes*; no other requirement was selected."""

    def made(*outcomes: Outcome, baseline: Mapping[str, KnownFailure] | None = None) -> Mapping[str, Any]:
        run = result({outcome.requirement.id: outcome.verdict.value for outcome in outcomes})
        run.outcomes.update({outcome.requirement.id: outcome for outcome in outcomes})  # type: ignore[attr-defined]
        judged = {
            id: judge_standing(o, fail_level="must", baseline=baseline or {})
            for id, o in run.outcomes.items()
        }
        return Report(contract, run, judged, 1, {"url": URL}, redactor).as_dict()

    return made


def texts(lines: Any) -> list[str]:
    return [line.text for line in lines]


def test_the_table_has_the_selected_requirements_by_area(document: Documents, outcome: Any) -> None:
    found = document(
        outcome("request.type", "fail"),
        outcome("http.method.get", "pass"),
        outcome("http.method.put", "not-tested", "over budget"),
        baseline={"request.type": KnownFailure(f"issue 12\x1b {SECRET}")},
    )
    assert [line.split() for line in texts(verdict_table(found))] == [
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
    expected = "nonconformant: 1 fail, 1 not-tested; 3 requests, about 7 prompt tokens, 1.2 s"
    assert conclusion_line(found) == expected
    assert "(interrupted): 1 fail" in conclusion_line({**found, "interrupted": True})


def test_a_failure_has_requirement_source_exchange_and_curl_command(
    document: Documents, outcome: Any, exchange: Callable[..., Exchange]
) -> None:
    shown = Evidence("a 4xx", "accepted: 200 \x1b[2J", exchange(), "the method GET")
    lines = texts(overview(document(outcome("http.method.get", "fail", "a reason", (shown, shown)))))
    assert lines[1:9] == [
        "FAIL http.method.get (MUST, strictness)",
        *lines[2:4],
        "  Request      the method GET",
        "  Expected     a 4xx",
        "  Actual       accepted: 200 \\x1b[2J",
        "               (1 more request of this requirement also failed in the run)",
        f"  Reproduce    curl -sS -i -X POST {URL}/embeddings -H 'Content-Type: application/json'"
        ' --data-binary \'{"input":"river"}\'',
    ]
    assert lines[2].startswith("  Requirement  GET ")
    assert lines[3].startswith("  Source       RFC 9110")
    assert lines[-1].startswith(f"{URL}: nonconformant: 1 fail; ")


def test_a_failure_lists_what_it_blocks_and_is_to_be_fixed_first(
    document: Documents, outcome: Any, exchange: Callable[..., Exchange], contract: Contract
) -> None:
    rejected = Evidence("200", "rejected: 401", exchange(status=401), "the credentials")
    blocked = [
        Outcome(contract.catalogue[id], Verdict.BLOCKED, f"it needs {ROOT}", blocked_by=ROOT)
        for id in ("http.method.get", "http.method.put", "request.type")
    ]
    text = "\n".join(texts(overview(document(outcome(ROOT, "fail", "", (rejected,)), *blocked))))
    assert text.count("  Requirement  ") == 1
    assert "  Blocks       3 requirements: request.type, http.method.get, http.method.put" in text
    assert f"Fix {ROOT} first: 3 requirements are blocked by it. Check the credentials." in text


def test_failures_come_most_severe_first_and_known_failures_in_one_line(
    document: Documents, outcome: Any
) -> None:
    found = document(
        outcome("http.method.status", "fail", "a should"),
        outcome("http.method.get", "fail", "known to fail"),
        outcome("request.type", "inconclusive", "429 each time"),
        outcome("http.method.put", "error", "a bug of ours"),
        baseline={"http.method.get": KnownFailure("issue 7")},
    )
    lines = texts(overview(found))
    first = [line.split()[1] for line in lines if line.startswith(("FAIL", "ERROR", "INCONCLUSIVE"))]
    assert first == ["http.method.put", "request.type"]
    known = [line for line in lines if line.startswith("  http.method")]
    assert [line.split()[0] for line in known] == ["http.method.get", "http.method.status"]
    assert "known failure: issue 7" in known[0]


def test_a_should_that_blocks_musts_says_that_they_fail_the_run(
    document: Documents, outcome: Any, contract: Contract
) -> None:
    should = "http.method.status"
    blocked = [
        Outcome(contract.catalogue[id], Verdict.BLOCKED, f"it needs {should}", blocked_by=should)
        for id in ("http.method.get", "http.method.put")
    ]
    lines = texts(overview(document(outcome(should, "fail", "a reason"), *blocked)))
    note = "  Note         This requirement alone does not make the run fail. The requirements that it blocks do."
    assert (
        lines.index(note)
        == lines.index("  Blocks       2 requirements: http.method.get, http.method.put") + 1
    )
    assert "The run fails: 2 MUSTs are blocked. Without effect on the exit code: 1 SHOULD failed." in lines
    alone = texts(overview(document(outcome("http.method.get", "fail", "a reason"))))
    assert not [line for line in alone if line.startswith("  Note")]


def test_similar_failures_are_grouped(
    document: Documents, outcome: Any, exchange: Callable[..., Exchange]
) -> None:
    accepted = Evidence("a 4xx", "accepted: 200 {}", exchange())
    crashed = Evidence("a 4xx", "answered 500 {}", exchange(status=500))
    found = document(
        outcome("http.method.get", "fail", "", (accepted,)),
        outcome("http.method.put", "fail", "", (crashed,)),
        outcome("http.method.patch", "fail", "", (accepted,)),
    )
    lines = texts(overview(found))
    order = [line for line in lines if line.startswith(("FAIL", "The next", "  http.method.patch"))]
    assert order == [
        "FAIL http.method.get (MUST, strictness)",
        "The next failure may have the same cause as http.method.get:",
        "  http.method.patch (MUST, strictness)  got accepted: 200 {}",
        "FAIL http.method.put (MUST, strictness)",
    ]


def test_verdicts_are_counted_by_area(document: Documents, outcome: Any) -> None:
    lines = texts(overview(document(outcome("http.method.get", "pass"), outcome("request.type", "fail"))))
    begin = next(n for n, line in enumerate(lines) if line.startswith("area"))
    assert [line.split() for line in lines[begin : begin + 4]] == [
        ["area", "pass", "fail"],
        ["request", "-", "1"],
        ["http", "1", "-"],
        ["total", "1", "1"],
    ]
