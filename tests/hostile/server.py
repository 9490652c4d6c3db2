"""A correct server over raw TCP: a hostile one overrides the method that has its fault."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import ClassVar

from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Server

from .expected import Expected
from .reading import MAX_HEAD, MalformedRequest, Reader, read_body, read_head

Writer = asyncio.StreamWriter

FOREVER = 10**6
"""Seconds that are longer than every run."""


class CloseConnection(Exception):
    """Closes the connection after what was sent."""


class HostileServer:
    """The reference over HTTP/1.1 with kept connections, without a fault.

    ``connections`` are those that are open. ``number`` is the number of requests so far. ``continues`` is whether a
    client with ``Expect: 100-continue`` is told to send its body.
    """

    expected: ClassVar[Expected]
    scheme: ClassVar[str] = "http"
    host: ClassVar[str] = "127.0.0.1"
    continues: ClassVar[bool] = True

    def __init__(self, reference: Server) -> None:
        self._reference = reference
        self._listener: asyncio.Server | None = None
        self.connections: set[Writer] = set()
        self.number = 0
        self.port = 0

    async def listen(self) -> None:
        """Listen on a free port, and on the same one again after ``stop_listening``."""
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._protocol, self.host, self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    def stop_listening(self) -> None:
        """Refuse connections, and break those that are open."""
        if self._listener is not None:
            self._listener.close()
        for writer in self.connections:
            writer.transport.abort()

    async def restart(self, seconds: float) -> None:
        """Refuse and break all connections for some time."""
        self.stop_listening()
        await asyncio.sleep(seconds)
        await self.listen()

    async def end(self) -> None:
        """End the process of the server."""
        os._exit(1)

    async def connected(self, reader: Reader, writer: Writer, /) -> None:
        """Handle one connection until its end."""
        while (request := await self.read(reader)) is not None:
            self.number += 1
            await self.answer(request, writer)
            if self.is_last(request):
                break

    def is_last(self, request: Request, /) -> bool:
        """Whether the connection is closed after the response to *request*."""
        return is_last(request)

    async def read(self, reader: Reader, /) -> Request | None:
        """The next request; None at the end of the connection."""
        head = await read_head(reader)
        return head and await read_body(head, reader)

    async def answer(self, request: Request, writer: Writer, /) -> None:
        """Respond to *request*."""
        await self.send(request, await self.respond(request), writer)

    async def respond(self, request: Request, /) -> Response:
        """The response to *request*."""
        return self.changed(request, await self.correct(request))

    async def correct(self, request: Request) -> Response:
        """The correct response to *request*."""
        response = await self._reference(request)
        return response.with_body(response.body)  # with a Content-Length

    def changed(self, _request: Request, response: Response, /) -> Response:
        """What is sent instead of the correct *response*."""
        return response

    async def send(self, request: Request, response: Response, writer: Writer, /) -> None:
        """Send *response*."""
        await write(writer, self.head(response))
        if request.method != "HEAD":
            await self.send_body(request, response, writer)

    def head(self, response: Response, /) -> bytes:
        """The head of *response*."""
        return head_of(response)

    async def send_body(self, _request: Request, response: Response, writer: Writer, /) -> None:
        """Send the body of *response*."""
        await write(writer, response.body)

    def _protocol(self) -> asyncio.StreamReaderProtocol:
        reader = Reader(limit=MAX_HEAD)
        return asyncio.StreamReaderProtocol(reader, lambda _, writer: self._connected(reader, writer))

    async def _connected(self, reader: Reader, writer: Writer) -> None:
        self.connections.add(writer)
        reader.writer = writer if self.continues else None
        with suppress(OSError, EOFError, CloseConnection):
            try:
                await self.connected(reader, writer)
            except MalformedRequest:
                response = error(400, "this is not HTTP/1.1")
                await write(writer, head_of(response) + response.body)
        self.connections.discard(writer)
        writer.close()
        with suppress(OSError, asyncio.CancelledError):  # asyncio logs a task that ends as cancelled here
            await writer.wait_closed()


def is_last(request: Request) -> bool:
    """Whether *request* has the connection option ``close``."""
    values = (value for name, value in request.headers if name == b"connection")
    return any(option.strip().lower() == b"close" for value in values for option in value.split(b","))


async def write(writer: Writer, data: bytes) -> None:
    """Send *data*. Raises ConnectionError if the client has closed the connection."""
    writer.write(data)
    await writer.drain()


def head_of(response: Response, *, without: str = "", more: tuple[bytes, ...] = ()) -> bytes:
    """The head of *response*, without the header *without*, and with the lines *more*."""
    kept = [b"%b: %b" % header for header in response.headers if header[0] != without.encode()]
    return b"\r\n".join([b"HTTP/1.1 %d X" % response.status, *kept, *more, b"", b""])


def chunk(data: bytes) -> bytes:
    """*data* as one chunk; the last one if it is empty."""
    return b"%x\r\n%b\r\n" % (len(data), data)
