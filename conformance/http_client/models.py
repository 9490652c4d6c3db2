"""What is sent to a target and what comes back, as data."""

from __future__ import annotations

import gzip
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import TracebackType
from typing import Protocol, Self

from .transport import PLAIN, Transport

DETAIL_LENGTH = 300

MAX_HISTORY = 8
"""Requests of a connection that an exchange names."""

MAX_UNREQUESTED = 20
"""Entries of `Target.unrequested`."""

GZIP = b"\x1f\x8b"
"""The beginning of a gzip stream (RFC 1952, section 2.3.1)."""

EXTRA_BYTES = 200
"""Bytes that are kept of those that follow a complete response."""

OK: Collection[int] = frozenset({200})
"""The status of success of most operations."""


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, which is sent without changes.

    headers: name and value in the order of sending; a name may repeat, a value is sent as UTF-8. The client adds only
        what the request does not name: Host, the framing header, and its own defaults.
    body: bytes are sent with a Content-Length; a tuple is sent chunked, one chunk for each non-empty item; None is sent
        without a body and without a framing header.
    method: sent in the case in which it is given.
    path: is appended to the path of the target's base URL.
    query: without "?"; is appended to the query of the base URL.
    response_limit: bytes of the largest body that a response to it can need; None: the limit of the client.
    transport: how it is sent.
    success: the statuses of a successful response to it.

    The repr omits headers and body, which contain credentials and can be large.
    """

    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    body: bytes | tuple[bytes, ...] | None = field(default=None, repr=False)
    method: str = "POST"
    path: str = "/embeddings"
    query: str = ""
    response_limit: int | None = field(default=None, compare=False, repr=False)
    transport: Transport = field(default=PLAIN, hash=False)  # few requests differ only in it
    success: Collection[int] = field(default=OK, compare=False, repr=False)

    @property
    def content(self) -> bytes | None:
        """The body without its chunks and its content coding; None without a body."""
        whole = b"".join(self.body) if isinstance(self.body, tuple) else self.body
        is_compressed = any(name.lower() == "content-encoding" for name, _ in self.headers)
        return gzip.decompress(whole) if whole and is_compressed and whole.startswith(GZIP) else whole

    @property
    def offers_upgrade(self) -> bool:
        """Whether it offers another protocol. Some servers then read its body as a second request."""
        return any(name.lower() == "upgrade" for name, _ in self.headers)


@dataclass(frozen=True, slots=True)
class Response:
    """One complete response.

    headers: in the order of arrival, names in lowercase, repeats kept; values are decoded as UTF-8, or as ISO-8859-1 if
        they are not UTF-8.
    body: with its content codings removed.
    omitted: bytes that are missing at the end of `body`; if the rest was not read, at least 1.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)
    omitted: int = 0

    def header(self, name: str) -> str | None:
        """Return the value of a header, or None if it is absent.

        Repeated headers are joined with a comma and a space (RFC 9110, section 5.3).
        """
        values = [value for key, value in self.headers if key == name.lower()]
        return ", ".join(values) if values else None


class FailureKind(StrEnum):
    """Why there is no response.

    ``abandoned`` is no fault of the target: the client has closed the connection, as the request's transport says, or
    the target has closed it after the response to an earlier pipelined request.
    """

    REFUSED = "refused"
    UNRESOLVED = "unresolved"
    TLS = "tls"
    TIMEOUT = "timeout"
    DROPPED = "dropped"
    PROTOCOL = "protocol"
    NOT_HTTP = "not-http"
    TOO_LARGE = "too-large"
    NOT_READ = "not-read"
    ABANDONED = "abandoned"


