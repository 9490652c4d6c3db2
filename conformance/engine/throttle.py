"""The throttle of a run: limits concurrent requests and their rate, and pauses when the target requests it."""

from __future__ import annotations

import asyncio
import heapq
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from itertools import count

from .clock import now

URGENT = -1
"""The cost of canaries and retries, which go first."""


class Throttle:
    """Gives out slots, one for each request, the cheapest requests first.

    At first, *concurrency* slots exist, and *rate* requests may begin in a second (None: no limit). Each pause
    halves the number of slots: a server that limits concurrent clients would otherwise reject the same requests
    again and again.
    """

    def __init__(self, concurrency: int, rate: float | None) -> None:
        self._slots, self._taken = concurrency, 0
        self._waiting: list[tuple[int, int, asyncio.Future[None]]] = []
        self._order = count()
        self._exclusive, self._closed, self._freed = asyncio.Lock(), False, asyncio.Event()
        self._interval = 0.0 if rate is None else 1 / rate
        self._next_start = self._paused_until = 0.0

    @property
    def slots(self) -> int:
        """How many requests may be in flight."""
        return self._slots

    def pause(self, seconds: float) -> None:
        """Start no request for this time, and allow fewer concurrent requests afterwards."""
        begin = now()
        if begin >= self._paused_until:
            self.narrow()
        self._paused_until = max(self._paused_until, begin + seconds)

    def narrow(self) -> None:
        """Allow half as many concurrent requests from now on."""
        self._slots = max(1, self._slots // 2)

    @contextmanager
    def widened(self, slots: int) -> Iterator[None]:
        """Allow at least so many concurrent requests; as many as before afterwards, or fewer if it was narrowed."""
        before = self._slots
        self._slots = max(before, slots)
        try:
            yield
        finally:
            self._slots = min(before, self._slots)

    @asynccontextmanager
    async def slot(self, cost: int = 0) -> AsyncIterator[None]:
        """Hold a slot. Of the waiting requests, the one with the least *cost* gets the next slot."""
        await self._take(cost)
        try:
            yield
        finally:
            self._free()

    @asynccontextmanager
    async def exclusive_slot(self, cost: int = 0) -> AsyncIterator[None]:
        """Hold the only slot: wait for the others, and give out no more."""
        async with self._exclusive, self.slot(cost):
            self._closed = True
            try:
                while self._taken > 1:
                    self._freed.clear()
                    await self._freed.wait()
                yield
            finally:
                self._closed = False
                self._give_out()

    async def wait_for_start(self) -> None:
        """Wait until the pauses and the rate allow a request to begin."""
        while (pause := self._paused_until - now()) > 0:
            await asyncio.sleep(pause)
        if self._interval:
            start = max(now(), self._next_start)
            self._next_start = start + self._interval
            await asyncio.sleep(start - now())

    async def _take(self, cost: int) -> None:
        slot = asyncio.get_running_loop().create_future()
        heapq.heappush(self._waiting, (cost, next(self._order), slot))
        self._give_out()
        try:
            await slot
        except asyncio.CancelledError:
            if slot.done() and not slot.cancelled():
                self._free()
            raise

    def _free(self) -> None:
        """Free a slot. The next owner gets it one step later: a retry of this one may be urgent and go first."""
        self._taken -= 1
        self._freed.set()
        asyncio.get_running_loop().call_soon(self._give_out)

    def _give_out(self) -> None:
        while not self._closed and self._taken < self._slots and self._waiting:
            _, _, slot = heapq.heappop(self._waiting)
            if not slot.done():
                self._taken += 1
                slot.set_result(None)
