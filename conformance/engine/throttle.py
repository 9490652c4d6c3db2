"""The gate that all requests of a run go through: so many at once, so many a second, none while quiet is asked for."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Gate:
    """Pass it to send one request.

    At first *concurrency* requests may be under way at once, and *rate* begin in a second (None for no limit). Each
    time that the target asks for quiet, everybody waits, and then half as many go at once: a server that counts its
    callers would otherwise turn the same ones away again and again.
    """

    def __init__(self, concurrency: int, rate: float | None) -> None:
        self._width, self._inside = concurrency, 0
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()
        self._one_alone, self._closed, self._left = asyncio.Lock(), False, asyncio.Event()
        self._interval = 0.0 if rate is None else 1 / rate
        self._next_start = self._quiet_until = 0.0

    def quiet(self, seconds: float) -> None:
        """Let no request begin for so many *seconds*, and fewer at once afterwards."""
        now = time.monotonic()
        if now >= self._quiet_until:
            self._width = max(1, self._width // 2)
        self._quiet_until = max(self._quiet_until, now + seconds)

    @asynccontextmanager
    async def passed(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """Wait for a place, in the order of coming, the *urgent* ones first; leave it at the end."""
        await self._enter(self._urgent if urgent else self._others)
        try:
            while (pause := self._quiet_until - time.monotonic()) > 0:
                await asyncio.sleep(pause)
            await self._pace()
            yield
        finally:
            self._leave()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        """Wait for a place with nobody else inside, and keep it so."""
        async with self._one_alone, self.passed(urgent=True):
            self._closed = True
            try:
                while self._inside > 1:
                    self._left.clear()
                    await self._left.wait()
                yield
            finally:
                self._closed = False
                self._admit()

    async def _enter(self, queue: deque[asyncio.Future[None]]) -> None:
        place = asyncio.get_running_loop().create_future()
        queue.append(place)
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        """Give the place to another, but not before whoever leaves had the time to come back with something urgent."""
        self._inside -= 1
        self._left.set()
        asyncio.get_running_loop().call_soon(self._admit)

    def _admit(self) -> None:
        while not self._closed and self._inside < self._width and (queue := self._urgent or self._others):
            place = queue.popleft()
            if not place.done():
                self._inside += 1
                place.set_result(None)

    async def _pace(self) -> None:
        if self._interval:
            start = max(time.monotonic(), self._next_start)
            self._next_start = start + self._interval
            await asyncio.sleep(start - time.monotonic())
