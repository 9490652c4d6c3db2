"""Targets with faults for real clients: those that offer HTTP/2, write names in lowercase, disconnect, or come at once.

Some are correct: they limit connections, or switch to HTTP/2.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace
from typing import ClassVar

from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Server

from .expected import ANSWERING, RUNNING, SHORT, Expected, correct
from .reading import END, MAX_HEAD, Reader, read_body, read_head
from .server import FOREVER, CloseConnection, HostileServer, Writer, write

DISCONNECT = ("state.disconnect",)
BURST = ("state.burst",)
CLIENTS = ("http.client.*",)

BACKEND_SECONDS = 0.05
"""The time of a request in a backend: longer than a client takes to disconnect."""


class WatchesClients(HostileServer):
    """Knows whether the client of a request has disconnected."""

    expected = correct()

    def __init__(self, reference: Server) -> None:
        super().__init__(reference)
        self._readers: dict[Writer, Reader] = {}

    async def connected(self, reader: Reader, writer: Writer) -> None:
        self._readers[writer] = reader
        await super().connected(reader, writer)

    def has_left(self, writer: Writer) -> bool:
        """Whether the client has closed the connection."""
        return self._readers[writer].at_eof() or writer.transport.is_closing()


class WithoutContinue(HostileServer):
    """Requests with Expect: 100-continue get no response before their body arrives."""

    expected = Expected(fails=("http.expect",))
    continues = False


class HangsAtUpgrade(HostileServer):
    """Requests that offer HTTP/2 get no response."""

    expected = Expected(fails=ANSWERING, also=CLIENTS, options=SHORT)

    async def answer(self, request: Request, writer: Writer) -> None:
        await asyncio.sleep(FOREVER if request.header("upgrade") else 0)
        await super().answer(request, writer)


class SwitchesToHttp2(HostileServer):
    """Correct: the server switches to HTTP/2 if the client offers it."""

    expected = correct()

    async def answer(self, request: Request, writer: Writer) -> None:
        if request.header("upgrade") != "h2c":
            await super().answer(request, writer)
            return
        await write(writer, b"HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
        await write(writer, bytes((0, 0, 0, 4, 0, 0, 0, 0, 0)))  # an empty SETTINGS frame
        raise CloseConnection


class ReadsExactHeaderNames(HostileServer):
    """Only ``Content-Length`` and ``Transfer-Encoding`` in this case tell that a request has a body."""

    expected = Expected(fails=("http.client.openai-node",), also=(*CLIENTS, "http.transport.*"))

    async def read(self, reader: Reader) -> Request | None:
        try:
            head = await reader.readuntil(END)
        except asyncio.IncompleteReadError:
            return None
        again = asyncio.StreamReader(limit=MAX_HEAD)
        again.feed_data(head)
        request = await read_head(again)
        assert request is not None
        whole = await read_body(request, reader)
        has_body = b"\r\nContent-Length:" in head or b"\r\nTransfer-Encoding:" in head
        return whole if has_body else replace(whole, body=b"")


class LeaksAfterDisconnect(WatchesClients):
    """A response whose client has disconnected goes to the next client."""

    expected = Expected(fails=DISCONNECT, also=(*BURST, "state.same-text"))

    def __init__(self, reference: Server) -> None:
        super().__init__(reference)
        self._unsent: deque[Response] = deque()

    async def answer(self, request: Request, writer: Writer) -> None:
        self._unsent.append(await self.respond(request))
        await asyncio.sleep(BACKEND_SECONDS)
        if self.has_left(writer):
            raise CloseConnection
        await self.send(request, self._unsent.popleft(), writer)


class LosesWorkers(WatchesClients):
    """Eight workers serve one request each. One whose client disconnects before the response is lost."""

    expected = Expected(fails=(*DISCONNECT, *ANSWERING, *RUNNING), also=("*",), options=SHORT)
    workers: ClassVar[int] = 8

    def __init__(self, reference: Server) -> None:
        super().__init__(reference)
        self._workers = asyncio.Semaphore(self.workers)

    async def answer(self, request: Request, writer: Writer) -> None:
        await self._workers.acquire()
        response = await self.respond(request)
        await asyncio.sleep(BACKEND_SECONDS)
        if self.has_left(writer):
            raise CloseConnection
        self._workers.release()
        await self.send(request, response, writer)


class LosesThirtyWorkers(LosesWorkers):
    """Thirty workers serve one request each. One whose client disconnects before the response is lost."""

    workers = 30


class ClosesTwentyFirstConnection(HostileServer):
    """Correct: a connection is closed at once if 20 others are open."""

    expected = correct()

    async def connected(self, reader: Reader, writer: Writer) -> None:
        if len(self.connections) > 20:
            raise CloseConnection
        await super().connected(reader, writer)


class HangsInBursts(WatchesClients):
    """If more than 16 requests are in flight, the last ones get no response."""

    expected = Expected(fails=BURST, options=SHORT)

    def __init__(self, reference: Server) -> None:
        super().__init__(reference)
        self._in_flight = 0

    async def answer(self, request: Request, writer: Writer) -> None:
        self._in_flight += 1
        try:
            hangs = self._in_flight > 16
            await asyncio.sleep(0.01)
            while hangs and not self.has_left(writer):
                await asyncio.sleep(0.01)
            await super().answer(request, writer)
        finally:
            self._in_flight -= 1
