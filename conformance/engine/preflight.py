"""The first request of a run: can the target be tested at all?"""

from __future__ import annotations

import asyncio

from conformance.errors import UsageError
from conformance.http_client import Exchange, FailureKind, Target

from .check import Probe
from .clock import loop_time
from .endings import SendingEnded
from .retry import retry_after
from .transmission import Transmission, failed_with

WAIT_503 = 10.0
"""Seconds that a target may answer 503 at the start, unless the user sets another time."""

SHORTEST_PAUSE = 0.2
"""Seconds between two tries, even if ``Retry-After`` is 0: the target must not be flooded."""


UNTESTABLE = frozenset(
    {FailureKind.REFUSED, FailureKind.UNRESOLVED, FailureKind.TLS, FailureKind.TIMEOUT, FailureKind.NOT_HTTP}
)
"""Failures of the very first request after which nothing can be tested. Any HTTP response can be tested."""


class Unreachable(UsageError):
    """The target cannot be tested at all: its very first request failed."""

    def __init__(self, kind: str, detail: str, place: str) -> None:
        self.kind, self.detail, self.place = kind, detail, place
        super().__init__(f"{place} cannot be tested ({kind}): {detail}")


async def first_exchange(transmission: Transmission, probe: Probe, wait: float | None) -> Exchange:
    """Send the first request of the run, and wait for a target that is starting.

    A 503 is retried for *wait* seconds, by default WAIT_503; a refused connection only if *wait* is given.
    """
    begin = loop_time()
    exchange = await transmission.send_in_slot(probe)
    while (longest := _longest_wait(exchange, wait)) is not None:
        pause = max(SHORTEST_PAUSE, min(retry_after(exchange, 1), longest / 20))
        if loop_time() + pause - begin > longest:
            return exchange
        await asyncio.sleep(pause)
        try:
            exchange = await transmission.send_in_slot(probe)
        except SendingEnded:
            return exchange
    return exchange


def require_testable(first: Exchange, target: Target) -> None:
    """Raise Unreachable if after the *first* exchange with *target* nothing can be tested."""
    if first.failure is not None and first.failure.kind in UNTESTABLE:
        place = " ".join(target.description.values())
        raise Unreachable(first.failure.kind.value, first.failure.detail, place)


def _longest_wait(exchange: Exchange, wait: float | None) -> float | None:
    """Seconds to wait in all for a better exchange; None if *exchange* is final."""
    if failed_with(exchange, FailureKind.REFUSED):
        return wait or 0.0
    if exchange.status == 503:
        return WAIT_503 if wait is None else wait
    return None
