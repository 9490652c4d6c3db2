"""Read one answer from a stream of bytes, within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import h11

from .content_decoding import Body, codings_of
from .limits import Limits
from .models import Failure, FailureKind, Fault, Response, Unanswered

SWITCHING_PROTOCOLS = 101
OPENING = b"HTTP/"
TLS_ALERT = b"\x15\x03"


class ByteStream(Protocol):
    """Where an answer comes from: a connection, or an application in this process."""

    async def read(self) -> bytes:
        """Return what has arrived, waiting for at least one byte; b"" at the end."""
        ...

    def lost(self) -> Failure | None:
        """Return, after the end, why it was no orderly one; None for an orderly one."""
        ...


@dataclass(slots=True)
class Progress:
    """How far an exchange has come, for the sentence of a time-out."""

    doing: str = ""


class AnswerReader:
    """Turns the bytes of a stream into a `Response`, or raises a `Fault`.

    `Unanswered` is raised when the stream ends before its first byte.
    """

    def __init__(self, stream: ByteStream, wire: h11.Connection, limits: Limits, progress: Progress) -> None:
        self._stream = stream
        self._wire = wire
        self._limits = limits
        self._progress = progress
        self._opening = b""
        self._ended = False

    async def read(self) -> Response:
        """Read head and body."""
        self._progress.doing = "waiting for the answer"
        head = await self.head()
        headers = self._headers(head)
        body = Body(codings_of(headers), self._limits)
        received = 0
        while isinstance(event := await self._event(), h11.Data):
            received += len(event.data)
            self._progress.doing = f"reading the body, {received:,} bytes of it had arrived"
            body.add(bytes(event.data))
        return Response(head.status_code, headers, body.finish())

    async def head(self) -> h11.Response | h11.InformationalResponse:
        """Read the head; interim answers before it are skipped (RFC 9110, section 15.2)."""
        while True:
            event = await self._event()
            if isinstance(event, h11.Response):
                return event
            if not isinstance(event, h11.InformationalResponse):
                raise Fault(FailureKind.PROTOCOL, f"expected the head of an answer, found {event!r}")
            if event.status_code == SWITCHING_PROTOCOLS:
                return event

    def _headers(self, head: h11.Response | h11.InformationalResponse) -> tuple[tuple[str, str], ...]:
        limits = self._limits
        if len(head.headers) > limits.headers:
            raise Fault(FailureKind.TOO_LARGE, f"the answer has more than {limits.headers} headers")
        if sum(len(name) + len(value) for name, value in head.headers) > limits.header_bytes:
            raise self._head_too_large()
        return tuple((_text(name), _text(value)) for name, value in head.headers)

    async def _event(self) -> object:
        while True:
            try:
                event = self._wire.next_event()
            except h11.RemoteProtocolError as error:
                raise self._fault(error) from error
            if event is not h11.NEED_DATA:
                return event
            self._wire.receive_data(await self._more())

    async def _more(self) -> bytes:
        data = await self._stream.read()
        if not data:
            self._end()
        elif len(self._opening) < len(OPENING):
            seen = self._opening + data
            self._opening = seen[: len(OPENING)]
            if not OPENING.startswith(self._opening):
                raise _not_http(seen)
        return data

    def _end(self) -> None:
        self._ended = True
        lost = self._stream.lost() or Failure(FailureKind.DROPPED, "the connection was closed")
        if not self._opening and lost.kind is FailureKind.DROPPED:
            raise Unanswered(lost.kind, f"{lost.detail} before an answer")
        if self._stream.lost():
            raise Fault(lost.kind, lost.detail)

    def _fault(self, error: h11.RemoteProtocolError) -> Fault:
        if self._ended:
            return Fault(FailureKind.DROPPED, f"the connection was closed within the answer ({error})")
        if error.error_status_hint == 431:  # h11's sign that an unfinished head outgrew its buffer
            return self._head_too_large()
        return Fault(FailureKind.PROTOCOL, f"the answer is not valid HTTP/1.1: {error}")

    def _head_too_large(self) -> Fault:
        limit = self._limits.header_bytes
        return Fault(FailureKind.TOO_LARGE, f"the headers of the answer are larger than {limit:,} bytes")


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("iso-8859-1")


def _not_http(seen: bytes) -> Fault:
    hint = "; the target seems to speak TLS (https)" if seen.startswith(TLS_ALERT) else ""
    return Fault(FailureKind.PROTOCOL, f"the answer is not HTTP, it begins with {seen[:40]!r}{hint}")
