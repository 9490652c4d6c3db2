"""Area ``forwarding``: the gateway's responses to failures of the upstream."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache

from conformance.checks.answers import Answers
from conformance.checks.echoes import MIN_SECRET
from conformance.checks.judges import evidence, header_of
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Judge,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    judges_all,
)
from conformance.reference.mock_upstream import Compressed, Misbehavior, Script, UpstreamResponse

from .probes import RECEIVED, GatewayMaker, GatewayMakers, GatewayProbes
from .upstream_requests import secrets_of, upstream_requests

MakeJudge = Callable[[Answers], Judge]
"""Makes a judge that needs the facts of the responses."""

SERVER_ERRORS = frozenset(range(500, 600))
RETRY_AFTER = 2
"""Seconds; short, because some gateways wait for it themselves."""

HTML = (
    b"<!DOCTYPE html><html><head><title>Oops</title></head><body><h1>Something went wrong</h1></body></html>"
)
AS_HTML = (("Content-Type", "text/html"),)


def _error(status: int, kind: str, *headers: tuple[str, str]) -> UpstreamResponse:
    error = {"message": "The upstream was told to fail.", "type": kind, "param": None, "code": None}
    body = json.dumps({"error": error}).encode()
    return UpstreamResponse(status, body, (("Content-Type", "application/json"), *headers))


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure of the upstream: its ``behavior``, to complete "an upstream that ...".

    ``statuses`` are the right ones of the gateway, in words: ``expected``.
    """

    behavior: str
    script: Script
    statuses: frozenset[int] = SERVER_ERRORS
    expected: str = "a 5xx"


FAILURES: Mapping[str, Failure] = {
    "400": Failure("responds with a 400", _error(400, "invalid_request_error"), frozenset({400}), "400"),
    "401": Failure("responds with a 401", _error(401, "authentication_error")),
    "404": Failure("responds with a 404", _error(404, "invalid_request_error"), frozenset({404}), "404"),
    "429": Failure(
        "responds with a 429",
        _error(429, "rate_limit_error", ("Retry-After", str(RETRY_AFTER))),
        frozenset({429}),
        "429",
    ),
    "500": Failure("responds with a 500", _error(500, "server_error")),
    "502": Failure("responds with a 502 and an HTML page", UpstreamResponse(502, HTML, AS_HTML)),
    "503": Failure("responds with a 503", _error(503, "server_error")),
    "compressed": Failure(
        "responds with a compressed 400",
        Compressed(_error(400, "invalid_request_error")),
        frozenset({400}),
        "400",
    ),
    "malformed": Failure(
        "responds with a 200 and truncated JSON",
        UpstreamResponse(200, b'{"object":"list","data":[{"embedding":[0.1,'),
    ),
    "html": Failure("responds with a 200 and an HTML page", UpstreamResponse(200, HTML, AS_HTML)),
    "error-object": Failure("responds with a 200 and an error object", _error(200, "server_error")),
    "dropped": Failure("drops the connection", Misbehavior.DROP),
    "no-response": Failure("does not respond", Misbehavior.HANG, SERVER_ERRORS | {408}, "a 5xx or 408"),
}
"""Failures of upstreams, by the last part of a requirement's id."""


def error_checks() -> GatewayMakers:
    """Makers of all checks of failures; they share the probes, one for each failure."""
    probe_of = cache(_probe)

    def check(names: Iterable[str], judge: Judge | MakeJudge, *needs: str) -> GatewayMaker:
        def make(probes: GatewayProbes, requirement: Requirement) -> Check:
            found = tuple(probe_of(probes, name) for name in names)
            made = judge if isinstance(judge, Judge) else judge(probes.context.answers)
            return Check(requirement, found, made, (RECEIVED, *needs))

        return make

    makers: dict[str, GatewayMaker] = {
        "forwarding.retry-after": check(["429"], _keeps_retry_after, "forwarding.status.429"),
        "forwarding.error.secret": check(FAILURES, _contains_no_credential),
        "forwarding.error.json": check(FAILURES, _is_json_object),
    }
    for name, failure in FAILURES.items():
        error = f"forwarding.error.{name}"
        makers[error] = check([name], _is_error)
        makers[f"forwarding.status.{name}"] = check([name], _has_status(failure), error)
    return makers


def _probe(probes: GatewayProbes, name: str) -> Probe:
    failure = FAILURES[name]
    description = f"an upstream that {failure.behavior}"
    return probes.probe(description, probes.text(), script=failure.script)


def _judges_failures(expected: str) -> Callable[[Callable[[ProbeResult], Evidence | None]], Judge]:
    """Decorate a function of one result: a judge of results for which the upstream has failed."""

    def decorate(judge_one: Callable[[ProbeResult], Evidence | None]) -> Judge:
        @judges_all(expected)
        def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
            failed = [result for result in results if upstream_requests(result)]
            if not failed:
                raise NothingToJudge("no request reached the upstream while it was failing")
            for result in failed:
                if (found := judge_one(result)) is not None:
                    yield found

        return judge

    return decorate


@_judges_failures("a 4xx or 5xx")
def _is_error(result: ProbeResult) -> Evidence | None:
    return None if result.exchange.status >= 400 else evidence(result, "a 4xx or 5xx")


def _has_status(failure: Failure) -> Judge:
    @_judges_failures(failure.expected)
    def judge(result: ProbeResult) -> Evidence | None:
        if result.exchange.status in failure.statuses:
            return None
        return evidence(result, f"{failure.expected} if the upstream {failure.behavior}")

    return judge


@_judges_failures(f"Retry-After of at least {RETRY_AFTER} s, as from the upstream, or a date")
def _keeps_retry_after(result: ProbeResult) -> Evidence | None:
    value = header_of(result, "retry-after")
    if value is not None and _is_long_enough(value):
        return None
    expected = f"Retry-After {RETRY_AFTER}, as from the upstream"
    return evidence(
        result, expected, found="429 without it" if value is None else f"429 with Retry-After {value}"
    )


def _is_long_enough(value: str) -> bool:
    if value.isascii() and value.isdecimal():
        return int(value) >= RETRY_AFTER
    try:
        return bool(parsedate_to_datetime(value))
    except ValueError:
        return False


def _contains_no_credential(answers: Answers) -> Judge:
    @_judges_failures("no credential for the upstream in the response")
    def judge(result: ProbeResult) -> Evidence | None:
        secrets = secrets_of(upstream_requests(result))
        if not secrets:
            reason = f"the gateway sends its upstream no credential of at least {MIN_SECRET} characters"
            raise NotObservable(reason)
        if answers.of(result.exchange).secrets.isdisjoint(secrets):
            return None
        expected = "no credential for the upstream in the response"
        return evidence(result, expected, found="the one that the upstream received")

    return judge


def _is_json_object(answers: Answers) -> Judge:
    @_judges_failures("a JSON object as the body of each 4xx or 5xx response")
    def judge(result: ProbeResult) -> Evidence | None:
        answer = answers.of(result.exchange)
        if result.exchange.status < 400 or answer.is_object or not answer.is_complete:
            return None
        return evidence(result, "a JSON object as the body of an error response")

    return judge
