"""The throttle of a run: limits concurrent requests and their rate, and pauses when the target requests it."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import Enum
from itertools import count

from .clock import loop_time

URGENT = -2
"""The cost of canaries and retries, which go first."""

IN_SEQUENCE = -1
"""The cost of a request whose check sends one after the other: it needs many steps, so it goes before others."""

LARGE_AT_ONCE = 4
"""Large requests in flight, if the target is quick."""

BYTES_AT_ONCE = 104 * 2**20
"""Bytes that the responses to the requests in flight may have together: more than the client reads of one response."""


class Kind(Enum):
    """How a request is sent: beside all others, beside a few large ones, or alone."""

    SMALL = "small"
    LARGE = "large"
    ALONE = "alone"


@dataclass(slots=True, eq=False)
class Claim:
    """A request that waits for a slot, or has one since *begin*; ``bytes`` is the largest size of its response."""

    begin: asyncio.Future[None]
    kind: Kind
    bytes: int
    is_quick: Callable[[], bool]
    has_slot: bool = False


class Throttle:
    """Gives out slots, one for each request, the cheapest requests first.

    At first, *concurrency* slots exist, and *rate* requests may begin in a second (None: no limit). Each pause
    halves the number of slots: a server that limits concurrent clients would otherwise reject the same requests
    again and again.
    """

    def __init__(self, concurrency: int, rate: float | None) -> None:
        self._slots = concurrency
        self._taken: Counter[Kind] = Counter()
        self._bytes = 0
        self._waiting: list[tuple[int, int, Claim]] = []
        self._order, self._freed = count(), asyncio.Event()
        self._interval = 0.0 if rate is None else 1 / rate
        self._next_start = self._paused_until = 0.0

    @property
    def slots(self) -> int:
        """How many requests may be in flight."""
        return self._slots

    def pause(self, seconds: float) -> None:
        """Start no request for this time, and allow fewer concurrent requests afterwards."""
        begin = loop_time()
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
    async def slot(self, cost: int = 0, bytes: int = 0) -> AsyncIterator[None]:
        """Hold a slot. Of the waiting requests, the one with the least *cost* gets the next slot.

        *bytes* is the largest size of the response.
        """
        async with self._held(cost, Kind.SMALL, bytes):
            yield

    @asynccontextmanager
    async def exclusive_slot(self, cost: int = 0) -> AsyncIterator[None]:
        """Hold the only slot: wait for the others, and give out no more."""
        async with self._held(cost, Kind.ALONE, 0):
            yield

    @asynccontextmanager
    async def large_slot(
        self, cost: int, is_quick: Callable[[], bool], bytes: int = 0
    ) -> AsyncIterator[None]:
        """Hold one of `LARGE_AT_ONCE` slots if the request *is_quick*, which is asked in its turn; or the only slot."""
        async with self._held(cost, Kind.LARGE, bytes, is_quick):
            yield

    @asynccontextmanager
    async def _held(
        self, cost: int, kind: Kind, bytes: int, is_quick: Callable[[], bool] = lambda: True
    ) -> AsyncIterator[None]:
        claim = Claim(asyncio.get_running_loop().create_future(), kind, bytes, is_quick)
        heapq.heappush(self._waiting, (cost, next(self._order), claim))
        self._give_out()
        try:
            await claim.begin
            while claim.kind is Kind.ALONE and self._taken.total() > 1:
                self._freed.clear()
                await self._freed.wait()
            yield
        finally:
            if claim.has_slot:
                self._free(claim)

    async def wait_for_start(self) -> None:
        """Wait until the pauses and the rate allow a request to begin."""
        while (pause := self._paused_until - loop_time()) > 0:
            await asyncio.sleep(pause)
        if self._interval:
            start = max(loop_time(), self._next_start)
            self._next_start = start + self._interval
            await asyncio.sleep(start - loop_time())

    def _free(self, claim: Claim) -> None:
        """Free a slot. The next owner gets it one step later: a retry of this one may be urgent and go first."""
        self._taken[claim.kind] -= 1
        self._bytes -= claim.bytes
        self._freed.set()
        asyncio.get_running_loop().call_soon(self._give_out)

    def _give_out(self) -> None:
        while self._waiting and self._taken.total() < self._slots and not self._taken[Kind.ALONE]:
            claim = self._waiting[0][-1]
            if not claim.begin.done():
                if claim.kind is Kind.LARGE and not claim.is_quick():
                    claim.kind = Kind.ALONE
                if claim.kind is Kind.LARGE and self._taken[Kind.LARGE] >= LARGE_AT_ONCE:
                    return  # those behind it are larger
                if self._bytes and self._bytes + claim.bytes > BYTES_AT_ONCE:
                    return
                self._taken[claim.kind] += 1
                self._bytes += claim.bytes
                claim.has_slot = True
                claim.begin.set_result(None)
            heapq.heappop(self._waiting)
