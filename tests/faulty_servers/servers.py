"""Servers as functions from a whole request to a whole response, and as ASGI applications."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from threading import Lock

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .messages import Request, Response

Server = Callable[[Request], Awaitable[Response]]
Fault = Callable[[Request, Server], Awaitable[Response]]
"""A server that wraps another one, which is correct."""

Lifespan = Callable[[], AbstractAsyncContextManager[object]]
"""Resources that a server needs while it runs."""


CACHE_BYTES = 64 * 2**20
"""What all caches of responses may hold together: a process has dozens of servers, and runs hundreds of tests."""

PER_ENTRY = 2**11
"""Estimated size of headers and objects of one entry, in bytes."""


class Crash(Exception):
    """An unhandled exception in a server; the client receives a 500."""


def with_faults(server: Server, *faults: Fault) -> Server:
    """*server* with *faults*; the first one is the nearest to it."""
    for fault in faults:
        server = _wrapped(fault, server)
    return server


def _wrapped(fault: Fault, server: Server) -> Server:
    return lambda request: fault(request, server)


def server_of(app: ASGIApp) -> Server:
    """An ASGI application as a function. Exceptions in the application propagate."""

    async def server(request: Request) -> Response:
        unread: list[Message] = [{"type": "http.request", "body": request.body, "more_body": False}]
        sent: list[Message] = []

        async def receive() -> Message:
            if not unread:
                await asyncio.Event().wait()  # The client stays connected until it has the response.
            return unread.pop()

        async def send(message: Message) -> None:
            sent.append(message)

        await app(_scope(request), receive, send)
        start, *parts = sent
        headers = tuple((bytes(name), bytes(value)) for name, value in start["headers"])
        return Response(headers, b"".join(part.get("body", b"") for part in parts), start["status"])

    return server


class ResponseCache:
    """The most recently used responses of all cached servers, up to CACHE_BYTES. Servers run in several threads."""

    def __init__(self) -> None:
        self._responses: OrderedDict[tuple[Server, Request], Response] = OrderedDict()
        self._size = 0
        self._lock = Lock()

    def get(self, server: Server, request: Request) -> Response | None:
        """The stored response of *server* to *request*."""
        with self._lock:
            response = self._responses.get((server, request))
            if response is not None:
                self._responses.move_to_end((server, request))
            return response

    def add(self, server: Server, request: Request, response: Response) -> None:
        """Store *response*, and remove others if there is no room for all."""
        with self._lock:
            if (server, request) not in self._responses:  # a concurrent equal request may have been faster
                self._responses[server, request] = response
                self._size += _size(request, response)
            while self._size > CACHE_BYTES:
                (_, oldest), removed = self._responses.popitem(last=False)
                self._size -= _size(oldest, removed)


_CACHE = ResponseCache()


def cached(server: Server) -> Server:
    """The deterministic *server*; equal requests share a response while the process has room for it."""

    async def recall(request: Request) -> Response:
        response = _CACHE.get(server, request)
        if response is None:
            response = await server(request)
            _CACHE.add(server, request, response)
        return response

    return recall


def _size(request: Request, response: Response) -> int:
    return len(request.body) + len(response.body) + PER_ENTRY


def application(server: Server, lifespan: Lifespan = nullcontext) -> ASGIApp:
    """*server* as an ASGI application; *lifespan* is entered at its startup and exited at its shutdown."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _run_lifespan(lifespan, receive, send)
            return
        body = await _read_body(receive)
        request = Request(
            tuple(scope["headers"]),
            body,
            scope["method"],
            scope["path"],
            scope["query_string"],
            scope["http_version"],
            scope["raw_path"],
        )
        await _send_response(await server(request), send)

    return app


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body", False):
            break
    return body


async def _send_response(response: Response, send: Send) -> None:
    headers = list(response.headers)
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    if response.truncated:
        half = response.body[: len(response.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        raise ConnectionResetError("this server closes the connection")
    await send({"type": "http.response.body", "body": response.body})


async def _run_lifespan(lifespan: Lifespan, receive: Receive, send: Send) -> None:
    await receive()
    async with lifespan():
        await send({"type": "lifespan.startup.complete"})
        await receive()
    await send({"type": "lifespan.shutdown.complete"})


def _scope(request: Request) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": request.version,
        "method": request.method,
        "scheme": "http",
        "path": request.path,
        "raw_path": request.raw_path or request.path.encode(),
        "query_string": request.query,
        "root_path": "",
        "headers": list(request.headers),
        "client": ("127.0.0.1", 0),
        "server": ("testserver", 80),
    }
