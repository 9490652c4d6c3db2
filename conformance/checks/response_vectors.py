"""The vectors of the target's responses, decoded once for each exchange."""

from __future__ import annotations

from weakref import finalize

from conformance.engine import ProbeResult
from conformance.http_client import Exchange
from conformance.validation.embeddings import Vector, vectors_of


class Vectors:
    """Decodes the vectors of responses, in the order of their inputs, once for each exchange.

    Only vectors without a fault of their own are compared: one for each input, all of one length, with finite numbers
    that are not all zero. Area ``response`` reports all other faults, once.
    """

    def __init__(self) -> None:
        self._decoded: dict[int, list[Vector] | None] = {}

    def of(self, result: ProbeResult) -> list[Vector] | None:
        """The vectors of *result*, shape (dimensions,) each; None if they cannot be compared."""
        key = id(result.exchange)
        if key not in self._decoded:
            self._decoded[key] = vectors_in(result.exchange)
            # The vectors of a large batch take many megabytes: free them with the exchange, not later.
            finalize(result.exchange, self._decoded.pop, key).atexit = False
        return self._decoded[key]


def vectors_in(exchange: Exchange) -> list[Vector] | None:
    """The vectors of an exchange with status 200; None if they cannot be compared."""
    sent = exchange.request.body
    return vectors_of(exchange.body, sent) if exchange.status == 200 and isinstance(sent, bytes) else None
