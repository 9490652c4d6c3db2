"""Asks a target one thing after the other: few requests, patiently, and counted."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from conformance.engine.retry import is_busy, retry_after
from conformance.http_client import Exchange, Request, Target

MOST_REQUESTS = 60
"""Requests of one discovery, without those that are asked again because the target was busy."""

TRIES = 4
MOST_SECONDS = 120.0
"""Seconds that are waited in all for a target that says it is busy."""


class Enough(Exception):
    """The budget of requests is used up."""


@dataclass
class Asker:
    """One target, and what all requests to it have shown.

    ``hide`` masks credentials in what the target says. ``slowest`` is in seconds; ``rate`` are the requests a second
    that the target took before it said that they were too many, None where it never did.
    """

    target: Target
    hide: Callable[[str], str] = field(default=lambda text: text)
    sent: int = 0
    slowest: float = 0.0
    rate: float | None = None
    _asked: int = 0
    _waited: float = 0.0
    _window: tuple[float, int] = field(default_factory=lambda: (time.monotonic(), 0))

    async def ask(self, request: Request) -> Exchange:
        """Send *request*, and send it again where the target was busy. Raises Enough beyond the budget."""
        if self._asked == MOST_REQUESTS:
            raise Enough
        self._asked += 1
        for attempt in range(1, TRIES + 1):
            exchange = await self._send(request)
            pause = retry_after(exchange, attempt)
            if not is_busy(exchange) or attempt == TRIES or self._waited + pause > MOST_SECONDS:
                break
            self._waited += pause
            await asyncio.sleep(pause)
            self._window = time.monotonic(), 0
        return exchange

    async def _send(self, request: Request) -> Exchange:
        exchange = await self.target.send(request)
        self.sent += 1
        began, count = self._window
        self._window = began, count + 1
        if not is_busy(exchange):
            self.slowest = max(self.slowest, exchange.seconds)
        elif exchange.response is not None and exchange.response.status == 429:
            seconds = time.monotonic() - began + retry_after(exchange, 1)
            rate = max(1, count) / max(seconds, 0.001)
            self.rate = rate if self.rate is None else min(rate, self.rate)
        return exchange
