"""Targets that read the header section or the trailer of a request wrongly: connection options, Expect, trailers."""

from __future__ import annotations

from dataclasses import replace

from tests.faulty_servers.messages import Request, Response, error

from .expected import Expected, correct
from .reading import CONTINUE, Reader, read_body, read_head
from .server import HostileServer, Writer, is_last, write

CLOSE = ("http.connection.close",)


class KeepsAllConnections(HostileServer):
    """No connection is closed after a request with Connection: close."""

    expected = Expected(fails=CLOSE)

    def is_last(self, _: Request) -> bool:
        return False


class ReadsOneConnectionOption(HostileServer):
    """A connection is closed only if close is the only connection option."""

    expected = Expected(fails=CLOSE)

    def is_last(self, request: Request) -> bool:
        return (request.header("connection") or "").lower() == "close"


class ReadsLowercaseConnectionOptions(HostileServer):
    """A connection is closed only if the option close is in lowercase."""

    expected = Expected(fails=CLOSE)

    def is_last(self, request: Request) -> bool:
        return is_last(request) and (request.header("connection") or "").islower()


class ContinueForOldClients(HostileServer):
    """HTTP/1.0 requests with Expect: 100-continue get a 100."""

    expected = Expected(fails=("http.expect.http10",))

    async def connected(self, reader: Reader, writer: Writer) -> None:
        while (head := await read_head(reader)) is not None:
            if head.header("expect") and head.version == "1.0":
                await write(writer, CONTINUE)
            request = await read_body(head, reader)
            await self.answer(request, writer)
            if self.is_last(request):
                break


class RejectsExpectOfOldClients(HostileServer):
    """HTTP/1.0 requests with Expect: 100-continue get a 417."""

    expected = Expected(codes=(1,), fails=("http.expect.http10",), also=("http.expect",))

    def changed(self, request: Request, response: Response) -> Response:
        return error(417) if request.header("expect") and request.version == "1.0" else response


class TrailersAsHeaders(HostileServer):
    """The trailer of a chunked request is added to its headers."""

    expected = Expected(fails=("auth.headers-only", "http.trailer"))

    async def read(self, reader: Reader) -> Request | None:
        head = await read_head(reader)
        return head and await read_body(head, reader, merged=True)


class TrailersBeforeHeaders(TrailersAsHeaders):
    """The trailer of a chunked request replaces its headers."""

    expected = Expected(fails=("http.trailer",), also=("auth.headers-only",))

    async def read(self, reader: Reader) -> Request | None:
        request = await super().read(reader)
        last = {} if request is None else dict(request.headers)
        return request and replace(request, headers=tuple(last.items()))


class FirstOfTwoLengths(HostileServer):
    """Of two Content-Length headers that differ, the first one counts."""

    expected = Expected(fails=("http.conflicting-lengths",))

    async def read(self, reader: Reader) -> Request | None:
        head = await read_head(reader)
        return head and await read_body(head, reader, first_length=True)


class ChecksCredentialsOnce(HostileServer):
    """The credentials of the first accepted request on a connection count for all later ones."""

    expected = Expected(fails=("auth.reused-connection",), also=("auth.*", "property.*", "http.*"))

    async def connected(self, reader: Reader, writer: Writer) -> None:
        credential: str | None = None
        while (request := await self.read(reader)) is not None:
            sent = request if credential is None else request.with_header("authorization", credential)
            response = await self.respond(sent)
            credential = credential or (request.header("authorization") if response.ok else None)
            await self.send(request, response, writer)
            if self.is_last(request):
                break


class RejectsTrailers(HostileServer):
    """Correct: chunked requests with a trailer are rejected, except for a field without a meaning."""

    expected = correct()

    async def read(self, reader: Reader) -> Request | None:
        head = await read_head(reader)
        request = head and await read_body(head, reader, merged=True)
        if head is None or request is None:
            return None
        fields = {name for name, _ in request.headers[len(head.headers) :]}
        return replace(request, headers=head.headers, path="/" if fields - {b"x-checked"} else request.path)
