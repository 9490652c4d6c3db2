"""The gate that all requests of a run go through: so many at once, so many a second, none while quiet is asked for."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType


class Gate:
    """Enter it to send one request.

    At first *concurrency* requests may be under way at once, and *rate* begin in a second (None for no limit). Each
    time that the target asks for quiet, everybody waits, and then half as many go at once: a server that counts its
    callers would otherwise turn the same ones away again and again.
    """

    def __init__(self, concurrency: int, rate: float | None) -> None:
        self._slots = asyncio.Semaphore(concurrency)
        self._width, self._owed = concurrency, 0
        self._interval = 0.0 if rate is None else 1 / rate
        self._next_start = self._quiet_until = 0.0

    def quiet(self, seconds: float) -> None:
        """Let no request begin for so many *seconds*, and fewer at once afterwards."""
        now = time.monotonic()
        if now >= self._quiet_until:
            closed = self._width // 2
            self._width -= closed
            self._owed += closed
        self._quiet_until = max(self._quiet_until, now + seconds)

    async def __aenter__(self) -> None:
        await self._slots.acquire()
        try:
            while (pause := self._quiet_until - time.monotonic()) > 0:
                await asyncio.sleep(pause)
            await self._pace()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._leave()

    def _leave(self) -> None:
        if self._owed:
            self._owed -= 1
        else:
            self._slots.release()

    async def _pace(self) -> None:
        if self._interval:
            start = max(time.monotonic(), self._next_start)
            self._next_start = start + self._interval
            await asyncio.sleep(start - time.monotonic())
