"""Accepted, rejected, neither, crashed: how single exchanges are judged."""

from __future__ import annotations

import pytest

from conformance.checks.judges import MAX_EXCERPT, meets_expectation
from conformance.engine import Expect, Probe, ProbeResult
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response


def result_of(expect: Expect, status: int | FailureKind, body: bytes = b"") -> ProbeResult:
    request = Request()
    if isinstance(status, FailureKind):
        exchange = Exchange(request, None, Failure(status, "a fake failure"), 0.0)
    else:
        exchange = Exchange(request, Response(status, (), body), None, 0.0)
    return ProbeResult(Probe("a probe", request, expect), exchange)


@pytest.mark.parametrize(
    ("expect", "status"),
    [
        (Expect.ACCEPT, 200),
        *[(Expect.REJECT, status) for status in (400, 401, 403, 404, 409, 413, 415, 422, 431, 499)],
        (Expect.EITHER, 200),
        (Expect.EITHER, 400),
    ],
)
def test_an_expected_status_is_no_evidence(expect: Expect, status: int) -> None:
    assert meets_expectation(result_of(expect, status)) is None


@pytest.mark.parametrize(
    ("expect", "status", "words"),
    [
        (Expect.ACCEPT, 400, "the server rejected it"),
        (Expect.ACCEPT, 401, "the server rejected it"),
        (Expect.ACCEPT, 201, "the server neither accepted nor rejected it"),
        (Expect.ACCEPT, 204, "the server neither accepted nor rejected it"),
        (Expect.ACCEPT, 302, "the server neither accepted nor rejected it"),
        (Expect.ACCEPT, 500, "the server responded with 500"),
        (Expect.REJECT, 200, "the server accepted it"),
        (Expect.REJECT, 202, "the server accepted it"),
        (Expect.REJECT, 301, "the server neither accepted nor rejected it"),
        (Expect.REJECT, 500, "the server responded with 500"),
        (Expect.REJECT, 503, "the server responded with 503"),
        (Expect.EITHER, 500, "the server responded with 500"),
        (Expect.EITHER, 302, "the server neither accepted nor rejected it"),
        (Expect.EITHER, 201, "the server neither accepted nor rejected it"),
        *[(expect, FailureKind.DROPPED, "the server crashed: a fake failure") for expect in Expect],
        *[(expect, FailureKind.TIMEOUT, "a fake failure") for expect in Expect],
    ],
)
def test_an_unexpected_status_is_evidence(expect: Expect, status: int | FailureKind, words: str) -> None:
    evidence = meets_expectation(result_of(expect, status))
    assert evidence is not None
    assert evidence.actual.startswith(words)
    assert evidence.probe == "a probe"


def test_evidence_has_a_short_excerpt_on_one_line() -> None:
    evidence = meets_expectation(result_of(Expect.ACCEPT, 500, b"line\n\xff\x00" * 10_000))
    assert evidence is not None
    assert len(evidence.actual) < MAX_EXCERPT + 40
    assert "\n" not in evidence.actual
    assert "500 line" in evidence.actual


def test_an_excerpt_of_an_incomplete_body_shows_only_its_beginning() -> None:
    request, body = Request(), b"begin" + b"-" * 1000 + b"end"
    exchange = Exchange(request, Response(500, (), body, omitted=1), None, 0.0)
    evidence = meets_expectation(ProbeResult(Probe("a probe", request, Expect.ACCEPT), exchange))
    assert evidence is not None
    assert "500 begin" in evidence.actual
    assert evidence.actual.endswith("- ...")
