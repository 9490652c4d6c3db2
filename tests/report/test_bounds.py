"""The size of every report format has a limit, whatever the target sends; a cut says how much is left out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.contract import Contract
from conformance.engine import Evidence, Outcome, RunResult, Verdict
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response
from conformance.report import FORMATS, Redactor, Report, explain, judge_standing, overview, row
from conformance.report.model import bounds, document
from conformance.report.model.exchange import evidence_as_dict
from conformance.secret import Secret

URL = "http://127.0.0.1:8787/v1"
SECRET = "sesame-secret-0123"

MAX_BYTES = {
    "json": 26_000_000,
    "html": 5_000_000,
    "markdown": 1_000_000,
    "junitxml": 7_000_000,
    "badge": 1_000,
}

WIDE = ("𝄞", "\x1b", "é", "<")
"""Characters that take up to 12 bytes in JSON, 10 in an escape, 5 in HTML."""


def hostile_exchange(number: int) -> Exchange:
    """An exchange whose every part is far too long."""
    text = WIDE[number % len(WIDE)]
    headers = tuple((f"x-{text}{i}", f"{i}" * 9) for i in range(10_000))
    sent = Request(
        (("x-long", text * 60_000), *headers[:300]), text.encode() * 1_000_000, path="/" + text * 60_000
    )
    if number == 4:
        return Exchange(sent, None, Failure(FailureKind.PROTOCOL, text * 60_000), 0.1)
    return Exchange(
        sent, Response(200, (*[(text * 60_000,) * 2] * 60, *headers), text.encode() * 1_000_000), None, 0.1
    )


@pytest.fixture(scope="module")
def hostile(contract: Contract) -> Report:
    """A run in which every requirement failed, at every request, with exchanges of which each part is too long."""
    exchanges = [hostile_exchange(number) for number in range(5)]
    texts = [WIDE[number % len(WIDE)] * 100_000 for number in range(5)]
    evidence = tuple(
        Evidence(text, text, exchange, text)
        for _ in range(20)
        for text, exchange in zip(texts, exchanges, strict=True)
    )
    outcomes = {
        id: Outcome(one, Verdict.FAIL, texts[0], evidence, 9) for id, one in contract.catalogue.items()
    }
    run = RunResult(outcomes, tuple(outcomes), "2026-01-31T12:00:00+00:00", 1.0, 3, 7, texts[0])
    judged = {id: judge_standing(one, fail_level="must", baseline={}) for id, one in outcomes.items()}
    return Report(contract, run, judged, 1, {"url": URL}, Redactor([], contract.security))


@pytest.fixture(scope="module")
def rendered(hostile: Report) -> dict[str, Any]:
    return hostile.as_dict()


def test_the_report_of_a_hostile_target_is_valid(rendered: dict[str, Any]) -> None:
    schema = json.loads(Path(document.__file__).with_name("report.schema.json").read_text("utf-8"))
    jsonschema.validate({**rendered, "requirements": rendered["requirements"][:3]}, schema)


@pytest.mark.parametrize("format", FORMATS)
def test_each_format_has_a_maximum_size(rendered: dict[str, Any], format: str) -> None:
    assert len(FORMATS[format](rendered).encode()) <= MAX_BYTES[format]


def test_the_output_in_a_terminal_has_a_maximum_size(rendered: dict[str, Any]) -> None:
    assert sum(len(line.text.encode()) for line in overview(rendered, every=True)) <= 7_000_000
    assert max(len(line.text) for line in overview(rendered, every=True)) <= 11_000


def test_the_text_of_one_failure_has_a_maximum_size(hostile: Report) -> None:
    judged = hostile.judged["http.method.get"]
    assert len(explain(row(judged, URL, hostile.redactor)).encode()) <= 150_000


def test_the_first_exchange_of_each_requirement_has_priority(rendered: dict[str, Any]) -> None:
    numbers = [len(row["evidence"]) for row in rendered["requirements"]]
    assert sum(numbers) < 5 * len(numbers)
    assert sorted(numbers, reverse=True) == numbers
    assert numbers[0] - numbers[-1] <= 1
