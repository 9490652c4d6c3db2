"""Read one response from a stream of bytes, within limits."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from typing import Protocol

import h11

from .content_decoding import BodyDecoder, codings_of
from .models import (
    ExchangeError,
    Failure,
    FailureKind,
    Limits,
    MissingEnd,
    NoResponse,
    Request,
    Response,
)

SWITCHING_PROTOCOLS = 101
OPENING = b"HTTP/"
TLS_ALERT = b"\x15\x03"


class ByteStream(Protocol):
    """The source of a response: a connection, or an in-process application."""

    async def read(self) -> bytes:
        """Wait for at least one byte and return all bytes that have arrived; b"" at the end."""
        ...

    def failure(self) -> Failure | None:
        """Return, after the end, why the stream broke; None if it was closed normally."""
        ...


@dataclass(slots=True)
class Progress:
    """What is known of an exchange before it ends.

    stage: the current stage, for the message of a timeout.
    continuing: is set after the first interim response.
    interim: the statuses of the interim responses so far.
    The other attributes become those of the `Exchange`.
    """

    stage: str = ""
    before: tuple[Request, ...] = ()
    closed_while_idle: bool = False
    extra: bytes = b""
    left_open: bool = False
    interim: list[int] = field(default_factory=list)
    continuing: asyncio.Event = field(default_factory=asyncio.Event)


class ResponseReader:
    """Turns the bytes of a stream into a `Response`, or raises an `ExchangeError`.

    *needed* is the size of the largest body that the request can need. *begun* are bytes of the response that were read
    already. Raises `NoResponse` if the stream ends before
    its first byte.
    """

    def __init__(
        self,
        stream: ByteStream,
        protocol: h11.Connection,
        limits: Limits,
        progress: Progress,
        needed: int | None = None,
        begun: bytes = b"",
    ) -> None:
        self._stream = stream
        self._begun = begun
        self._protocol = protocol
        self._limits = limits
        self._progress = progress
        self._needed = needed
        self._opening = b""
        self._ended = self._chunked = False
        self._length: str | None = None
        self._decoder: BodyDecoder | None = None

    async def read(self) -> Response:
        """Read head and body."""
        self._progress.stage = "waiting for the response"
        head = await self.head()
        headers = self._headers(head)
        self._chunked = any(name == "transfer-encoding" for name, _ in headers)
        self._length = next((value for name, value in headers if name == "content-length"), None)
        if not 200 <= head.status_code < 300:
            return await self._rejection(head.status_code, headers)
        return Response(head.status_code, headers, await self._accepted(headers))

    async def _accepted(self, headers: tuple[tuple[str, str], ...]) -> bytes:
        """Read the body of a 2xx response, within what its request can need and within what the client reads."""
        wanted = self._limits.body if self._needed is None else self._needed
        body = BodyDecoder(codings_of(headers), replace(self._limits, body=min(wanted, self._limits.body)))
        self._decoder = body
        try:
            async for data in self._body():
                body.add(data)
        except ExchangeError as error:
            if error.failure.kind is FailureKind.TOO_LARGE and wanted > self._limits.body:
                raise ExchangeError(FailureKind.NOT_READ, error.failure.detail) from error
            raise
        return body.finish()

    async def _rejection(self, status: int, headers: tuple[tuple[str, str], ...]) -> Response:
        """Read a response that is not a 2xx; of a body over the limit, only the beginning."""
        limits = replace(self._limits, body=self._limits.rejection)
        self._decoder = body = BodyDecoder(codings_of(headers), limits)
        try:
            async for data in self._body():
                body.add(data)
        except ExchangeError as error:
            if error.failure.kind is not FailureKind.TOO_LARGE:
                raise
            kept = body.decoded[: limits.body]
            return Response(status, headers, kept, omitted=max(1, body.received - len(kept)))
        return Response(status, headers, body.finish())

    async def _body(self) -> AsyncIterator[bytes]:
        received = 0
        while isinstance(event := await self._event(), h11.Data):
            received += len(event.data)
            self._progress.stage = f"reading the body, {received:,} bytes had arrived"
            yield bytes(event.data)

    async def head(self) -> h11.Response | h11.InformationalResponse:
        """Read the head. Interim responses before it are skipped (RFC 9110, section 15.2)."""
        for _ in range(self._limits.interim + 1):
            event = await self._event()
            if isinstance(event, h11.Response):
                return event
            self._progress.continuing.set()
            if not isinstance(event, h11.InformationalResponse):
                raise ExchangeError(FailureKind.PROTOCOL, f"expected the head of a response, found {event!r}")
            if event.status_code == SWITCHING_PROTOCOLS:
                return event
            self._progress.interim.append(event.status_code)
        detail = f"more than {self._limits.interim} interim responses (1xx) came before the response"
        raise ExchangeError(FailureKind.PROTOCOL, detail)

    def _headers(self, head: h11.Response | h11.InformationalResponse) -> tuple[tuple[str, str], ...]:
        limits = self._limits
        if len(head.headers) > limits.headers:
            detail = f"the response has more than {limits.headers} headers"
            raise ExchangeError(FailureKind.TOO_LARGE, detail)
        if sum(len(name) + len(value) for name, value in head.headers) > limits.header_bytes:
            raise self._head_too_large()
        return tuple((_text(name), _text(value)) for name, value in head.headers)

    async def _event(self) -> object:
        while True:
            try:
                event = self._protocol.next_event()
            except h11.RemoteProtocolError as error:
                raise self._exchange_error(error) from error
            if event is not h11.NEED_DATA:
                return event
            self._protocol.receive_data(await self._more())

    async def _more(self) -> bytes:
        data, self._begun = self._begun or await self._read(), b""
        if not data:
            self._end()
        elif len(self._opening) < len(OPENING):
            seen = self._opening + data
            self._opening = seen[: len(OPENING)]
            if not OPENING.startswith(self._opening):
                raise _not_http(seen)
        return data

    async def _read(self) -> bytes:
        """Wait for more bytes; if a body is complete by its content, only for a limited time."""
        if self._decoder is None or not self._decoder.received or self._length is None:
            return await self._stream.read()
        try:
            async with asyncio.timeout(self._limits.stall):
                return await self._stream.read()
        except TimeoutError:
            if not self._decoder.has_whole_content:
                return await self._stream.read()
        received, seconds = self._decoder.received, self._limits.stall
        detail = f"Content-Length is {self._length}, but only {received} bytes came, and no more in {seconds:.3g} s"
        raise MissingEnd(FailureKind.PROTOCOL, detail)

    def _end(self) -> None:
        self._ended = True
        failure = self._stream.failure() or Failure(FailureKind.DROPPED, "the connection was closed")
        if not self._opening and failure.kind is FailureKind.DROPPED:
            raise NoResponse(failure.kind, f"{failure.detail} before a response")
        if self._stream.failure():
            raise ExchangeError(failure.kind, failure.detail, begun=True)

    def _exchange_error(self, error: h11.RemoteProtocolError) -> ExchangeError:
        if self._ended and not self._is_bad_chunk():
            detail = f"the connection was closed within the response ({error})"
            return ExchangeError(FailureKind.DROPPED, detail, begun=True)
        if error.error_status_hint == 431:  # h11's hint that an incomplete head is larger than its buffer
            return self._head_too_large()
        return ExchangeError(FailureKind.PROTOCOL, f"the response is not valid HTTP/1.1: {error}")

    def _is_bad_chunk(self) -> bool:
        """Whether the rest of the body does not begin with the size of a chunk."""
        rest = self._protocol.trailing_data[0]
        return self._chunked and not re.match(rb"[0-9A-Fa-f]*(?:[ \t;\r]|$)", rest)

    def _head_too_large(self) -> ExchangeError:
        limit = self._limits.header_bytes
        detail = f"the headers of the response are larger than {limit:,} bytes"
        return ExchangeError(FailureKind.TOO_LARGE, detail)


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("iso-8859-1")


def _not_http(seen: bytes) -> ExchangeError:
    hint = "; the server seems to use TLS (https)" if seen.startswith(TLS_ALERT) else ""
    detail = f"the response is not HTTP, it begins with {seen[:40]!r}{hint}"
    return ExchangeError(FailureKind.NOT_HTTP, detail)
