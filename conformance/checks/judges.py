"""How single exchanges are judged: accepted, refused, or honest either way."""

from __future__ import annotations

from collections.abc import Callable

from conformance.contract import Contract
from conformance.engine import Evidence, Expect, ProbeResult, describe
from conformance.http_client import Exchange
from conformance.validation import first_of, validate_response

MAX_EXCERPT = 160

EXPECTED = {
    Expect.ACCEPT: "200",
    Expect.REJECT: "a 4xx",
    Expect.EITHER: "200 or a 4xx",
}


def meets_expectation(answer: ProbeResult) -> Evidence | None:
    """Evidence against the target when *answer* is not what its probe expects.

    A 5xx, a dropped connection and a time-out are crashes; a 3xx is neither acceptance nor refusal.
    """
    expect, status = answer.probe.expect, answer.exchange.status
    accepted, refused = status == 200, 400 <= status < 500
    if (accepted and expect is not Expect.REJECT) or (refused and expect is not Expect.ACCEPT):
        return None
    return evidence(answer, EXPECTED[expect], _kind(expect, status))


def meets_contract(contract: Contract) -> Callable[[ProbeResult], Evidence | None]:
    """As ``meets_expectation``; and an answer of 200 is valid against schema and relations."""

    def judge_one(answer: ProbeResult) -> Evidence | None:
        problem = meets_expectation(answer)
        if problem is not None or answer.exchange.status != 200:
            return problem
        response, sent = answer.exchange.response, answer.exchange.request.body
        assert response is not None
        sent = sent if isinstance(sent, bytes) else None
        must = first_of(validate_response(response.body, sent, contract=contract))
        if must is None:
            return None
        return evidence(answer, f"{must.expected} at {must.pointer or 'the body'}", found=must.found)

    return judge_one


def evidence(answer: ProbeResult, expected: str, note: str = "", found: str = "") -> Evidence:
    """Evidence from *answer*; *found* stands for what came where its status and an excerpt do not tell it."""
    actual = found or f"{describe(answer.exchange)}{_excerpt(answer.exchange)}"
    return Evidence(
        expected, f"{note}: {actual}" if note else actual, answer.exchange, answer.probe.description
    )


def _kind(expect: Expect, status: int) -> str:
    if status == 0 or status >= 500:
        return "crashed"
    if 200 <= status < 300 and expect is Expect.REJECT:
        return "accepted"
    if 400 <= status < 500:
        return "refused"
    return "neither accepted nor refused"


def _excerpt(exchange: Exchange) -> str:
    if exchange.response is None or not exchange.response.body:
        return ""
    text = " ".join(exchange.response.body.decode("utf-8", "replace").split())
    return (
        f" {text}"
        if len(text) <= MAX_EXCERPT
        else f" {text[: MAX_EXCERPT // 2]} ... {text[-MAX_EXCERPT // 2 :]}"
    )
