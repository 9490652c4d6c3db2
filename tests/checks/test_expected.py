"""The sentence of a check (``Check.expected``) states the statuses that its judge accepts, and no others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Check, Probe, ProbeResult, Suite, Verdict, judge_check
from conformance.http_client import Exchange, Response
from conformance.reference.mock_upstream import MockUpstream, Recording, UpstreamRequest
from tests.mutants.setup import credentials

CONTRACT = Contract.load()
STATUSES = (
    *(200, 201, 204, 301, 302, 307),
    *(400, 401, 403, 404, 405, 408, 409, 411, 413, 415, 422, 429),
    *(500, 501, 502, 503, 504),
)
EMBEDDING = {
    "object": "list",
    "data": [{"object": "embedding", "index": 0, "embedding": [0.6, 0.8]}],
    "model": CONTRACT.example_model,
    "usage": {"prompt_tokens": 1, "total_tokens": 1},
}
BODIES = (json.dumps(EMBEDDING).encode(), b'{"error": {"message": "no"}}', b"<p>A page</p>", b"")
HEADERS = (("content-type", "application/json"), ("allow", "POST"), ("www-authenticate", "Bearer"))

ONLY_STATUSES = re.compile(
    r"(\d{3}|[2-5]xx|a|or|,|;|status|below|redirect|without|an|embedding|whatever|the|body|\s)+"
)
"""Sentences that state nothing but statuses, and which body they need."""

SAMPLE = 4
"""Probes of each check that are judged one by one."""


@pytest.fixture(scope="module")
def suite() -> Suite:
    upstream = MockUpstream(CONTRACT, "127.0.0.1:9")
    return build_suite(CONTRACT, credentials(CONTRACT), tokenizer="bytes", upstream=upstream)


def result_of(probe: Probe, status: int, body: bytes) -> ProbeResult:
    """A synthetic result. For a gateway, the upstream has received the request."""
    if isinstance(probe.scenario, Recording):
        sent = probe.request.body
        assert isinstance(sent, bytes)
        probe.scenario.requests = [UpstreamRequest("/v1/embeddings", probe.request.headers, sent)]
    return ProbeResult(probe, Exchange(probe.request, Response(status, HEADERS, body), None, 0.01))


def accepted_statuses(check: Check) -> set[int]:
    """The statuses with which the check passes, with one of BODIES, if all its probes get the same response."""
    return {
        status
        for status in STATUSES
        for body in BODIES
        if judge_check(check, [result_of(probe, status, body) for probe in check.probes], None).verdict
        is Verdict.PASS
    }


def stated_statuses(sentence: str) -> set[int]:
    """The statuses that a sentence names."""
    stated = {int(code) for code in re.findall(r"\b[2-5]\d\d\b(?! words)", sentence)}
    if "below 500" in sentence:
        stated = stated - {500} | set(range(200, 500))
    for digit in re.findall(r"\b([2-5])xx\b", sentence):
        stated |= set(range(int(digit) * 100, int(digit) * 100 + 100))
    if "redirect" in sentence:
        stated |= set(range(300, 400))
    return stated & set(STATUSES)


def single_probes(suite: Suite) -> Iterator[Check]:
    """The checks with only one of their probes. The checks of single responses have the same kind of judge."""
    for id, check in suite.checks.items():
        if check.requirement.area != "response" or id == "response.type":
            for probe in dict.fromkeys([*check.probes[:SAMPLE], *check.probes[-1:]]):
                yield replace(check, probes=(probe,))


def test_every_check_with_requests_states_what_it_expects(suite: Suite) -> None:
    assert [id for id, check in suite.checks.items() if not check.expected] == []


def test_a_check_accepts_no_status_that_its_sentence_does_not_state(suite: Suite) -> None:
    """Except sentences on each response with a certain status: they state nothing about others."""
    for check in single_probes(suite):
        stated = stated_statuses(check.expected)
        if stated and "each" not in check.expected:
            assert accepted_statuses(check) <= stated, (check.requirement.id, check.expected)


def test_a_single_probe_is_accepted_with_exactly_the_statuses_of_the_sentence(suite: Suite) -> None:
    exact = set[str]()
    for check in single_probes(suite):
        if ONLY_STATUSES.fullmatch(check.expected):
            exact.add(check.requirement.id)
            stated = stated_statuses(check.expected)
            assert accepted_statuses(check) == stated, (check.requirement.id, check.expected)
    assert {"http.method.get", "http.method.options", "auth.bypass", "request.json.no-crash"} < exact
    assert {"auth.rejection.status", "forwarding.status.no-response", "request.type"} < exact


def test_sentences_of_mixed_probes_name_each_kind_of_request(suite: Suite) -> None:
    assert suite.checks["request.type"].expected == "200 for valid requests; a 4xx for invalid requests"


def test_a_sentence_that_is_too_narrow_is_found(suite: Suite) -> None:
    check = suite.checks["http.method.get"]
    narrow = replace(check, judge=replace(check.judge, expected="a 4xx"))
    assert accepted_statuses(narrow) - stated_statuses(narrow.expected) == {200, 201, 204, 301, 302, 307, 501}
