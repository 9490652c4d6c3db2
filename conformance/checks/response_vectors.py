"""The vectors of the target's responses, decoded once for each exchange."""

from __future__ import annotations

from conformance.engine import ProbeResult
from conformance.http_client import Exchange
from conformance.validation.embeddings import Vector, vectors_of


class Vectors:
    """Decodes the vectors of responses, in the order of their inputs, once for each exchange.

    Only vectors without a fault of their own are compared: one for each input, all of one length, with finite numbers
    that are not all zero. Area ``response`` reports all other faults, once.
    """

    def __init__(self) -> None:
        self._decoded: dict[int, tuple[Exchange, list[Vector] | None]] = {}

    def of(self, result: ProbeResult) -> list[Vector] | None:
        """The vectors of *result*, shape (dimensions,) each; None if they cannot be compared."""
        exchange = result.exchange
        if id(exchange) not in self._decoded:
            self._decoded[id(exchange)] = exchange, vectors_in(exchange)
        return self._decoded[id(exchange)][1]


def vectors_in(exchange: Exchange) -> list[Vector] | None:
    """The vectors of an exchange with status 200; None if they cannot be compared."""
    sent = exchange.request.body
    return vectors_of(exchange.body, sent) if exchange.status == 200 and isinstance(sent, bytes) else None
