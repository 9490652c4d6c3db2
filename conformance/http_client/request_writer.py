"""From a `Request` to the bytes of an HTTP/1.1 message (RFC 9112)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import h11

from conformance.errors import UsageError

from .limits import Limits
from .models import Request
from .url import Address

Header = tuple[bytes, bytes]
DISTRIBUTION = "embeddings-conformance"
NOT_IN_A_VALUE = re.compile(rb"[\x00\n\v\f\r]")
FRAMING = frozenset({b"content-length", b"transfer-encoding"})


class Unsendable(UsageError, ValueError):
    """A request that cannot be written as HTTP/1.1: a mistake of its author, never of the target.

    request: the request.
    problem: what is wrong with it, without any header's value, which may be a credential.
    """

    def __init__(self, request: Request, problem: str) -> None:
        self.request = request
        self.problem = problem
        super().__init__(f"this request cannot be sent as HTTP/1.1: {problem}")


@dataclass(frozen=True, slots=True)
class Message:
    """A request ready to be written, with the protocol state that reads its answer.

    parts: the head first, then one item for each chunk or piece of the body.
    """

    wire: h11.Connection
    parts: tuple[bytes, ...]


def compose(
    request: Request,
    address: Address,
    limits: Limits,
    *,
    absolute: bool = False,
    extra: tuple[Header, ...] = (),
) -> Message:
    """Write a request for the target at an address.

    absolute: name the whole URL in the request line, as a proxy needs it (RFC 9112, section 3.2.2).
    extra: headers for the next hop, behind all others.

    h11 judges the message and frames its body. The head is written here, so that each header goes out as it
    was given, with the blanks around its value, which are no part of the value (RFC 9110, section 5.5).

    Raises `Unsendable`.
    """
    wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.header_bytes)
    try:
        target = address.target(request.path, request.query)
        line_target = f"{address.origin}{target}" if absolute else target
        headers = [*_headers(request, address), *extra]
        _check_values(request, headers)
        method = request.method.encode()
        stripped = [(name, value.strip(b" \t")) for name, value in headers]
        wire.send(h11.Request(method=method, target=line_target, headers=stripped))
        body = _body(wire, request.body)
    except (h11.LocalProtocolError, UnicodeError) as error:
        raise Unsendable(request, str(error)) from None
    return Message(wire, (_head(method, line_target.encode(), headers), *body))


def _check_values(request: Request, headers: list[Header]) -> None:
    """Find what h11 would refuse: its own message quotes the value."""
    for name, value in headers:
        if NOT_IN_A_VALUE.search(value):
            label = name.decode(errors="replace")
            problem = f"the value of the header {label!r} holds a line break, a NUL or a form feed"
            raise Unsendable(request, problem)


def _headers(request: Request, address: Address) -> list[Header]:
    given = [(name.encode(), value.encode()) for name, value in request.headers]
    named = {name.lower() for name, _ in given}
    host = [(b"Host", address.netloc.encode())]
    framing = [] if FRAMING & named else _framing(request.body)
    missing = [item for item in (*_defaults(), *framing) if item[0].lower() not in named]
    return [*([] if b"host" in named else host), *given, *missing]


def _framing(body: bytes | tuple[bytes, ...] | None) -> list[Header]:
    if body is None:
        return []
    if isinstance(body, tuple):
        return [(b"Transfer-Encoding", b"chunked")]
    return [(b"Content-Length", str(len(body)).encode())]


def _body(wire: h11.Connection, body: bytes | tuple[bytes, ...] | None) -> list[bytes]:
    pieces = body if isinstance(body, tuple) else (body or b"",)
    written = [wire.send(h11.Data(data=piece)) for piece in pieces if piece]
    written.append(wire.send(h11.EndOfMessage()))
    return [part for part in written if part]


def _head(method: bytes, target: bytes, headers: list[Header]) -> bytes:
    lines = [b"%s %s HTTP/1.1" % (method, target), *(b"%s: %s" % header for header in headers)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


@cache
def _defaults() -> tuple[Header, ...]:
    try:
        release = version(DISTRIBUTION)
    except PackageNotFoundError:  # run from a source tree that was never installed
        release = "0"
    return (
        (b"User-Agent", f"{DISTRIBUTION}/{release}".encode()),
        (b"Accept", b"application/json"),
        (b"Accept-Encoding", b"gzip, deflate"),
    )
