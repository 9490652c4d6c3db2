"""Correct servers that reject some requests for a moment, or that are slow."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator
from itertools import count

from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Fault, Server


def busy_servers() -> Iterator[tuple[str, Fault]]:
    """The servers with their names; new ones each time, because they keep state."""
    yield ("returns 429 for every 9th request, with Retry-After 0", _sometimes(429, "0", every=9))
    yield ("returns 429 for every 99th request, with Retry-After 1", _sometimes(429, "1", every=99))
    yield ("returns 503 for every 99th request", _sometimes(503, None, every=99))
    yield ("accepts one request at a time", _ConcurrencyLimit(limit=1, after="0"))
    yield ("accepts four requests at a time", _ConcurrencyLimit(limit=4, after="1"))
    yield ("accepts 200 requests per second", _RateLimit(rate=200))
    yield ("returns 503 for half a second after the start", _ColdStart(seconds=0.5))
    yield ("responds slowly", _slow)


async def _slow(request: Request, correct: Server) -> Response:
    await asyncio.sleep(0.02)
    return await correct(request)


def _sometimes(status: int, after: str | None, *, every: int) -> Fault:
    number = count(1)

    async def server(request: Request, correct: Server) -> Response:
        if next(number) % every == 0:
            return error(status).with_header("retry-after", after)
        return await correct(request)

    return server


class _ConcurrencyLimit:
    """Returns 429 while *limit* requests are in flight."""

    def __init__(self, limit: int, after: str) -> None:
        self._free, self._after = limit, after

    async def __call__(self, request: Request, correct: Server) -> Response:
        if not self._free:
            return error(429).with_header("retry-after", self._after)
        self._free -= 1
        try:
            await asyncio.sleep(0.002)
            return await correct(request)
        finally:
            self._free += 1


class _RateLimit:
    """Returns 429 after *rate* requests within a second."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._times: deque[float] = deque()

    async def __call__(self, request: Request, correct: Server) -> Response:
        now = asyncio.get_running_loop().time()
        while self._times and self._times[0] < now - 1:
            self._times.popleft()
        if len(self._times) >= self._rate:
            return error(429).with_header("retry-after", "1")
        self._times.append(now)
        return await correct(request)


class _ColdStart:
    """Returns 503 for some *seconds* after the first request."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._ready = 0.0

    async def __call__(self, request: Request, correct: Server) -> Response:
        now = asyncio.get_running_loop().time()
        self._ready = self._ready or now + self._seconds
        return error(503) if now < self._ready else await correct(request)
