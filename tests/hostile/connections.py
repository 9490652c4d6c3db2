"""Targets that speak another protocol, break connections, or close them."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections import Counter
from typing import ClassVar

from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Server

from .expected import ANY, FRAMING, SHORT, Expected, correct, not_testable
from .reading import Reader, read_body, read_head
from .server import FOREVER, CloseConnection, HostileServer, Writer, head_of, write

LONG_HEADER = 1000

RESET = struct.pack("ii", 1, 0)
"""SO_LINGER with a time of 0: closing a socket resets its connection."""

NO_RESPONSE = Expected(codes=(1, 4), also=("auth.accept.bearer", "state.running"))
"""A target that closes each connection either cannot be tested, or accepts no request."""


class SshBanner(HostileServer):
    """An SSH server."""

    expected = not_testable("not HTTP", options=SHORT)
    banner: ClassVar[bytes] = b"SSH-2.0-OpenSSH_9.6\r\n"

    async def connected(self, _: Reader, writer: Writer) -> None:
        await write(writer, self.banner)
        await asyncio.sleep(FOREVER)


class TlsAlert(SshBanner):
    """A TLS server that receives plain HTTP."""

    expected = not_testable("https")
    banner = b"\x15\x03\x03\x00\x02\x02\x46"


class TlsGarbage(SshBanner):
    """Garbage instead of a TLS handshake."""

    expected = not_testable("(?i)tls")
    scheme = "https"
    banner = b"\x16\x03\x01\xff\xff" + b"\x00garbage" * 100


class TlsSilence(HostileServer):
    """No answer to a TLS handshake."""

    expected = not_testable("(?i)time", options=SHORT)
    scheme = "https"

    async def connected(self, *_: object) -> None:
        await asyncio.sleep(FOREVER)


class EndlessGarbage(HostileServer):
    """Bytes without end that are not HTTP."""

    expected = not_testable("not HTTP")

    async def connected(self, _: Reader, writer: Writer) -> None:
        while True:
            await write(writer, b"\x00\xff" * 2**15)


class NoListener(HostileServer):
    """Connections are refused."""

    expected = not_testable("refused")

    async def listen(self) -> None:
        await super().listen()
        self.stop_listening()


class ClosesAtOnce(HostileServer):
    """Each connection is closed as soon as it is accepted."""

    expected = NO_RESPONSE

    async def connected(self, *_: object) -> None:
        raise CloseConnection


class NeverAnswers(HostileServer):
    """Requests are read and not answered."""

    expected = not_testable("(?i)time", options=SHORT)

    async def answer(self, *_: object) -> None:
        await asyncio.sleep(FOREVER)


class NeverReads(HostileServer):
    """Connections are accepted and not read."""

    expected = not_testable("(?i)time", options=SHORT)

    async def connected(self, *_: object) -> None:
        await asyncio.sleep(FOREVER)


class IgnoresLargeRequests(HostileServer):
    """Requests with a body of more than 100 bytes get no response."""

    expected = Expected(fails=ANY, options=SHORT)

    async def answer(self, request: Request, writer: Writer) -> None:
        await asyncio.sleep(FOREVER if len(request.body) > 100 else 0)
        await super().answer(request, writer)


class Resets(HostileServer):
    """Each connection is reset after its request."""

    expected = NO_RESPONSE

    async def answer(self, _: Request, writer: Writer) -> None:
        reset(writer)


class ResetsInsteadOfRejections(HostileServer):
    """Invalid requests get no response: their connections are reset."""

    expected = Expected(fails=("request.*", "auth.*"), also=ANY)

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        if not response.ok:
            reset(writer)
        await super().send(request, response, writer)


class ResetsWithinBodies(HostileServer):
    """Each connection is reset within the body of its response."""

    expected = Expected(fails=("auth.accept.bearer", *FRAMING))

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, response.body[: len(response.body) // 2])
        reset(writer)


class RejectsBeforeBody(HostileServer):
    """Correct: a request without a credential gets a 401 before its body is read, and the connection is closed."""

    expected = correct()

    async def read(self, reader: Reader) -> Request | None:
        head = await read_head(reader)
        return await read_body(head, reader) if head and head.header("authorization") else head

    def head(self, response: Response) -> bytes:
        return head_of(response, more=(b"connection: close",) if response.status == 401 else ())

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        await super().send(request, response, writer)
        if not request.header("authorization"):
            raise CloseConnection


class ClosesAtLongHeader(HostileServer):
    """Correct: the connection is closed without a response if a header has more than 1,000 bytes."""

    expected = correct()

    async def read(self, reader: Reader) -> Request | None:
        head = await read_head(reader)
        if head is not None and any(len(value) > LONG_HEADER for _, value in head.headers):
            raise CloseConnection
        return head and await read_body(head, reader)


class ClosesAfterEach(HostileServer):
    """Correct: each connection is closed after its response, without a notice before."""

    expected = correct()

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        await super().send(request, response, writer)
        raise CloseConnection


class ClosesIdle(HostileServer):
    """Correct: connections are closed after 1 s without a request."""

    expected = correct()

    async def read(self, reader: Reader) -> Request | None:
        try:
            return await asyncio.wait_for(super().read(reader), 1)
        except TimeoutError:
            return None


class FourConnections(ClosesIdle):
    """Correct: four connections are served at a time, and others wait; each is closed after 1 s without a request."""

    def __init__(self, reference: Server) -> None:
        super().__init__(reference)
        self._served = asyncio.Semaphore(4)

    async def connected(self, reader: Reader, writer: Writer) -> None:
        async with self._served:
            await super().connected(reader, writer)


class ClosesFifthConnection(HostileServer):
    """Correct: a fifth connection is closed at once."""

    expected = correct()

    async def connected(self, reader: Reader, writer: Writer) -> None:
        if len(self.connections) > 4:
            raise CloseConnection
        await super().connected(reader, writer)


def reset(writer: Writer) -> None:
    """Reset the connection."""
    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    writer.transport.abort()
    raise CloseConnection


class CutsOffKeptConnections(HostileServer):
    """The second half of each fifth response of a connection is missing, and the connection is closed."""

    expected = Expected(fails=FRAMING)

    def __init__(self, reference: Server) -> None:
        super().__init__(reference)
        self._responses: Counter[Writer] = Counter()

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        self._responses[writer] += 1
        if self._responses[writer] < 5:
            await super().send(request, response, writer)
            return
        await write(writer, head_of(response) + response.body[: len(response.body) // 2])
        raise CloseConnection


class RejectsChunkExtensions(HostileServer):
    """Chunked requests whose chunks have extensions are rejected."""

    expected = Expected(fails=("http.transport.valid",))

    async def read(self, reader: Reader) -> Request | None:
        head = await read_head(reader)
        return head and await read_body(head, reader, extensions=False)
