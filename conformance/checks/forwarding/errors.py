"""Area ``forwarding``: what becomes of an upstream's failure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from functools import cache, partial

from conformance.checks.auth.bypass import SEARCHED
from conformance.checks.judges import evidence
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Judge, NothingToJudge, NotObservable, Probe, ProbeResult
from conformance.reference.mock_upstream.recording import Misbehaviour, Reply, Script
from conformance.validation import parse

from .arrivals import Pair, arrivals

Look = Callable[[ProbeResult], Evidence | None]
Make = Callable[[Pair, Requirement], Check]

SERVER_ERRORS = frozenset(range(500, 600))
RETRY_AFTER = 2
"""Seconds; short, because some gateways wait for it themselves."""

HTML = (
    b"<!DOCTYPE html><html><head><title>Oops</title></head><body><h1>Something went wrong</h1></body></html>"
)
AS_HTML = (("Content-Type", "text/html"),)


def _refusal(status: int, kind: str, *headers: tuple[str, str]) -> Reply:
    error = {"message": "The upstream was told to fail.", "type": kind, "param": None, "code": None}
    body = json.dumps({"error": error}).encode()
    return Reply(status, body, (("Content-Type", "application/json"), *headers))


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure of the upstream; ``kept`` are the statuses that tell a client what it is."""

    description: str
    script: Script
    kept: frozenset[int] = SERVER_ERRORS


FAILURES: Mapping[str, Failure] = {
    "400": Failure("a 400", _refusal(400, "invalid_request_error"), frozenset({400})),
    "401": Failure("a 401", _refusal(401, "authentication_error")),
    "404": Failure("a 404", _refusal(404, "invalid_request_error"), frozenset({404})),
    "429": Failure(
        "a 429", _refusal(429, "rate_limit_error", ("Retry-After", str(RETRY_AFTER))), frozenset({429})
    ),
    "500": Failure("a 500", _refusal(500, "server_error")),
    "502": Failure("a 502 with a page", Reply(502, HTML, AS_HTML)),
    "503": Failure("a 503", _refusal(503, "server_error")),
    "malformed": Failure(
        "a 200 with JSON cut off", Reply(200, b'{"object":"list","data":[{"embedding":[0.1,')
    ),
    "html": Failure("a 200 with a page", Reply(200, HTML, AS_HTML)),
    "error-object": Failure("a 200 with an error", _refusal(200, "server_error")),
    "dropped": Failure("a dropped connection", Misbehaviour.DROP),
    "no-response": Failure("silence", Misbehaviour.HANG, SERVER_ERRORS | {408}),
}
"""What upstreams do, by the last part of a requirement's id."""


def error_makers() -> dict[str, Make]:
    """What makes the checks of failures: all look at the same answers, one for each failure."""
    probe_of = cache(_probe)
    makers = {
        "forwarding.retry-after": _make(probe_of, ["429"], _retry_after, "forwarding.status.429"),
        "forwarding.error.secret": _make(probe_of, FAILURES, _secret),
        "forwarding.error.json": _make(probe_of, FAILURES, _as_json),
    }
    for name, failure in FAILURES.items():
        error = f"forwarding.error.{name}"
        makers[error] = _make(probe_of, [name], _honest)
        makers[f"forwarding.status.{name}"] = _make(probe_of, [name], partial(_kept, failure), error)
    return makers


def _probe(pair: Pair, name: str) -> Probe:
    failure = FAILURES[name]
    return pair.probe(f"an upstream that gives {failure.description}", pair.text(), script=failure.script)


def _make(probe_of: Callable[[Pair, str], Probe], names: Iterable[str], look: Look, *needs: str) -> Make:
    def make(pair: Pair, requirement: Requirement) -> Check:
        probes = tuple(probe_of(pair, name) for name in names)
        return Check(requirement, probes, _met(look), ("forwarding.received", *needs))

    return make


def _met(look: Look) -> Judge:
    """A judge of answers to requests that met with the failure."""

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        met = [answer for answer in answers if arrivals(answer)]
        if not met:
            raise NothingToJudge("no request arrived at the upstream while it was to fail")
        for answer in met:
            if (found := look(answer)) is not None:
                yield found

    return judge


def _honest(answer: ProbeResult) -> Evidence | None:
    if answer.exchange.status >= 400:
        return None
    return evidence(answer, "an error, 4xx or 5xx")


def _kept(failure: Failure, answer: ProbeResult) -> Evidence | None:
    if answer.exchange.status in failure.kept:
        return None
    wanted = "a 5xx" if len(failure.kept) > 1 else f"{min(failure.kept)}"
    return evidence(answer, f"{wanted} for {failure.description} of the upstream")


def _retry_after(answer: ProbeResult) -> Evidence | None:
    """A longer time is fine, and so is a date."""
    response = answer.exchange.response
    value = response.header("retry-after") if response is not None else None
    if value is not None and _is_later(value):
        return None
    return evidence(
        answer, f"Retry-After {RETRY_AFTER}, as the upstream said", found=f"429 with {value or 'none'}"
    )


def _is_later(value: str) -> bool:
    if value.isascii() and value.isdecimal():
        return int(value) >= RETRY_AFTER
    try:
        return bool(parsedate_to_datetime(value))
    except ValueError:
        return False


def _secret(answer: ProbeResult) -> Evidence | None:
    arrived = {secret for arrival in arrivals(answer) for secret in arrival.credentials()}
    secrets = [secret for secret in arrived if len(secret) >= SEARCHED]
    if not secrets:
        raise NotObservable(f"the gateway gives its upstream no credential of {SEARCHED} characters")
    response = answer.exchange.response
    if response is None:
        return None
    said = response.body.decode("utf-8", "replace") + "\n".join(value for _, value in response.headers)
    if not any(secret in said for secret in secrets):
        return None
    return evidence(answer, "no credential of the upstream in the answer", found="the one that arrived there")


def _as_json(answer: ProbeResult) -> Evidence | None:
    response = answer.exchange.response
    if response is None or response.status < 400 or isinstance(parse(response.body).value, dict):
        return None
    return evidence(answer, "a JSON object as the body of an error")
