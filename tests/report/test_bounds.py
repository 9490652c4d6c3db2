"""The size of every report format has a limit, whatever the target sends; a cut says how much is left out."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from conformance.contract import Contract
from conformance.engine import Evidence, Outcome, RunResult, Verdict
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response
from conformance.report import (
    FORMATS,
    Redactor,
    Report,
    explain_requirement,
    judge_standing,
    overview,
    requirement_row,
)
from conformance.report.model import bounds, document
from conformance.report.model.exchange import evidence_as_dict
from conformance.secret import Secret
from tests.report import documents

URL = "http://127.0.0.1:8787/v1"
SECRET = "sesame-secret-0123"

MAX_BYTES = {
    "json": 26_000_000,
    "html": 5_500_000,
    "markdown": 1_000_000,
    "har": 16_000_000,
    "script": 1_000_000,
    "junitxml": 7_000_000,
    "badge": 1_000,
}

WIDE = ("𝄞", "\x1b", "é", "<")
"""Characters that take up to 12 bytes in JSON, 10 in an escape, 5 in HTML."""


def hostile_exchange(number: int) -> Exchange:
    """An exchange whose every part is far too long."""
    text = WIDE[number % len(WIDE)]
    headers = tuple((f"x-{text}{i}", f"{i}" * 9) for i in range(10_000))
    sent = Request((("x-long", text * 60_000), *headers[:40]), text.encode() * 900, path="/" + text * 60_000)
    if number == 4:
        return Exchange(sent, None, Failure(FailureKind.PROTOCOL, text * 60_000), 0.1)
    return Exchange(
        sent, Response(200, (*[(text * 60_000,) * 2] * 60, *headers), text.encode() * 1_000_000), None, 0.1
    )


class Hostile:
    """A run in which every requirement failed, at every request, with exchanges of which each part is too long.

    It is no fixture of the report itself, whose representation in a failed test would take minutes.
    """

    def __init__(self, contract: Contract) -> None:
        texts = [WIDE[number % len(WIDE)] * 100_000 for number in range(5)]
        evidence = tuple(Evidence(text, text, hostile_exchange(i), text) for i, text in enumerate(texts))
        outcomes = {
            id: Outcome(one, Verdict.FAIL, texts[0], evidence * 20, 9)
            for id, one in contract.catalogue.items()
        }
        run = RunResult(outcomes, tuple(outcomes), "2026-01-31T12:00:00+00:00", 1.0, 3, 7, texts[0])
        judged = {id: judge_standing(one, fail_level="must", baseline={}) for id, one in outcomes.items()}
        redactor = Redactor([], contract.security)
        self.document = Report(contract, run, judged, 1, {"url": URL}, redactor).as_dict()
        self.explained = explain_requirement(
            requirement_row(judged["http.method.get"], {"url": URL}, redactor)
        )


@pytest.fixture(scope="module")
def hostile(contract: Contract) -> Hostile:
    return Hostile(contract)


def test_the_report_of_a_hostile_target_is_valid(hostile: Hostile) -> None:
    schema = json.loads(Path(document.__file__).with_name("report.schema.json").read_text("utf-8"))
    jsonschema.validate({**hostile.document, "requirements": hostile.document["requirements"][:3]}, schema)


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_has_a_maximum_size(hostile: Hostile, format: str) -> None:
    assert len(FORMATS[format](hostile.document).encode()) <= MAX_BYTES[format]


def test_the_output_in_a_terminal_has_a_maximum_size(hostile: Hostile) -> None:
    assert sum(len(line.text.encode()) for line in overview(hostile.document, every=True)) <= 4_000_000
    assert max(len(line.text) for line in overview(hostile.document, every=True)) <= 11_000


def test_the_text_of_one_failure_has_a_maximum_size(hostile: Hostile) -> None:
    assert len(hostile.explained.encode()) <= 150_000


def test_the_first_exchange_of_each_requirement_has_priority(hostile: Hostile) -> None:
    numbers = [len(row["evidence"]) for row in hostile.document["requirements"]]
    assert set(numbers) == {0, 1}
    assert sorted(numbers, reverse=True) == numbers


def test_what_does_not_fit_is_left_out() -> None:
    items = {"a": ["1" * 10, "2" * 10], "b": [], "c": ["3" * 10, "4" * 10]}
    assert bounds.fitting_lists(items, 36) == {"a": ["1" * 10, "2" * 10], "b": [], "c": ["3" * 10]}
    assert bounds.fitting_lists(items, 47) == bounds.fitting_lists(items, 36)
    assert bounds.fitting_lists(items, 48) == items
    assert bounds.fitting_lists({}, 0) == {}


@pytest.fixture
def redactor(contract: Contract) -> Redactor:
    return Redactor([("x-portkey-api-key", Secret(SECRET, "KEY"))], contract.security)


def test_a_cut_text_says_how_much_follows(redactor: Redactor) -> None:
    assert bounds.bounded_text("x" * 1_000, redactor) == "x" * 1_000
    assert bounds.bounded_text("x" * 61_000, redactor) == "x" * 1_000 + "... (60,000 more characters)"


@pytest.mark.parametrize("padding", [0, 90, 95, 99, 100, 101, 390, 395, 399, 401])
def test_no_part_of_a_credential_remains_at_a_cut(redactor: Redactor, padding: int) -> None:
    text = "-" * padding + SECRET + "-" * 500
    for shown in (
        bounds.bounded_text(text, redactor, 100),
        bounds.bounded_text(SECRET * 9 + text, redactor, 100),
    ):
        assert not [k for k in range(len(SECRET) - 7) if SECRET[k : k + 8] in shown]
        assert len(shown) < 140


def test_a_text_that_redaction_shortens_below_the_limit_is_complete(redactor: Redactor) -> None:
    assert bounds.bounded_text(SECRET * 6, redactor, 100) == "[credential]" * 6


def test_a_cut_body_has_its_beginning_its_size_and_its_end(redactor: Redactor) -> None:
    assert bounds.bounded_body(b"x" * 2_000, redactor) == "x" * 2_000
    assert (
        bounds.bounded_body(b"x" * 9_000 + b"y", redactor)
        == "x" * 1_600 + " ... (9,001 bytes) ... " + "x" * 399 + "y"
    )


def test_of_a_body_without_its_end_only_the_beginning_is_shown(redactor: Redactor) -> None:
    assert bounds.bounded_body(b"x" * 50, redactor, 1) == "x" * 50 + " ... (at least 51 bytes)"
    assert bounds.bounded_body(b"x" * 8_192, redactor, 10_000) == "x" * 1_600 + " ... (at least 18,192 bytes)"
    assert SECRET[:8] not in bounds.bounded_body(b"x" * 1_590 + SECRET.encode(), redactor, 1)


def test_headers_are_cut_and_counted(redactor: Redactor) -> None:
    headers = [("x" * 60_000, "y" * 60_000), (f"x-{SECRET}", SECRET), *[("a", "b")] * 9_998]
    shown = bounds.bounded_headers(headers, redactor)
    assert shown["more_headers"] == 10_000 - len(shown["headers"])
    assert shown["headers"][0] == [
        "x" * 100 + "... (59,900 more characters)",
        "y" * 300 + "... (59,700 more characters)",
    ]
    assert shown["headers"][1] == ["x-[credential]", "[credential]"]
    assert bounds.bounded_headers([("a", "b")], redactor) == {"headers": [["a", "b"]]}


def test_a_header_of_a_credential_is_hidden_before_the_cut(redactor: Redactor) -> None:
    headers = [("authorization", "y" * 60_000), ("x-portkey-api-key", Secret("z" * 60_000, "KEY"))]
    assert bounds.bounded_headers(headers, redactor)["headers"] == [
        ["authorization", "[credential]"],
        ["x-portkey-api-key", "$KEY"],
    ]


def test_each_format_with_headers_says_how_many_are_left_out(redactor: Redactor) -> None:
    sent = Exchange(Request(), Response(200, (("a", "b"),) * 10_000, b""), None, 0.1)
    item = evidence_as_dict(Evidence("a", "b", sent), URL, redactor)
    report = documents.document(documents.row("http.a", "fail", evidence=[item]))
    for format in ("html", "junitxml"):
        assert "... and 9,980 more headers" in FORMATS[format](report)
    assert "... and 9,980 more headers" in explain_requirement(report["requirements"][0])


def test_a_command_that_is_too_long_is_a_comment(redactor: Redactor) -> None:
    body = b"".join(number.to_bytes(4, "big") * 2 for number in range(0, 2**32, 40_001))
    item = evidence_as_dict(
        Evidence("a", "b", Exchange(Request((), body), None, Failure(FailureKind.DROPPED, ""), 0)),
        URL,
        redactor,
    )
    assert item["curl"].startswith("# a command of ")
    assert len(item["curl"]) < 100


def test_a_long_command_is_not_printed() -> None:
    long = documents.exchange(curl="curl " + "x" * 20_000)
    report = documents.document(documents.row("http.a", "fail", evidence=[long]))
    shown = "\n".join(line.text for line in overview(report))
    assert (
        "Reproduce    the curl command has 20,005 characters; see the JSON report, or use the command replay."
        in shown
    )
    assert "xxx" not in shown


def test_the_details_in_junit_xml_have_a_maximum_size(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.report.render.junit.MAX_DETAIL_BYTES", 1_000)
    text = FORMATS["junitxml"](documents.document(*(documents.row(f"http.{i}", "fail") for i in range(9))))
    assert 0 < text.count("The details are left out because of the size limit") < 9
