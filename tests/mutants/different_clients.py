"""Correct servers that reject unusual headers, requests with an id that is in use, or too many requests at once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from tests.faulty_servers.faults import responds
from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Fault, Server


def servers_for_clients() -> Iterator[tuple[str, Fault]]:
    """Correct servers by name; new ones each time, because some keep state."""
    yield "rejects requests of other web sites", responds(_is_from_browser, error(403))
    yield "rejects headers outside ASCII", responds(_is_not_ascii, error(400))
    yield "rejects headers of over 8 kB with 431", responds(_is_long, error(431))
    yield "rejects a request whose id is in use", _OncePerId()
    yield "returns 503 for more than 12 requests at a time", _Sheds(12)
    yield "returns 429 with Retry-After for more than 16 requests at a time", _Sheds(16, 429, "1")


def _is_from_browser(request: Request) -> bool:
    return request.header("origin") is not None and request.method == "POST"


def _is_not_ascii(request: Request) -> bool:
    return any(not value.isascii() for _, value in request.headers)


def _is_long(request: Request) -> bool:
    return sum(len(name) + len(value) for name, value in request.headers) > 8192


class _OncePerId:
    """Returns 409 for a request whose X-Request-Id or Idempotency-Key is that of a request in flight."""

    def __init__(self) -> None:
        self._in_flight: set[str] = set()

    async def __call__(self, request: Request, correct: Server) -> Response:
        id = request.header("x-request-id") or request.header("idempotency-key")
        if id is None:
            return await correct(request)
        if id in self._in_flight:
            return error(409)
        self._in_flight.add(id)
        try:
            await asyncio.sleep(0.01)
            return await correct(request)
        finally:
            self._in_flight.discard(id)


class _Sheds:
    """Rejects requests while more than *limit* are in flight."""

    def __init__(self, limit: int, status: int = 503, after: str | None = None) -> None:
        self._limit, self._status, self._after, self._number = limit, status, after, 0

    async def __call__(self, request: Request, correct: Server) -> Response:
        self._number += 1
        try:
            if self._number > self._limit:
                return error(self._status).with_header("retry-after", self._after)
            await asyncio.sleep(0.005)
            return await correct(request)
        finally:
            self._number -= 1
