"""Targets with heads of extreme size or another version of HTTP, interim responses, redirects, and echoes."""

from __future__ import annotations

import asyncio
import base64
import sys
from urllib.parse import quote

from tests.faulty_servers.messages import Request, Response, error

from .expected import FRAMING, SHORT, Expected, correct, not_testable
from .server import CloseConnection, HostileServer, Writer, head_of, write

PART = b"y" * 2**16
PARTS = 1600


class ManyHeaders(HostileServer):
    """Each response has 10,000 headers."""

    expected = Expected(fails=FRAMING)

    def head(self, response: Response) -> bytes:
        return head_of(response, more=tuple(b"x-%d: 1" % number for number in range(10_000)))


class LargeHeader(HostileServer):
    """Each response has a header of 100 MB."""

    expected = Expected(fails=FRAMING)

    async def send(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, head_of(response)[:-2] + b"x-large: ")
        for _part in range(PARTS):
            await write(writer, PART)
        await write(writer, b"\r\n\r\n" + response.body)


class LargeHeaderInRejections(LargeHeader):
    """Each rejection has a header of 100 MB."""

    expected = Expected(fails=FRAMING)

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        await (HostileServer if response.ok else LargeHeader).send(self, request, response, writer)


class EndlessStatusLine(HostileServer):
    """The status line of each response has no end."""

    expected = Expected(fails=FRAMING)

    async def send(self, _: Request, _response: Response, writer: Writer) -> None:
        await write(writer, b"HTTP/1.1 200 ")
        while True:
            await write(writer, PART)


class TrickledHead(HostileServer):
    """The head of each response arrives at one byte a second."""

    expected = not_testable("(?i)time", options=SHORT)

    async def send(self, _: Request, response: Response, writer: Writer) -> None:
        for byte in head_of(response):
            await write(writer, bytes([byte]))
            await asyncio.sleep(1)


class InvalidHeaderName(HostileServer):
    """A header name of each response has a space and a NUL in it."""

    expected = Expected(fails=FRAMING)

    def head(self, response: Response) -> bytes:
        return head_of(response, more=(b"x \x00: 1",))


class EarlyHints(HostileServer):
    """Correct: a 103 response comes before each response, except for clients that speak HTTP/1.0."""

    expected = correct()

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        if request.version != "1.0":
            await write(writer, b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>\r\n\r\n")
        await super().send(request, response, writer)


class FloodOfInterimResponses(HostileServer):
    """Interim responses without end, and no response."""

    expected = Expected(fails=FRAMING, options=SHORT)

    async def send(self, _: Request, _response: Response, writer: Writer) -> None:
        while True:
            await write(writer, b"HTTP/1.1 102 Processing\r\n\r\n" * 100)


class SwitchesProtocols(HostileServer):
    """Each response switches to another protocol."""

    expected = Expected(fails=("auth.accept.bearer", *FRAMING))

    async def send(self, _: Request, _response: Response, writer: Writer) -> None:
        await write(writer, b"HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n\x81\x00")


class Http09(HostileServer):
    """HTTP/0.9: bodies without heads."""

    expected = not_testable("not HTTP")

    async def send(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, response.body)
        raise CloseConnection


class Http10(HostileServer):
    """Correct: HTTP/1.0, without lengths; each connection is closed after its response."""

    expected = correct()

    def head(self, response: Response) -> bytes:
        return head_of(response, without="content-length").replace(b"HTTP/1.1", b"HTTP/1.0", 1)

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        await super().send(request, response, writer)
        raise CloseConnection


class UnknownVersion(HostileServer):
    """The version in each status line does not exist."""

    expected = Expected(codes=(1, 4), also=FRAMING)

    def head(self, response: Response) -> bytes:
        return head_of(response).replace(b"HTTP/1.1", b"HTTP/x.7", 1)


class RedirectLoop(HostileServer):
    """Each response redirects to its own URL."""

    expected = Expected(fails=("auth.accept.bearer",))

    def changed(self, request: Request, _: Response) -> Response:
        return error(307).with_header("location", request.path)


class RedirectElsewhere(HostileServer):
    """Each response redirects to another port; a client that follows it sends its credentials there."""

    expected = Expected(fails=("auth.accept.bearer",))
    _location = ""

    async def listen(self) -> None:
        other = await asyncio.start_server(self._followed, self.host, 0)
        self._location = f"http://{self.host}:{other.sockets[0].getsockname()[1]}/v1/embeddings"
        await super().listen()

    def changed(self, *_: object) -> Response:
        return error(307).with_header("location", self._location)

    async def _followed(self, _: asyncio.StreamReader, writer: Writer) -> None:
        print("the client followed a redirect", file=sys.stderr)
        writer.close()


MOST_ECHOED = 4096
"""Characters that are repeated in a header: a longer header section than clients read is another fault."""


class EchoedCredential(HostileServer):
    """Each rejection repeats the credential of its request in several encodings, in its body and in a header."""

    expected = Expected(fails=("auth.echo",))

    def changed(self, request: Request, response: Response) -> Response:
        given = request.header("authorization") or ""
        if response.ok or not given:
            return response
        shown = " ".join(
            encoding for text in (given, given.rpartition(" ")[2]) for encoding in encodings(text)
        )
        body = error(response.status, f"invalid request with {shown}").body
        return response.with_body(body).with_header("x-received", shown[:MOST_ECHOED])


def encodings(text: str) -> list[str]:
    """*text*, and its forms in base64, hexadecimal digits, URLs and HTML."""
    data = text.encode()
    in_url = quote(text, safe="").replace("-", "%2D")
    return [text, base64.b64encode(data).decode(), data.hex(), in_url, "".join(f"&#{byte};" for byte in data)]
