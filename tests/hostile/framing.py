"""Targets whose responses are not valid HTTP/1.1: wrong lengths, broken chunks, wrong codings of the transfer."""

from __future__ import annotations

from collections import Counter
from typing import ClassVar

from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Server

from .expected import EXTRA_BYTES, FRAMING, Expected, correct
from .server import CloseConnection, HostileServer, Writer, chunk, head_of, write

CHUNKED = b"transfer-encoding: chunked"
LAST = chunk(b"")
TRUNCATED = ("auth.accept.bearer", *FRAMING)
"""A connection that is closed within a response may be a wrong length or a crash."""


class Chunked(HostileServer):
    """Correct: sends all bodies chunked, except to clients that speak HTTP/1.0."""

    expected = correct()

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        if request.version == "1.0":
            await send_plain(request, response, writer)
        else:
            await super().send(request, response, writer)

    def head(self, response: Response) -> bytes:
        return head_of(response, without="content-length", more=(CHUNKED,))

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, chunk(response.body) + LAST)


class TinyChunks(Chunked):
    """Correct: sends bodies in chunks of 7 bytes."""

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        chunks = (chunk(response.body[at : at + 7]) for at in range(0, len(response.body), 7))
        await write(writer, b"".join(chunks) + LAST)


class ChunkedForOldClients(Chunked):
    """Responses to HTTP/1.0 requests are chunked."""

    expected = Expected(fails=("http.response.http10",))

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        if request.version == "1.0":
            await HostileServer.send(self, request, response, writer)
        else:
            await send_plain(request, response, writer)


class ChunkedWithLength(Chunked):
    """Responses are chunked, and have the length of the body too."""

    expected = Expected(fails=FRAMING)

    def head(self, response: Response) -> bytes:
        return head_of(response, more=(CHUNKED,))


class BrokenChunkSize(Chunked):
    """The size of each chunk is not a number."""

    expected = Expected(fails=FRAMING)

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, b"zz\r\n%b\r\n0\r\n\r\n" % response.body)


class BrokenChunkSizeInRejections(Chunked):
    """The size of each chunk of a rejection is not a number."""

    expected = Expected(fails=FRAMING)

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        sizes = chunk(response.body) if response.ok else b"zz\r\n%b\r\n" % response.body
        await write(writer, sizes + LAST)


class MissingLastChunk(Chunked):
    """Each connection is closed without a last chunk."""

    expected = Expected(fails=TRUNCATED)

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, chunk(response.body))
        raise CloseConnection


class MissingLastChunkOfBatch(Chunked):
    """Each connection is closed without a last chunk after the vectors of a batch."""

    expected = Expected(fails=("request.input.*", *FRAMING), also=("property.*",))

    async def send_body(self, request: Request, response: Response, writer: Writer) -> None:
        batch = isinstance(request.json_object.get("input"), list)
        server = MissingLastChunk if batch and response.ok else Chunked
        await server.send_body(self, request, response, writer)


class LengthTooLong(HostileServer):
    """Content-Length is 5 more than the body, and the connection is closed."""

    expected = Expected(fails=TRUNCATED)

    def head(self, response: Response) -> bytes:
        return head_of(response.with_header("content-length", str(len(response.body) + 5)))

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, response.body)
        raise CloseConnection


class LengthTooLongOfBatch(HostileServer):
    """Content-Length is 5 more than the body in responses to batches, and the connection stays open."""

    expected = Expected(fails=FRAMING)

    async def send(self, request: Request, response: Response, writer: Writer) -> None:
        batch = isinstance(request.json_object.get("input"), list) and response.ok
        length = str(len(response.body) + 5 * batch)
        await super().send(request, response.with_header("content-length", length), writer)


class LengthTooShort(HostileServer):
    """Content-Length is 5 less than the body."""

    expected = Expected(fails=(*EXTRA_BYTES, *FRAMING), also=("response.json.syntax", "property.*"))

    def head(self, response: Response) -> bytes:
        return head_of(response.with_header("content-length", str(len(response.body) - 5)))


class NewlineAfterBody(HostileServer):
    """Two bytes follow each body."""

    expected = Expected(fails=EXTRA_BYTES)

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, response.body + b"\r\n")


class BodyAfterHead(HostileServer):
    """Responses to HEAD have a body."""

    expected = Expected(fails=EXTRA_BYTES)

    async def send(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, head_of(response) + response.body)


class NegativeLength(HostileServer):
    """Content-Length is negative."""

    expected = Expected(fails=FRAMING)
    length: ClassVar[str] = "-1"

    def head(self, response: Response) -> bytes:
        return head_of(response.with_header("content-length", self.length))


class LengthIsText(NegativeLength):
    """Content-Length is not a number."""

    length = "many"


class TwoLengths(HostileServer):
    """Responses have two different Content-Length headers."""

    expected = Expected(fails=FRAMING)

    def head(self, response: Response) -> bytes:
        return head_of(response, more=(b"content-length: 3",))


class CutsLateResponses(HostileServer):
    """The 50th response on a connection, and all later ones, end before their length."""

    expected = Expected(
        fails=FRAMING, evidence="on a kept connection", also=("http.connection.many-requests",)
    )

    def __init__(self, reference: Server) -> None:
        super().__init__(reference)
        self._sent: Counter[Writer] = Counter()

    async def send_body(self, request: Request, response: Response, writer: Writer) -> None:
        self._sent[writer] += 1
        if self._sent[writer] < 50:
            await super().send_body(request, response, writer)
            return
        await write(writer, response.body[:-1])
        raise CloseConnection


class PlainBodyCalledChunked(HostileServer):
    """Transfer-Encoding is chunked, and the body is not."""

    expected = Expected(fails=TRUNCATED)
    coding: ClassVar[bytes] = b"chunked"

    def head(self, response: Response) -> bytes:
        return head_of(response, without="content-length", more=(b"transfer-encoding: " + self.coding,))

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, response.body)
        raise CloseConnection


class UnknownTransferEncoding(PlainBodyCalledChunked):
    """Transfer-Encoding is a coding that does not exist."""

    coding = b"identical"


async def send_plain(request: Request, response: Response, writer: Writer) -> None:
    """Send *response* with the length of its body."""
    await write(writer, head_of(response) + (b"" if request.method == "HEAD" else response.body))
