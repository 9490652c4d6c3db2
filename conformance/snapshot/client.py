"""Send the requests of a snapshot: a few at once, with retries while the target is busy."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from conformance.engine.retry import is_busy, retry_after
from conformance.http_client import Exchange, Request, Target, send_until_received

MAX_TRIES = 5
"""Tries of one request."""

MAX_PAUSE = 60.0
"""Seconds that one retry waits at most, whatever the target asks for."""


@dataclass
class SnapshotClient:
    """A client of one target that sends at most *concurrency* requests at once. ``sent`` counts them."""

    target: Target
    concurrency: int = 4
    sent: int = 0
    _slots: asyncio.Semaphore = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._slots = asyncio.Semaphore(self.concurrency)

    async def send(self, request: Request) -> Exchange:
        """Send *request*, and again while the target is busy, for a limited time."""
        async with self._slots:
            for attempt in range(1, MAX_TRIES + 1):
                exchange = await send_until_received(self.target, request)
                self.sent += 1
                if not is_busy(exchange) or attempt == MAX_TRIES:
                    break
                await asyncio.sleep(min(MAX_PAUSE, retry_after(exchange, attempt)))
            return exchange
