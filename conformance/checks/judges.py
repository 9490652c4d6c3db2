"""Judges of single results: accepted, rejected, or either."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.engine import Evidence, Expect, NothingToJudge, ProbeResult, describe, judges_each
from conformance.http_client import Exchange
from conformance.validation import first_of

from .answers import Answers
from .context import Context

MAX_EXCERPT = 160

AS_EACH_PROBE_EXPECTS = ""
"""The sentence of a judge that accepts what each probe expects: the check derives it from its probes."""


def meets_expectation(result: ProbeResult) -> Evidence | None:
    """Evidence against the target if *result* is not what its probe expects.

    A 5xx, a dropped connection and a timeout are crashes; a 3xx is neither acceptance nor rejection.
    """
    expect, status = result.probe.expect, result.exchange.status
    accepted, rejected = status == 200, 400 <= status < 500
    if result.exchange.was_abandoned:
        return None
    if (accepted and expect is not Expect.REJECT) or (rejected and expect is not Expect.ACCEPT):
        return None
    return evidence(result, expect.phrase, _kind(expect, status))


as_expected = judges_each(AS_EACH_PROBE_EXPECTS)(meets_expectation)
"""The judge of most checks."""


def meets_contract(answers: Answers) -> Callable[[ProbeResult], Evidence | None]:
    """As ``meets_expectation``; in addition, a 200 must be valid by the schema and the semantic rules."""

    def judge_one(result: ProbeResult) -> Evidence | None:
        problem = meets_expectation(result)
        if problem is not None or result.exchange.status != 200:
            return problem
        must = first_of(answers.of(result.exchange).violations.values())
        if must is None:
            return None
        return evidence(result, f"{must.expected} at {must.pointer or 'the body'}", found=must.found)

    return judge_one


def evidence(result: ProbeResult, expected: str, note: str = "", found: str = "") -> Evidence:
    """Evidence from *result*; *found* replaces the status and the excerpt of the body."""
    actual = found or f"{describe(result.exchange)}{_excerpt(result.exchange)}"
    return Evidence(
        expected, f"{note}: {actual}" if note else actual, result.exchange, result.probe.description
    )


def rejected(results: Sequence[ProbeResult], what: str, worst: int = 499) -> list[ProbeResult]:
    """The results with a status from 400 to *worst*. Raises NothingToJudge if there are none; *what* was sent."""
    found = [result for result in results if 400 <= result.exchange.status <= worst]
    if not found:
        raise NothingToJudge(f"{what} was rejected")
    return found


def header_of(result: ProbeResult, name: str) -> str | None:
    """The value of a response header; None without the header or without a response."""
    response = result.exchange.response
    return None if response is None else response.header(name)


def has_embedding(context: Context, result: ProbeResult) -> bool:
    """Whether the response contains an embedding, whatever its status."""
    return context.answers.of(result.exchange).embedding is not None


def _kind(expect: Expect, status: int) -> str:
    if status == 0 or status >= 500:
        return ""
    if 200 <= status < 300 and expect is Expect.REJECT:
        return "accepted"
    if 400 <= status < 500:
        return "rejected"
    return "neither accepted nor rejected"


def _excerpt(exchange: Exchange) -> str:
    if not exchange.body:
        return ""
    text = " ".join(exchange.body.decode("utf-8", "replace").split())
    if exchange.response is not None and exchange.response.omitted:
        return f" {text[:MAX_EXCERPT]} ..."
    return (
        f" {text}"
        if len(text) <= MAX_EXCERPT
        else f" {text[: MAX_EXCERPT // 2]} ... {text[-MAX_EXCERPT // 2 :]}"
    )
