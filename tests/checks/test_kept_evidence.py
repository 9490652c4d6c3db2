"""The evidence of a large response: its size, and no part of a secret where the body was cut."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.checks.answers import Answers
from conformance.checks.kept_exchange import KEPT_BODY
from conformance.engine import Evidence
from conformance.report import Redactor
from conformance.report.model.exchange import evidence_as_dict
from conformance.secret import Secret
from tests.checks.exchanges import CONTRACT, exchange

SECRET = "sesame-secret-0123"


def shown(body: bytes, omitted: int = 0) -> str:
    """The body in a report, after the exchange was read."""
    kept = Answers(CONTRACT).read(exchange(body, 500, omitted=omitted))
    redactor = Redactor([("x-key", Secret(SECRET, "KEY"))], CONTRACT.security)
    row: Any = evidence_as_dict(Evidence("200", "500", kept), "http://127.0.0.1/v1", redactor)
    text: str = row["response"]["body"]
    return text


@pytest.mark.parametrize("omitted", [0, 5000])
def test_the_report_tells_the_size_of_the_whole_body(omitted: int) -> None:
    text = shown(b"begin" + b"-" * KEPT_BODY + b"end", omitted)
    assert text.startswith("begin-")
    assert text.endswith(f" {KEPT_BODY + 8 + omitted:,} bytes)")


def test_the_report_tells_that_a_short_body_is_incomplete() -> None:
    text = shown(b"begin", omitted=1000)
    assert text.startswith("begin ... (")
    assert text.endswith(" 1,005 bytes)")


@pytest.mark.parametrize("place", [KEPT_BODY - 5, KEPT_BODY - len(SECRET), 1595, 1990, 3990, 7990])
def test_no_part_of_a_secret_is_shown(place: int) -> None:
    text = shown(b"-" * place + SECRET.encode() + b"-" * KEPT_BODY)
    assert "ses" not in text
    assert "123" not in text
