"""Who was under way together: a server that one request brings down drops its neighbours too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from conformance.http_client import Exchange, FailureKind

BAD_GATEWAY = 502
"""What a proxy says for a backend that has dropped the request (RFC 9110, section 15.6.3)."""


class Company:
    """Counts the requests under way that a target might break on, to tell whom they may have taken with them."""

    def __init__(self) -> None:
        self._begun = self._under_way = 0

    @contextmanager
    def joined(self, *, risky: bool) -> Iterator[Callable[[], bool]]:
        """Be under way; what is given says whether a risky request, other than this one, has been so meanwhile."""
        found, own = self._under_way, int(risky)
        begun = self._begun = self._begun + own
        self._under_way += own
        try:
            yield lambda: found > 0 or self._begun > begun
        finally:
            self._under_way -= own


def was_dropped(exchange: Exchange) -> bool:
    """Whether the target, or what stands behind it, went away in the middle of the exchange."""
    if exchange.response is not None:
        return exchange.response.status == BAD_GATEWAY
    return exchange.failure is not None and exchange.failure.kind is FailureKind.DROPPED
