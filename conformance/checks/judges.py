"""Judges of single results: for requests that must be accepted, must be rejected, or may be either."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.engine import (
    THE_SERVER,
    Evidence,
    Expect,
    NothingToJudge,
    NotObservable,
    ProbeResult,
    describe_answer,
    describe_exchange,
    judges_each,
)
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
    if result.exchange.was_abandoned or result.probe.is_met_by(status):
        return None
    return evidence(result, result.probe.phrase, _kind(expect, status))


as_expected = judges_each(AS_EACH_PROBE_EXPECTS)(meets_expectation)
"""The judge of most checks."""


NO_SERVER_ERROR = "a status below 500"


def server_error(result: ProbeResult) -> Evidence | None:
    """Evidence against the target if it crashed: a 5xx, a dropped connection or a timeout."""
    return None if 200 <= result.exchange.status < 500 else evidence(result, NO_SERVER_ERROR)


is_no_server_error = judges_each(NO_SERVER_ERROR)(server_error)
"""The judge of checks whose only subject are crashes."""


def meets_contract(answers: Answers) -> Callable[[ProbeResult], Evidence | None]:
    """As ``meets_expectation``; in addition, a success must be valid by the schema and the semantic rules."""

    def judge_one(result: ProbeResult) -> Evidence | None:
        problem = meets_expectation(result)
        if problem is not None or not result.exchange.succeeded:
            return problem
        must = first_of(answers.of(result.exchange).violations.values())
        if must is None:
            return None
        return evidence(result, must.expectation, found=must.found)

    return judge_one


def evidence(
    result: ProbeResult,
    expected: str,
    verb: str = "",
    found: str = "",
    compared: Sequence[ProbeResult] = (),
) -> Evidence:
    """Evidence from *result*: what the server did (*verb*), or what was *found* in the response.

    Without *found*, it has the status and an excerpt of the body. *compared* are the results whose vectors do not have
    the expected relation.
    """
    exchange = result.exchange
    if verb:
        actual = f"{THE_SERVER}{verb}: " + (found or f"{describe_exchange(exchange)}{_excerpt(exchange)}")
    else:
        actual = found or f"{describe_answer(exchange)}{_excerpt(exchange)}"
    exchanges = tuple(one.exchange for one in compared)
    return Evidence(expected, actual, exchange, result.probe.description, compared=exchanges)


def require_answers(results: Sequence[ProbeResult]) -> None:
    """Raise NotObservable if the target rejected a request that it may reject, and no other one."""
    unmet = [result for result in results if not result.exchange.succeeded]
    if unmet and all(result.probe.expect is Expect.EITHER for result in unmet):
        which = unmet[0].probe.description
        raise NotObservable(f"the server rejects a request ({which}), which is allowed")


def rejected_results(results: Sequence[ProbeResult], what: str, worst: int = 499) -> list[ProbeResult]:
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
        return "accepted it"
    if 400 <= status < 500:
        return "rejected it"
    return "neither accepted nor rejected it"


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