@dataclass(frozen=True, slots=True)
class Failure:
    """Why there is no complete response: the kind, an explanation on one line, and whether a response had begun."""

    kind: FailureKind
    detail: str
    begun: bool = False


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Exchange:
    """A request and its outcome: either a response or a failure.

    seconds: from the first attempt to connect to the last byte of the response.
    before: the requests sent earlier on the same connection, the newest last; at most `MAX_HISTORY` of them.
    closed_while_idle: whether the target closed a kept connection before it sent a byte of the response. That is no
        fault (RFC 9112, section 9.3.1): the request must be sent again, on a new connection.
    extra: the beginning of the bytes that followed the complete response.
    interim: the statuses of the interim responses (1xx) before the response.
    left_open: whether the target kept the connection open, although the client waited for its end.
    renewed: the request as it was sent, if credentials in `request` had been renewed before.
    """

    request: Request
    response: Response | None
    failure: Failure | None
    seconds: float
    before: tuple[Request, ...] = field(default=(), repr=False)
    closed_while_idle: bool = False
    extra: bytes = field(default=b"", repr=False)
    interim: tuple[int, ...] = ()
    left_open: bool = False
    renewed: Request | None = field(default=None, repr=False)

    @property
    def sent(self) -> Request:
        """The request as it was sent."""
        return self.renewed or self.request

    @property
    def status(self) -> int:
        """The status of the response, or 0 without one."""
        return 0 if self.response is None else self.response.status

    @property
    def succeeded(self) -> bool:
        """Whether the response has a status of success."""
        return self.status in self.request.success

    @property
    def body(self) -> bytes:
        """The body of the response, or nothing without one."""
        return b"" if self.response is None else self.response.body

    @property
    def was_abandoned(self) -> bool:
        """Whether there is no response, and that is no fault of the target."""
        return self.failure is not None and self.failure.kind is FailureKind.ABANDONED

    @property
    def was_dropped(self) -> bool:
        """Whether the target closed the connection before the response was complete."""
        return self.failure is not None and self.failure.kind is FailureKind.DROPPED

    @property
    def was_cut(self) -> bool:
        """Whether the target closed the connection within the response."""
        return self.was_dropped and self.failure is not None and self.failure.begun

    def clipped(self, size: int) -> Exchange:
        """This exchange with at most *size* bytes of the response's body."""
        response = self.response
        if response is None or len(response.body) <= size:
            return self
        omitted = response.omitted + len(response.body) - size
        return replace(self, response=replace(response, body=response.body[:size], omitted=omitted))


@dataclass(frozen=True, slots=True)
class UnrequestedBytes:
    """Bytes that arrived on a kept connection after the complete response of *exchange*, without another request.

    data: their beginning.
    """

    exchange: Exchange
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one response. A larger response is a failure of kind too-large.

    body: bytes of the body, both as they arrive and decoded. If the request allows more, the kind is not-read.
    rejection: bytes of the body of a response that is not a 2xx. Of a larger one, only the beginning is read.
    interim: number of interim (1xx) responses before the response.
    ratio: decoded bytes for each byte that arrived, checked above `ratio_from` decoded bytes. One deflate stream cannot
        reach 1,033, so the default stops only codings that are applied to each other.
    codings: content codings of one body.
    headers: number of header lines.
    header_bytes: bytes of all names and values together.
    stall: seconds without a byte after which a body that is complete by its content has a wrong Content-Length.
    """

    body: int = 96 * 1024 * 1024
    rejection: int = 1024 * 1024
    interim: int = 50
    ratio: int = 2000
    ratio_from: int = 1024 * 1024
    codings: int = 2
    headers: int = 256
    header_bytes: int = 64 * 1024
    stall: float = 10.0


class Target(Protocol):
    """An implementation under test. Enter it as an async context manager before the first `send`."""

    @property
    def description(self) -> Mapping[str, str]:
        """What the target is, for a report; it contains no secret."""
        ...

    @property
    def unrequested(self) -> Sequence[UnrequestedBytes]:
        """Bytes that followed complete responses on kept connections, so far; at most `MAX_UNREQUESTED` entries."""
        ...

    async def send(self, request: Request, *, after: Sequence[Request] | None = None) -> Exchange:
        """Send one request, once. Calls may be concurrent. A fault of the target never raises.

        after: None: on a kept connection if there is one. Otherwise on a new connection, on which these requests are
            sent first, one after the other. If the target closes it in between, the rest goes on another one.

        Raises `Unsendable` if the request itself cannot be written as HTTP/1.1.
        """
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...


class ExchangeError(Exception):
    """Carries a `Failure` to the function that builds the exchange. It never leaves this package."""

    def __init__(self, kind: FailureKind, detail: str, *, begun: bool = False) -> None:
        self.failure = Failure(kind, one_line(detail), begun)
        super().__init__(self.failure.detail)


async def send_until_received(target: Target, request: Request) -> Exchange:
    """Send a request; if the target closes a kept connection just then, send it again on a new one."""
    exchange = await target.send(request)
    return await target.send(request, after=()) if exchange.closed_while_idle else exchange


class MissingEnd(ExchangeError):
    """The content of a body was complete, but shorter than its Content-Length."""


class NoResponse(ExchangeError):
    """The connection was closed before the first byte of a response."""


def one_line(text: str) -> str:
    """Return the text on one line of at most `DETAIL_LENGTH` characters."""
    line = " ".join(text.split())
    return line if len(line) <= DETAIL_LENGTH else line[: DETAIL_LENGTH - 1] + "…"
