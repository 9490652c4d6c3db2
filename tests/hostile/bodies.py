"""Targets whose response bodies have no end, are very large, or arrive very slowly."""

from __future__ import annotations

import asyncio

from tests.faulty_servers.messages import Request, Response

from .expected import ANSWERING, FRAMING, NO_ANSWER, SHORT, TOO_LARGE, Expected, correct, not_testable
from .framing import LAST, Chunked
from .server import HostileServer, Writer, chunk, head_of, write

SPACES = b" " * 2**16
MANY = 20 * 2**20


class EndlessBody(Chunked):
    """The body of each response to a valid request has no end."""

    expected = Expected(fails=TOO_LARGE)

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, chunk(response.body))
        while response.ok:
            await write(writer, chunk(SPACES))
        await write(writer, LAST)


class EndlessRejection(Chunked):
    """The body of each rejection has no end; its status and its beginning show that it is one."""

    expected = Expected(codes=(0, 1), also=FRAMING)

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, chunk(response.body))
        while not response.ok:
            await write(writer, chunk(SPACES))
        await write(writer, LAST)


class EndlessTrailers(Chunked):
    """The trailers after each body have no end."""

    expected = Expected(fails=FRAMING)

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, chunk(response.body) + b"0\r\n")
        while True:
            await write(writer, b"x-trailer: 1\r\n" * 1000)


class EndlessChunkExtension(Chunked):
    """The first chunk of each body has an extension without end."""

    expected = Expected(fails=FRAMING)

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        await write(writer, b"%x;x=" % len(response.body))
        while True:
            await write(writer, SPACES)


class LengthOfTerabyte(HostileServer):
    """Content-Length is a terabyte, and bytes follow without end."""

    expected = Expected(fails=TOO_LARGE)

    def head(self, response: Response) -> bytes:
        return head_of(response.with_header("content-length", str(10**12)))

    async def send_body(self, _: Request, _response: Response, writer: Writer) -> None:
        while True:
            await write(writer, SPACES)


class DrippingBody(HostileServer):
    """The body of each response arrives at two bytes a second."""

    expected = not_testable("(?i)time", options=SHORT)

    async def send_body(self, _: Request, response: Response, writer: Writer) -> None:
        for byte in response.body:
            await asyncio.sleep(0.5)
            await write(writer, bytes([byte]))


class DrippingForBase64(HostileServer):
    """The body of each response in base64 arrives at two bytes a second."""

    expected = Expected(fails=ANSWERING, evidence=NO_ANSWER, options=SHORT)

    async def send_body(self, request: Request, response: Response, writer: Writer) -> None:
        slow = response.ok and request.json_object.get("encoding_format") == "base64"
        await (DrippingBody if slow else HostileServer).send_body(self, request, response, writer)


class PaddedRejections(HostileServer):
    """Correct, but wasteful: 20 MiB of spaces follow the JSON of each rejection."""

    expected = correct(seconds=180, whole=True)

    def changed(self, _: Request, response: Response) -> Response:
        return response if response.ok else response.with_body(response.body + b" " * MANY)


class PaddedResponses(HostileServer):
    """Correct, but wasteful: 20 MiB of spaces follow the JSON of each response to a valid request."""

    expected = Expected(codes=(0, 1, 2), also=TOO_LARGE, seconds=180)

    def changed(self, _: Request, response: Response) -> Response:
        return response.with_body(response.body + b" " * MANY) if response.ok else response


class LargeBatches(HostileServer):
    """Correct: the reference, with the largest batches of the contract."""

    expected = correct(seconds=120, whole=True)
