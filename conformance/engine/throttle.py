"""The throttle of a run: limits concurrent requests and their rate, and pauses when the target requests it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from .clock import now


class Throttle:
    """Gives out slots, one for each request.

    At first, *concurrency* slots exist, and *rate* requests may begin in a second (None: no limit). Each pause
    halves the number of slots: a server that limits concurrent clients would otherwise reject the same requests
    again and again.
    """

    def __init__(self, concurrency: int, rate: float | None) -> None:
        self._slots, self._taken = concurrency, 0
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()
        self._exclusive, self._closed, self._freed = asyncio.Lock(), False, asyncio.Event()
        self._interval = 0.0 if rate is None else 1 / rate
        self._next_start = self._paused_until = 0.0

    def pause(self, seconds: float) -> None:
        """Start no request for this time, and allow fewer concurrent requests afterwards."""
        begin = now()
        if begin >= self._paused_until:
            self._slots = max(1, self._slots // 2)
        self._paused_until = max(self._paused_until, begin + seconds)

    @asynccontextmanager
    async def slot(self, *, urgent: bool = False) -> AsyncIterator[None]:
        """Hold a slot. Slots are given in the order of requests, the *urgent* ones first."""
        await self._take(self._urgent if urgent else self._others)
        try:
            while (pause := self._paused_until - now()) > 0:
                await asyncio.sleep(pause)
            await self._keep_rate()
            yield
        finally:
            self._free()

    @asynccontextmanager
    async def exclusive_slot(self) -> AsyncIterator[None]:
        """Hold the only slot: wait for the others, and give out no more."""
        async with self._exclusive, self.slot(urgent=True):
            self._closed = True
            try:
                while self._taken > 1:
                    self._freed.clear()
                    await self._freed.wait()
                yield
            finally:
                self._closed = False
                self._give_out()

    async def _take(self, queue: deque[asyncio.Future[None]]) -> None:
        slot = asyncio.get_running_loop().create_future()
        queue.append(slot)
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
        while not self._closed and self._taken < self._slots and (queue := self._urgent or self._others):
            slot = queue.popleft()
            if not slot.done():
                self._taken += 1
                slot.set_result(None)

    async def _keep_rate(self) -> None:
        if self._interval:
            start = max(now(), self._next_start)
            self._next_start = start + self._interval
            await asyncio.sleep(start - now())
