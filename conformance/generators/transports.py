"""The ways in which HTTP can carry one request, as factors of a covering array.

A correct server may reject some of them. Each choice names the statuses of such rejections.
"""

from __future__ import annotations

import gzip
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from conformance.http_client import ChunkedWith, HeaderNames, Request

from .covering import Choice, Factors

Change = Callable[[Request], Request]

CHUNK = 7
"""Bytes of a small chunk: less than one property of a request."""

CHUNKED, RESPELLED = "a chunked body of any kind", "another spelling of the media type"
"""The names of all ways to send a body in chunks, and of all other spellings of the media type."""

PAUSE = 0.3
"""Seconds before each piece of a body that is sent slowly: longer than a packet that is sent again."""

LONG_HEADER = 4000
"""Bytes of a header that some servers have no space for; the usual limits are 8,000 and more for all headers."""

VERSION_REJECTED = (426, 505)
"""Statuses with which a server rejects HTTP/1.0."""

ANY_REJECTION = range(400, 500)
"""A server that does not decode a compressed body reads it as something else, and may reject it with any 4xx."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way to send a request.

    *change* makes a request that is sent in this way. *honest* are the statuses with which a server may reject it.
    *may_close*: whether a server may close the connection instead. *kept*: whether it is sent after another request on
    the same connection. *group*: the name of several similar ways together.
    """

    change: Change
    honest: Collection[int] = ()
    may_close: bool = False
    kept: bool = False
    group: str = ""

    @property
    def may_be_rejected(self) -> bool:
        """Whether a correct server may reject a valid request that is sent in this way."""
        return bool(self.honest) or self.may_close


def transport_factors(media_type: str, path: str) -> Factors:
    """The factors for requests with *media_type* to *path*; the first choice of each is the usual way."""
    return {
        factor: [Choice(factor, "", Way(lambda request: request)), *(_choice(factor, *way) for way in ways)]
        for factor, ways in {
            "version": [("HTTP/1.0", Way(_transport(http10=True), VERSION_REJECTED))],
            "body": [
                ("a chunked body", _chunked(1 << 20)),
                ("a body in small chunks", _chunked(CHUNK)),
                *((f"a chunked body with {more}", _chunked(CHUNK, more)) for more in ChunkedWith),
                ("a slow body", Way(_transport(pause=PAUSE), (408,), may_close=True)),
            ],
            "names": [
                (f"header names {case}", Way(_transport(names=case)))
                for case in (HeaderNames.LOWER, HeaderNames.UPPER)
            ],
            "media type": [
                (f"the media type {written}", Way(_header("Content-Type", written), group=RESPELLED))
                for written in _spellings(media_type)
            ],
            "accept": [("Accept: */*", Way(_header("Accept", "*/*")))],
            "path": [("a percent-encoded path", Way(_encoded(path), (400, 404)))],
            "expect": [
                ("Expect: 100-continue", Way(_transport(expect_continue=True), (417,), may_close=True))
            ],
            "connection": [
                ("a kept connection", Way(lambda request: request, kept=True)),
                ("pipelining", Way(_transport(pipelined=True), kept=True)),
                ("Connection: close", Way(_header("Connection", "close"))),
            ],
            "coding": [("a gzip body", Way(_compressed, ANY_REJECTION))],
            "headers": [("a long header", Way(_header("X-Padding", "x" * LONG_HEADER), (400, 431), True))],
        }.items()
    }


@lru_cache(maxsize=10_000)
def can_be_sent(*chosen: Choice) -> bool:
    """Whether HTTP allows these choices together.

    HTTP/1.0 has neither chunks nor Expect nor pipelining, and a client that pipelines does not wait.
    """
    transports = [choice.value.change(Request(body=b"{}")) for choice in chosen]
    changes = [request.transport for request in transports]
    old = any(change.http10 for change in changes)
    chunked = any(isinstance(request.body, tuple) for request in transports)
    waits = any(change.expect_continue or change.pause for change in changes)
    kept = any(choice.value.kept for choice in chosen)
    pipelined = any(change.pipelined for change in changes)
    return not (old and (chunked or kept or waits)) and not (pipelined and waits)


def send_by(request: Request, choices: Sequence[Choice]) -> Request:
    """Return *request* as it is sent with all *choices*: its body is encoded before it is divided into chunks."""
    for choice in sorted(choices, key=lambda choice: choice.factor != "coding"):
        request = choice.value.change(request)
    return request


def _choice(factor: str, label: str, way: Way) -> Choice:
    return Choice(factor, label, way, way.group)


def _chunked(size: int, more: ChunkedWith | None = None) -> Way:
    return Way(_in_chunks(size, more), (411,), group=CHUNKED)


def _transport(**changes: Any) -> Change:
    return lambda request: replace(request, transport=replace(request.transport, **changes))


def _header(name: str, value: str) -> Change:
    def change(request: Request) -> Request:
        others = tuple((key, old) for key, old in request.headers if key.lower() != name.lower())
        return replace(request, headers=(*others, (name, value)))

    return change


def _in_chunks(size: int, more: ChunkedWith | None = None) -> Change:
    def change(request: Request) -> Request:
        body = request.body
        whole = body if isinstance(body, bytes) else b"".join(body or ())
        chunks = tuple(whole[start : start + size] for start in range(0, len(whole), size))
        return replace(request, body=chunks, transport=replace(request.transport, chunked_with=more))

    return change


def _compressed(request: Request) -> Request:
    body = request.body
    whole = body if isinstance(body, bytes) else b"".join(body or ())
    encoded = gzip.compress(whole, mtime=0)
    return replace(request, body=encoded, headers=(*request.headers, ("Content-Encoding", "gzip")))


def _encoded(path: str) -> Change:
    """Percent-encode one letter of the path (RFC 3986, section 2.3: the same path)."""
    unescaped = re.compile(r"(?<!%)(?<!%[0-9A-Fa-f])[A-Za-z]")
    encoded = unescaped.sub(lambda letter: f"%{ord(letter[0]):02X}", path, count=1)
    return lambda request: replace(request, path=encoded)


def _spellings(media_type: str) -> list[str]:
    return [f'{media_type}; charset="UTF-8"', f"{media_type.title()};charset=utf-8"]
