"""Targets whose responses decode to too much, or are JSON of an extreme kind."""

from __future__ import annotations

import gzip
import zlib
from functools import cache
from typing import ClassVar

from tests.faulty_servers.messages import Request, Response, respond

from .expected import ANY, FRAMING, TOO_LARGE, Expected
from .server import HostileServer

BOMB = 256 * 2**20
LEVELS = 200_000
DIGITS = 100_000
MANY = 200_000
UNREADABLE = ("response.*", "auth.accept.bearer", "property.*")
TOO_MUCH = (*TOO_LARGE, "property.*")


@cache
def gzip_bomb(layers: int) -> bytes:
    """256 MB of spaces, compressed *layers* times."""
    coder = zlib.compressobj(9, wbits=31)
    data = b"".join([coder.compress(b" " * 2**20) for _ in range(BOMB // 2**20)]) + coder.flush()
    for _ in range(layers - 1):
        data = gzip.compress(data)
    return data


class GzipBomb(HostileServer):
    """Each response to a valid request has 255 kB, which decode to 256 MB."""

    expected = Expected(fails=TOO_LARGE)
    statuses: ClassVar[range] = range(200, 300)
    layers: ClassVar[int] = 1

    def changed(self, _: Request, response: Response) -> Response:
        if response.status not in self.statuses:
            return response
        codings = ", ".join(["gzip"] * self.layers)
        return response.with_body(gzip_bomb(self.layers)).with_header("content-encoding", codings)


class GzipBombInTwoLayers(GzipBomb):
    """Each response to a valid request has some hundred bytes, which decode to 256 MB."""

    layers = 2


class GzipBombInRejections(GzipBomb):
    """Each rejection has 255 kB, which decode to 256 MB; its status shows that it is a rejection."""

    expected = Expected(codes=(0, 1), also=FRAMING)
    statuses = range(400, 500)


class PlainBodyCalledGzip(HostileServer):
    """Content-Encoding is gzip, and the body is plain."""

    expected = Expected(fails=FRAMING)

    def changed(self, _: Request, response: Response) -> Response:
        return response.with_header("content-encoding", "gzip")


class PlainBatchCalledGzip(HostileServer):
    """Content-Encoding is gzip, and the body is plain, in responses to batches."""

    expected = Expected(fails=FRAMING)

    def changed(self, request: Request, response: Response) -> Response:
        batch = isinstance(request.json_object.get("input"), list)
        return response.with_header("content-encoding", "gzip") if batch and response.ok else response


class GzipWithLengthOfPlainBody(HostileServer):
    """Content-Length of each compressed body is the length before the compression."""

    expected = Expected(fails=FRAMING, also=("auth.accept.bearer",))

    def changed(self, _: Request, response: Response) -> Response:
        length = str(len(response.body))
        packed = response.with_body(gzip.compress(response.body)).with_header("content-encoding", "gzip")
        return packed.with_header("content-length", length)


class GzipWithLengthOfPlainBatch(GzipWithLengthOfPlainBody):
    """Content-Length of each compressed response to a batch is the length before the compression."""

    expected = Expected(fails=FRAMING)

    def changed(self, request: Request, response: Response) -> Response:
        batch = isinstance(request.json_object.get("input"), list)
        return super().changed(request, response) if batch and response.ok else response


class TruncatedGzip(HostileServer):
    """The last bytes of each compressed body are missing."""

    expected = Expected(fails=FRAMING)

    def changed(self, _: Request, response: Response) -> Response:
        body = gzip.compress(response.body)[:-9]
        return response.with_body(body).with_header("content-encoding", "gzip")


class FiftyCodings(HostileServer):
    """Content-Encoding has 50 codings."""

    expected = Expected(fails=FRAMING)

    def changed(self, _: Request, response: Response) -> Response:
        return response.with_header("content-encoding", ", ".join(["gzip"] * 50))


class HugeInteger(HostileServer):
    """Each index has 100,000 more digits."""

    expected = Expected(fails=("response.json.long-number",), also=UNREADABLE)
    after: ClassVar[bytes] = b'"index":'
    inserted: ClassVar[bytes] = b"1" * DIGITS

    def changed(self, _: Request, response: Response) -> Response:
        changed = response.body.replace(self.after, self.after + self.inserted)
        return response.with_body(changed) if response.ok else response


class HugeExponent(HugeInteger):
    """Each index is 1e400 or more."""

    expected = Expected(fails=("response.data.items.index.type", "response.index"), also=UNREADABLE)
    inserted = b"1e40"


class DeepNesting(HugeInteger):
    """A property is an array of 200,000 levels."""

    expected = Expected(fails=("response.json.depth",), also=UNREADABLE)
    after = b'{"object":"list",'
    inserted = b'"deep":' + b"[" * LEVELS + b"]" * LEVELS + b","


class InvalidUtf8(HugeInteger):
    """A property is not UTF-8."""

    expected = Expected(fails=("response.json.encoding",), also=UNREADABLE)
    after = b'{"object":"list",'
    inserted = b'"text":"\xff\xfe\xed\xa0\x80",'


class ManyItems(HugeInteger):
    """Each response to a valid request has 200,000 empty items more."""

    expected = Expected(fails=TOO_MUCH, seconds=180)
    after = b'"data":['
    inserted = b"{}," * MANY


class ManyProperties(HugeInteger):
    """Each response to a valid request has 200,000 more properties: correct, but wasteful."""

    expected = Expected(codes=(0, 1, 2), also=TOO_MUCH, seconds=180)
    after = b'{"object":"list",'
    inserted = b"".join(b'"property %d":%d,' % (number, number) for number in range(MANY))


class LongVectors(HugeInteger):
    """Each vector has 200,000 numbers more than were requested."""

    expected = Expected(fails=TOO_MUCH, also=("meaning.*", "state.*", "request.*"), seconds=180)
    after = b'"embedding":['
    inserted = b"0.25," * MANY


class PageInsteadOfJson(HostileServer):
    """Each response is a page of 4 MB with a script and control characters, and status 200."""

    expected = Expected(fails=TOO_LARGE, also=ANY)

    def changed(self, *_: object) -> Response:
        page = b"<script>alert(1)</script>\x1b]0;x\x07\x00" * 120_000
        return respond(200, page, media_type="text/html")
