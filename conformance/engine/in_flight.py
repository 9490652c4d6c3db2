"""Requests in flight at the same time: a server that crashes on one request drops the others too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from conformance.http_client import Exchange, FailureKind

BAD_GATEWAY = 502
"""The response of a proxy whose backend dropped the request (RFC 9110, section 15.6.3)."""


class RequestsInFlight:
    """Counts the risky requests in flight: requests that a target may crash on, so that others are dropped too."""

    def __init__(self) -> None:
        self._started = self._in_flight = 0

    @contextmanager
    def added(self, *, risky: bool) -> Iterator[Callable[[], bool]]:
        """Count a request while it is in flight.

        The yielded function returns whether another risky request was in flight at any time since then.
        """
        others, own = self._in_flight, int(risky)
        started = self._started = self._started + own
        self._in_flight += own
        try:
            yield lambda: others > 0 or self._started > started
        finally:
            self._in_flight -= own


def was_dropped(exchange: Exchange) -> bool:
    """Whether the target, or the backend of a proxy, dropped the request."""
    if exchange.response is not None:
        return exchange.status == BAD_GATEWAY
    return exchange.failure is not None and exchange.failure.kind is FailureKind.DROPPED
