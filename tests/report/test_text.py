from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.engine import Evidence, Outcome
from conformance.http_client import Exchange, Failure, FailureKind, Request
from conformance.report import Redactor, explain_requirement, judge_standing, requirement_row
from conformance.text import clip, counted, visible

URL = "http://127.0.0.1:8787/v1"
GET = "http.method.get"
SECRET = "sesame-secret-0123"

MakeExchange = Callable[..., Exchange]
MakeOutcome = Callable[..., Outcome]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain, é, 向, 𝄞", "plain, é, 向, 𝄞"),
        ("a\nb\r\tc", "a\\nb\\r\\tc"),
        ("\x1b[2J\x07\x00\x7f\x9b", "\\x1b[2J\\x07\\x00\\x7f\\x9b"),
        ("\u202e\u200b\u2028\ufeff", "\\u202e\\u200b\\u2028\\ufeff"),
        ("\ud800", "\\ud800"),
        ("\\ and '", "\\ and '"),
        ("", ""),
    ],
)
def test_control_characters_are_shown_as_escapes(text: str, shown: str) -> None:
    assert visible(text) == shown


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0 requests"), (1, "1 request"), (2, "2 requests"), (1200, "1,200 requests")]
)
def test_a_number_has_its_noun_in_the_right_form(number: int, text: str) -> None:
    assert counted(number, "request") == text


def test_an_irregular_plural_is_given() -> None:
    assert counted(1, "class", "classes") == "1 class"
    assert counted(2, "class", "classes") == "2 classes"


def test_a_clipped_text_has_its_length() -> None:
    assert clip("\n" * 299).endswith("... (598 characters)")
    assert clip("x" * 300) == "x" * 300


def explained(outcome: Outcome, redactor: Redactor) -> str:
    return explain_requirement(
        requirement_row(judge_standing(outcome, fail_level="must", baseline={}), {"url": URL}, redactor)
    )


def test_a_failure_shows_requirement_source_and_exchange(
    outcome: MakeOutcome, exchange: MakeExchange, redactor: Redactor
) -> None:
    shown = Evidence("a 4xx", "accepted: 200 {}", exchange(headers=(("server", "a\x1bb"),)), "the method GET")
    lines = explained(outcome(GET, "fail", "expected a 4xx; got 200", (shown,)), redactor).splitlines()
    assert lines == [
        "http.method.get (MUST, strictness)",
        f"  Requirement  {outcome(GET, 'fail').requirement.title}",
        f"  Source       {outcome(GET, 'fail').requirement.source}",
        "  Reason       expected a 4xx; got 200",
        "",
        "  Request      the method GET",
        "  Expected     a 4xx",
        "  Actual       accepted: 200 {}",
        f"  Sent         POST {URL}/embeddings",
        "               Content-Type: application/json",
        '               {"input":"river"}',
        "  Response     200, after 0.250 s",
        "               server: a\\x1bb",
        "               {}",
        f"  Reproduce    curl -sS -i -X POST {URL}/embeddings -H 'Content-Type: application/json'"
        ' --data-binary \'{"input":"river"}\'',
    ]


def test_a_missing_response_has_a_reason(outcome: MakeOutcome, redactor: Redactor) -> None:
    failure = Failure(FailureKind.DROPPED, f"the connection broke ({SECRET})")
    item = Evidence("200", "crashed", Exchange(Request(), None, failure, 0.1))
    text = explained(outcome(GET, "fail", "crashed", (item,)), redactor)
    assert "  Response     none: the connection broke ([credential]) (dropped)" in text


def test_a_verdict_without_evidence_is_one_line(outcome: MakeOutcome, redactor: Redactor) -> None:
    text = explained(outcome(GET, "blocked", f"it needs\n{SECRET}"), redactor)
    assert text == "http.method.get: blocked: it needs\\n[credential]"


def test_only_the_first_exchanges_are_shown(
    outcome: MakeOutcome, exchange: MakeExchange, redactor: Redactor
) -> None:
    text = explained(outcome(GET, "fail", "", (Evidence("a", "b", exchange()),) * 7), redactor)
    assert text.count("  Reproduce ") == 5
    assert text.endswith("(2 more requests of this requirement also failed in the run)")


@pytest.mark.parametrize("padding", [0, 1980, 1990, 2000, 7990, 7999, 20_000])
def test_a_long_response_is_cut_and_has_no_part_of_a_credential(
    outcome: MakeOutcome, exchange: MakeExchange, redactor: Redactor, padding: int
) -> None:
    body = b"\x00" * padding + SECRET.encode() + b"-" * 9000
    text = explained(outcome(GET, "fail", "", (Evidence("a", "b", exchange(body)),)), redactor)
    assert len(text) < 3000
    assert SECRET[:9] not in text
