"""What an answer says: served, refused, taken for something else, or a crash."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from conformance.http_client import Exchange
from conformance.validation import parse
from conformance.validation.embeddings import Vector, vectors_of
from conformance.validation.semantic_rules import inputs

LONGEST = 160
"""Characters of a target's own words that are repeated."""

BUSY = (429, 503)


class Outcome(StrEnum):
    """How a target took a request with a capability in it; unknown where it was too busy to say."""

    SERVED = "served"
    REFUSED = "refused"
    MISREAD = "misread"
    CRASHED = "crashed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reading:
    """An outcome, what came in a few words, its status (0 where nothing came), and the vectors of what was served."""

    outcome: Outcome
    note: str
    status: int
    vectors: tuple[Vector, ...] = ()


Wrong = Callable[[tuple[Vector, ...]], str]
"""Says what is wrong with vectors that came; empty where nothing is."""


def read(exchange: Exchange, hide: Callable[[str], str], wrong: Wrong = lambda vectors: "") -> Reading:
    """What *exchange* says, where vectors for each input are right unless *wrong* has something to say of them."""
    status = exchange.status
    if status in BUSY:
        return Reading(Outcome.UNKNOWN, said(exchange, hide), status)
    if status == 0 or status >= 500:
        return Reading(Outcome.CRASHED, said(exchange, hide), status)
    if status >= 400:
        return Reading(Outcome.REFUSED, said(exchange, hide), status)
    if status != 200:
        return Reading(Outcome.MISREAD, said(exchange, hide), status)
    vectors = vectors_in(exchange)
    note = wrong(vectors) if vectors else _unreadable(exchange)
    return Reading(Outcome.MISREAD if note else Outcome.SERVED, note or "200", status, vectors)


def vectors_in(exchange: Exchange) -> tuple[Vector, ...]:
    """The vectors of a response with one for each input; empty for any other response."""
    sent = exchange.request.body
    return tuple(vectors_of(exchange.body, sent) or ()) if isinstance(sent, bytes) else ()


def embeddings_of(exchange: Exchange) -> list[object]:
    """What stands in the places of the vectors."""
    if exchange.response is not None:
        match parse(exchange.response.body).value:
            case {"data": [*items]}:
                return [item.get("embedding") for item in items if isinstance(item, dict)]
    return []


def said(exchange: Exchange, hide: Callable[[str], str]) -> str:
    """Status and message of an answer, in one bounded line; or why there is none."""
    if exchange.response is None:
        return hide(exchange.failure.detail) if exchange.failure is not None else "no answer"
    where = exchange.response.header("location")
    message = f"to {where}" if where else _message(exchange.response.body)
    line = " ".join(hide(message).split())
    line = line if len(line) <= LONGEST else f"{line[:LONGEST]}..."
    return f"{exchange.response.status}{line and f' ({line})'}"


def _message(body: bytes) -> str:
    """The words for a person in the body of an error, of the usual shapes; or the beginning of its text."""
    match parse(body).value:
        case {"error": {"message": str(message)}} | {"error": str(message)}:
            return message
        case {"message": str(message)} | {"detail": str(message)}:
            return message
    return re.sub(r"<[^<>]*>", " ", body[: 20 * LONGEST].decode("utf-8", "replace"))


def _unreadable(exchange: Exchange) -> str:
    sent = parse(exchange.request.body if isinstance(exchange.request.body, bytes) else b"").value
    wanted, came = inputs(sent["input"]) if isinstance(sent, dict) else None, len(embeddings_of(exchange))
    if came != wanted:
        return f"200, and {came} embeddings came for {wanted}"
    return "200, and what came are no vectors of one length"
