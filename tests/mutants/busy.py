"""Servers that are right and want to be asked again, or want time."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from itertools import count

from tests.mutants.asgi import Call, Fault, Reply, Serve, error


def busy_servers() -> Iterator[tuple[str, Fault]]:
    """Servers by name, fresh ones each time."""
    yield ("429 now and then, to be asked again at once", _now_and_then(429, "0", every=9))
    yield ("429 now and then, to be asked again in a second", _now_and_then(429, "1", every=99))
    yield ("503 now and then", _now_and_then(503, None, every=99))
    yield ("one caller at a time", _Crowded(seats=1, after="0"))
    yield ("four callers at a time", _Crowded(seats=4, after="1"))
    yield ("200 calls a second", _Limited(rate=200))
    yield ("a cold start", _ColdStart(seconds=0.5))
    yield ("slow", _slow)


async def _slow(call: Call, correct: Serve) -> Reply:
    await asyncio.sleep(0.02)
    return await correct(call)


def _now_and_then(status: int, after: str | None, *, every: int) -> Fault:
    number = count(1)

    async def serve(call: Call, correct: Serve) -> Reply:
        if next(number) % every == 0:
            return error(status).with_header("retry-after", after)
        return await correct(call)

    return serve


class _Crowded:
    """429 for whoever comes while all *seats* are taken."""

    def __init__(self, seats: int, after: str) -> None:
        self._free, self._after = seats, after

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        if not self._free:
            return error(429).with_header("retry-after", self._after)
        self._free -= 1
        try:
            await asyncio.sleep(0.002)
            return await correct(call)
        finally:
            self._free += 1


class _Limited:
    """429 for whoever comes after *rate* calls within a second."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._times: deque[float] = deque()

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        now = asyncio.get_running_loop().time()
        while self._times and self._times[0] < now - 1:
            self._times.popleft()
        if len(self._times) >= self._rate:
            return error(429).with_header("retry-after", "1")
        self._times.append(now)
        return await correct(call)


class _ColdStart:
    """503 for some *seconds* from the first call on."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._warm = 0.0

    async def __call__(self, call: Call, correct: Serve) -> Reply:
        now = asyncio.get_running_loop().time()
        self._warm = self._warm or now + self._seconds
        return error(503) if now < self._warm else await correct(call)
