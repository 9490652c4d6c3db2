"""Write a `Request` as an HTTP/1.1 message (RFC 9112)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version

import h11

from conformance.errors import UsageError

from .content_decoding import CODINGS
from .models import Limits, Request
from .transport import ChunkedWith, HeaderNames, Transport
from .url import Address

Header = tuple[bytes, bytes]
DISTRIBUTION = "embeddings-conformance"
FORBIDDEN_IN_VALUES = re.compile(rb"[\x00\n\v\f\r]")
EXTENSION = b';checked=1;note="a;b"'
TRAILERS = [(b"X-Checked", b"1")]
FRAMING = frozenset({b"content-length", b"transfer-encoding"})


class Unsendable(UsageError, ValueError):
    """A request that cannot be written as HTTP/1.1. This is never a fault of the target.

    request: the request.
    problem: what is wrong with it. It omits header values, which can be credentials.
    """

    def __init__(self, request: Request, problem: str) -> None:
        self.request = request
        self.problem = problem
        super().__init__(f"this request cannot be sent as HTTP/1.1: {problem}")


@dataclass(frozen=True, slots=True)
class Message:
    """A request as bytes, with the protocol state that reads its response.

    parts: the head first, then one item for each chunk or piece of the body.
    """

    protocol: h11.Connection
    parts: tuple[bytes, ...]


def write_request(
    request: Request,
    address: Address,
    limits: Limits,
    *,
    absolute: bool = False,
    extra: tuple[Header, ...] = (),
) -> Message:
    """Write a request for the target at an address.

    absolute: write the whole URL in the request line, as a proxy needs it (RFC 9112, section 3.2.2).
    extra: headers for the proxy, after all others.

    h11 checks the message and frames its body. The head is written here, so that each header is sent as it was given.
    That includes whitespace around a value, which is not a part of the value (RFC 9110, section 5.5).

    Raises `Unsendable`.
    """
    protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.header_bytes)
    try:
        target = address.target(request.path, request.query)
        line_target = f"{address.origin}{target}" if absolute else target
        headers = [*_headers(request, address), *extra]
        _check_values(request, headers)
        method = request.method.encode()
        stripped = [(name, value.strip(b" \t")) for name, value in headers]
        protocol.send(h11.Request(method=method, target=line_target, headers=stripped))
        body = _body(protocol, request)
    except (h11.LocalProtocolError, UnicodeError) as error:
        raise Unsendable(request, str(error)) from None
    return Message(protocol, (_head(request, line_target.encode(), headers), *body))


def _check_values(request: Request, headers: list[Header]) -> None:
    """Reject forbidden characters here, because the message of h11 quotes the value."""
    for name, value in headers:
        if FORBIDDEN_IN_VALUES.search(value):
            label = name.decode(errors="replace")
            problem = f"the value of the header {label!r} contains a line break, a NUL or a form feed"
            raise Unsendable(request, problem)


def _headers(request: Request, address: Address) -> list[Header]:
    given = [(name.encode(), value.encode()) for name, value in request.headers]
    host = [(b"Host", address.netloc.encode())]
    if request.transport.exact:
        secure = address.scheme == "https"
        kept = [(name, value) for name, value in given if not (secure and _offers_http2(name, value))]
        return [(name, host[0][1] if name.lower() == b"host" else value) for name, value in kept]
    named = {name.lower() for name, _ in given}
    expect = [(b"Expect", b"100-continue")] if request.transport.expect_continue else []
    framing = [] if FRAMING & named else _framing(request.body)
    missing = [item for item in (*_defaults(), *expect, *framing) if item[0].lower() not in named]
    return [*([] if b"host" in named else host), *given, *missing]


def _offers_http2(name: bytes, value: bytes) -> bool:
    """Whether a header belongs to the upgrade from HTTP/1.1 to HTTP/2 without TLS (RFC 7540, section 3.2)."""
    name = name.lower()
    return name in (b"upgrade", b"http2-settings") or (name == b"connection" and b"HTTP2-Settings" in value)


def _framing(body: bytes | tuple[bytes, ...] | None) -> list[Header]:
    if body is None:
        return []
    if isinstance(body, tuple):
        return [(b"Transfer-Encoding", b"chunked")]
    return [(b"Content-Length", str(len(body)).encode())]


def _body(protocol: h11.Connection, request: Request) -> list[bytes]:
    is_chunked = isinstance(request.body, tuple)
    pieces = request.body if isinstance(request.body, tuple) else (request.body or b"",)
    written = [protocol.send(h11.Data(data=piece)) for piece in pieces if piece]
    more = request.transport.chunked_with if is_chunked else None
    if more is ChunkedWith.EXTENSIONS:
        written = [chunk and chunk.replace(b"\r\n", EXTENSION + b"\r\n", 1) for chunk in written]
    trailers: list[Header] = TRAILERS if more is ChunkedWith.TRAILERS else []
    if is_chunked:
        trailers = [
            *trailers,
            *((name.encode(), value.encode()) for name, value in request.transport.trailers),
        ]
    written.append(protocol.send(h11.EndOfMessage(headers=trailers)))
    return [part for part in written if part]


def _head(request: Request, target: bytes, headers: list[Header]) -> bytes:
    version = b"1.0" if request.transport.http10 else b"1.1"
    others = [(b"Content-Length", str(length).encode()) for length in request.transport.lengths]
    headers = [*headers, *others] if request.transport.lengths_last else [*others, *headers]
    named = ((_cased(name, request.transport), value) for name, value in headers)
    lines = [b"%s %s HTTP/%s" % (request.method.encode(), target, version), *(b"%s: %s" % h for h in named)]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _cased(name: bytes, transport: Transport) -> bytes:
    match transport.names:
        case HeaderNames.LOWER:
            return name.lower()
        case HeaderNames.UPPER:
            return name.upper()
    return name


@cache
def _defaults() -> tuple[Header, ...]:
    try:
        release = version(DISTRIBUTION)
    except PackageNotFoundError:  # a source tree that is not installed
        release = "0"
    return (
        (b"User-Agent", f"{DISTRIBUTION}/{release}".encode()),
        (b"Accept", b"application/json"),
        (b"Accept-Encoding", ", ".join(CODINGS).encode()),
    )
