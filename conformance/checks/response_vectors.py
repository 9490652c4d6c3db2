"""The vectors of the target's responses, decoded once for each exchange."""

from __future__ import annotations

from conformance.engine import ProbeResult
from conformance.http_client import Exchange
from conformance.validation.embeddings import Vector, vectors_of


class Vectors:
    """The vectors of answers, in the order of their inputs, decoded once for each exchange.

    Only what is right by itself is there to be compared: a vector for each input, all of one length, of numbers that
    are finite and not all zero. Whatever else is wrong is for area ``response`` to say, and said once.
    """

    def __init__(self) -> None:
        self._read: dict[int, tuple[Exchange, list[Vector] | None]] = {}

    def of(self, answer: ProbeResult) -> list[Vector] | None:
        """The vectors of *answer*, shape (dimensions,) each; None where it has none that can be compared."""
        exchange = answer.exchange
        if id(exchange) not in self._read:
            self._read[id(exchange)] = exchange, vectors_in(exchange)
        return self._read[id(exchange)][1]


def vectors_in(exchange: Exchange) -> list[Vector] | None:
    """The vectors of an exchange with status 200; None if they cannot be compared."""
    sent = exchange.request.body
    return vectors_of(exchange.body, sent) if exchange.status == 200 and isinstance(sent, bytes) else None
