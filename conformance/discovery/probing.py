"""The outcome of a probe: accepted, rejected, misinterpreted, or crashed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from conformance.contract.roles import Roles
from conformance.engine.retry import is_busy
from conformance.http_client import Exchange, FailureKind
from conformance.validation import parse_json
from conformance.validation.embeddings import Vector, vectors_of
from conformance.validation.large_json import large_value
from conformance.validation.semantic_rules import count_inputs

MAX_MESSAGE = 160
"""The maximum number of characters that are quoted from a target's message."""


TOKENS = re.compile(r"(?<![\d,.])(\d{1,3}(?:,\d{3})+|\d{1,9}) (?:prompt |input )?tokens", re.IGNORECASE)
"""As in "maximum context length is 256 tokens, however you requested 1,000 tokens"."""


class Outcome(StrEnum):
    """How a target handled a request. UNANSWERED: no response in time. UNKNOWN: it was too busy.

    NOT_SENT: the contract does not allow the request, so that it says nothing about the target.
    """

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    MISINTERPRETED = "misinterpreted"
    CRASHED = "crashed"
    UNANSWERED = "unanswered"
    UNKNOWN = "unknown"
    NOT_SENT = "not sent"


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """An outcome, a short ``note`` on the response, its ``status`` (0: none), and the vectors of a success.

    ``seconds`` is the duration. ``named_limit`` is the number of tokens that a rejection names as its limit, or None.
    """

    outcome: Outcome
    note: str
    status: int
    vectors: tuple[Vector, ...] = ()
    seconds: float = 0.0
    named_limit: int | None = None


VectorCheck = Callable[[tuple[Vector, ...]], str]
"""Returns what is wrong with the vectors of a response; empty if they are right."""


def read_result(
    exchange: Exchange,
    redact: Callable[[str], str],
    roles: Roles,
    check: VectorCheck = lambda vectors: "",
) -> ProbeResult:
    """Classify *exchange*. A success is accepted if it has a vector for each input and *check* returns no problem."""
    status = exchange.status
    if is_busy(exchange):
        return ProbeResult(Outcome.UNKNOWN, response_summary(exchange, redact), status)
    if exchange.failure is not None and exchange.failure.kind is FailureKind.TIMEOUT:
        return ProbeResult(Outcome.UNANSWERED, response_summary(exchange, redact), status)
    if status == 0 or status >= 500:
        return ProbeResult(Outcome.CRASHED, response_summary(exchange, redact), status)
    if status >= 400:
        limit = named_limit(_message(exchange.body))
        return ProbeResult(Outcome.REJECTED, response_summary(exchange, redact), status, named_limit=limit)
    if not exchange.succeeded:
        return ProbeResult(Outcome.MISINTERPRETED, response_summary(exchange, redact), status)
    vectors = vectors_in(exchange, roles)
    problem = check(vectors) if vectors else _invalid_vectors(exchange, roles)
    outcome = Outcome.MISINTERPRETED if problem else Outcome.ACCEPTED
    return ProbeResult(outcome, problem or str(status), status, vectors, exchange.seconds)


def named_limit(message: str) -> int | None:
    """The number of tokens that *message* names as a limit: the smallest one that it calls tokens."""
    numbers = [int(found.replace(",", "")) for found in TOKENS.findall(message)]
    return min((number for number in numbers if number > 1), default=None)


def vectors_in(exchange: Exchange, roles: Roles) -> tuple[Vector, ...]:
    """The vectors of a response that has one for each input; empty for any other response."""
    sent = exchange.request.body
    return tuple(vectors_of(exchange.body, sent, roles) or ()) if isinstance(sent, bytes) else ()


def embeddings_of(exchange: Exchange, roles: Roles) -> list[object]:
    """The vectors in a response, of any type; empty for a body of another form."""
    return list(map(roles.vector_of, _items(exchange, roles)))


def _items(exchange: Exchange, roles: Roles) -> list[object]:
    if exchange.response is None:
        return []
    items = roles.items_of(large_value(exchange.response.body)) or ()
    return [item for item in items if not roles.vector or isinstance(item, dict)]


def response_summary(exchange: Exchange, redact: Callable[[str], str]) -> str:
    """Status and message of a response in one line of limited length; without a response, the reason."""
    if exchange.response is None:
        return redact(exchange.failure.detail) if exchange.failure is not None else "no response"
    location = exchange.response.header("location")
    message = f"to {location}" if location else _message(exchange.response.body)
    line = " ".join(redact(message).split())
    line = line if len(line) <= MAX_MESSAGE else f"{line[:MAX_MESSAGE]}..."
    return f"{exchange.response.status}{line and f' ({line})'}"


def _message(body: bytes) -> str:
    """The message in the body of an error of a usual form; else the beginning of the body, without markup."""
    match large_value(body):
        case {"error": {"message": str(message)}} | {"error": str(message)}:
            return message
        case {"message": str(message)} | {"detail": str(message)}:
            return message
    return re.sub(r"<[^<>]*>", " ", body[: 20 * MAX_MESSAGE].decode("utf-8", "replace"))


def _invalid_vectors(exchange: Exchange, roles: Roles) -> str:
    sent = parse_json(exchange.request.body if isinstance(exchange.request.body, bytes) else b"").value
    inputs = count_inputs(roles.texts_of(sent))
    items = _items(exchange, roles)
    if len(items) != inputs:
        return f"200, but with {len(items)} instead of {inputs} embeddings"
    return "200, but its embeddings are not vectors of one length"
