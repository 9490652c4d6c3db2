"""The ways in which a request is sent."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import StrEnum

CONTINUE_SECONDS = 1.0
"""How long a client with ``Expect: 100-continue`` waits before it sends the body (RFC 9110, section 10.1.1)."""

CLOSE_SECONDS = 3.0
"""How long a client waits for the target to close a connection that is not kept."""


class HeaderNames(StrEnum):
    """The case in which the names of all headers are sent. Names are case-insensitive (RFC 9110, section 5.1)."""

    AS_GIVEN = "as given"
    LOWER = "in lowercase"
    UPPER = "in uppercase"


class Abandon(StrEnum):
    """When the client closes the connection of a request, before it has the response."""

    IN_BODY = "in the middle of the body"
    BEFORE_RESPONSE = "before the response"


class ChunkedWith(StrEnum):
    """What a chunked body has besides its chunks. A server ignores what it does not know (RFC 9112, section 7.1)."""

    EXTENSIONS = "extensions of chunks"
    TRAILERS = "a trailer"


@dataclass(frozen=True, slots=True)
class Transport:
    """How a request is sent, apart from its content.

    http10: whether it is an HTTP/1.0 request.
    names: the case of the names of headers.
    expect_continue: the client sends ``Expect: 100-continue``, and waits at most `CONTINUE_SECONDS` before the body. A
        client that speaks HTTP/1.0 does not wait: it knows no interim responses.
    pause: seconds before each piece of the body.
    until: when it is set, the rest of the body is sent without a pause.
    pipelined: the requests before it on the same connection are sent together with it, before any response.
    abandon: when the client closes the connection; None: after the response.
    exact: the headers are complete, in this order. The client adds none, and replaces only the value of Host. Over TLS
        it leaves out those that offer HTTP/2 (h2c): there, clients negotiate it in the TLS handshake.
    chunked_with: what a chunked body has besides its chunks.
    trailers: the trailer fields of a chunked body.
    lengths: lengths of the body that contradict its framing. Each is sent in one more Content-Length header, before the
        right one; or after it, if ``lengths_last``.
    until_closed: the client waits at most `CLOSE_SECONDS` after the response for the target to close the connection.
    """

    http10: bool = False
    names: HeaderNames = HeaderNames.AS_GIVEN
    expect_continue: bool = False
    pause: float = 0.0
    until: asyncio.Event | None = field(default=None, compare=False, repr=False)
    pipelined: bool = False
    abandon: Abandon | None = None
    exact: bool = False
    chunked_with: ChunkedWith | None = None
    trailers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    lengths: tuple[int, ...] = ()
    lengths_last: bool = False
    until_closed: bool = False

    def __str__(self) -> str:
        parts = [
            "HTTP/1.0" if self.http10 else "",
            f"header names {self.names}" if self.names is not HeaderNames.AS_GIVEN else "",
            "Expect: 100-continue" if self.expect_continue else "",
            f"pauses of {self.pause:g} s before and in the body" if self.pause else "",
            "pipelined" if self.pipelined else "",
            f"the client disconnects {self.abandon}" if self.abandon else "",
            "no other headers" if self.exact else "",
            self.chunked_with or "",
            f"the trailer fields {', '.join(name for name, _ in self.trailers)}" if self.trailers else "",
            f"other lengths {'after' if self.lengths_last else 'before'} the right one"
            if self.lengths
            else "",
            "the client waits for the end of the connection" if self.until_closed else "",
        ]
        return ", ".join(filter(None, parts))


PLAIN = Transport()
