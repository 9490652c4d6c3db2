"""Checks: their expectations in words, and checks without requests."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.engine import Check, Evidence, Expect, Probe, ProbeResult, judges_each
from conformance.http_client import Request
from tests.engine.fakes import check, exchange, probe

REQUIREMENT = check("a").requirement


@pytest.mark.parametrize("reason", [{"untestable": "a key is missing"}, {"unsupported": "batch"}])
def test_a_skipped_check_has_a_reason_and_no_requests(reason: dict[str, str]) -> None:
    skipped = Check.skipped(REQUIREMENT, **reason)
    assert skipped.probes == ()
    assert [skipped.without_requests] == list(reason.values())
    assert skipped.expected == ""


def test_a_skipped_check_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="no probes"):
        Check.skipped(REQUIREMENT)


def test_the_expectation_is_derived_from_the_probes() -> None:
    accepted, rejected, either = (probe(kind.value, kind) for kind in Expect)
    assert check("a", accepted).expected == "200"
    assert check("a", rejected, replace(rejected, occurrence=1)).expected == "a 4xx"
    assert check("a", either).expected == "200 or a 4xx"
    assert check("a", accepted, rejected).expected == "200 for valid requests; a 4xx for invalid requests"


def test_a_judge_states_its_own_expectation() -> None:
    @judges_each("405")
    def judge(result: ProbeResult) -> Evidence | None:
        return None if result.exchange.status == 405 else Evidence("405", "another", result.exchange)

    assert check("a", judge=judge).expected == "405"


@pytest.mark.parametrize(
    ("body", "payload"),
    [(b'{"input": 1}', {"input": 1}), ((b'{"inp', b'ut": 1}'), {"input": 1}), (b"{", None), (None, None)],
)
def test_the_payload_is_the_parsed_body(body: Any, payload: Any) -> None:
    assert Probe("a probe", Request(body=body), Expect.ACCEPT).payload == payload


def test_a_deeply_nested_body_has_no_payload() -> None:
    assert Probe("a probe", Request(body=b"[" * 100_000), Expect.REJECT).payload is None


@pytest.mark.parametrize(
    ("actual", "reason"),
    [
        ("the server crashed", "expected a 4xx; the server fails only with chunks; the server crashed"),
        ("3 vectors", "expected a 4xx; the server fails only with chunks; got 3 vectors"),
    ],
)
def test_what_failures_have_in_common_stands_first(actual: str, reason: str) -> None:
    pattern = "the server fails only with chunks"
    assert Evidence("a 4xx", actual, exchange(Request(), 200), pattern=pattern).reason == reason
