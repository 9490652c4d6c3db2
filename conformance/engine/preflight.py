"""The first request of a run: can the target be tested at all?"""

from __future__ import annotations

import asyncio
import time

from conformance.errors import UsageError
from conformance.http_client import Exchange, FailureKind

from .check import Probe
from .retry import retry_after
from .sender import OverBudget, Sender, failed

WAIT_503 = 10.0
"""Seconds that a target may answer 503 at the start, unless the user says otherwise."""

SHORTEST_PAUSE = 0.2
"""Seconds between two looks, whatever the target says: one that asks for none must not be flooded."""


class Unreachable(UsageError):
    """The target can not be tested at all: its very first request came to nothing."""

    def __init__(self, kind: str, detail: str, place: str) -> None:
        self.kind, self.detail, self.place = kind, detail, place
        super().__init__(f"{place} can not be tested, {kind}: {detail}")


async def first_answer(session: Sender, probe: Probe, wait: float | None) -> Exchange:
    """Send the run's first request, waiting for a target that is starting up.

    A 503 is waited for *wait* seconds, WAIT_503 by default; a refused connection only when *wait* is given.
    """
    begin = time.monotonic()
    exchange = await session.send(probe)
    while (patience := _patience(exchange, wait)) is not None:
        pause = max(SHORTEST_PAUSE, min(retry_after(exchange, 1), patience / 20))
        if time.monotonic() + pause - begin > patience:
            return exchange
        await asyncio.sleep(pause)
        try:
            exchange = await session.send(probe)
        except OverBudget:
            return exchange
    return exchange


def _patience(exchange: Exchange, wait: float | None) -> float | None:
    """Seconds that are to be waited in all for better than *exchange*; None where it tells all."""
    if failed(exchange, FailureKind.REFUSED):
        return wait or 0.0
    if exchange.response is not None and exchange.response.status == 503:
        return WAIT_503 if wait is None else wait
    return None
