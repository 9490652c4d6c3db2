"""One connection as a stream of bytes that is read while it is written."""

from __future__ import annotations

import asyncio
import ssl
import time

from .models import Failure, FailureKind
from .tls import explain

BUFFER = 256 * 1024


class Stream(asyncio.Protocol):
    """A connection. Writing never waits: a target may answer, and close, before it has read a large request.

    A client that writes first and reads then loses such an answer (often a 413), or waits for ever for a
    target that answered and stopped reading.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._news = asyncio.Event()
        self._ended = False
        self._error: Exception | None = None
        self._closed = asyncio.Event()
        self._idle_since = time.monotonic()

    @property
    def unsent(self) -> int:
        """Bytes that the other side has not taken yet."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    @property
    def quiet(self) -> bool:
        """Whether the connection is open and all that was written was taken, all that arrived was read."""
        return not (self._ended or self._received or self.unsent)

    @property
    def idle_seconds(self) -> float:
        """Seconds since the last `rest`."""
        return time.monotonic() - self._idle_since

    def rest(self) -> None:
        """Note the start of an idle time."""
        self._idle_since = time.monotonic()

    def write(self, data: bytes) -> None:
        """Hand bytes over for sending; after the end they are dropped, and `read` tells of the end."""
        if self._transport and not self._ended:
            self._transport.write(data)

    async def read(self) -> bytes:
        """Return what has arrived, waiting for at least one byte; b"" at the end."""
        while not self._received and not self._ended:
            self._news.clear()
            await self._news.wait()
        data = bytes(self._received)
        self._received.clear()
        if self._transport and not self._ended:
            self._transport.resume_reading()
        return data

    def lost(self) -> Failure | None:
        """Return, after the end, why it was no orderly one; None for an orderly one."""
        if self._error is None:
            return None
        if isinstance(self._error, ssl.SSLError):
            return Failure(FailureKind.TLS, explain(self._error))
        reason = getattr(self._error, "strerror", None) or str(self._error) or type(self._error).__name__
        return Failure(FailureKind.DROPPED, f"the connection broke ({reason})")

    async def start_tls(self, context: ssl.SSLContext, host: str, handshake_seconds: float) -> None:
        """Go on in TLS, as the client, with the host's name verified. Raises OSError or `ssl.SSLError`."""
        if self._ended or self._transport is None:
            raise self._error or ConnectionResetError("closed before the TLS handshake")
        loop = asyncio.get_running_loop()
        self._transport = await loop.start_tls(
            self._transport, self, context, server_hostname=host, ssl_handshake_timeout=handshake_seconds
        )

    def abort(self) -> None:
        """Close at once; what was not sent is dropped."""
        if self._transport:
            self._transport.abort()

    async def closed(self) -> None:
        """Wait until an aborted connection has gone."""
        await self._closed.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._received += data
        self._news.set()
        if len(self._received) > BUFFER and self._transport:
            self._transport.pause_reading()

    def eof_received(self) -> None:
        """Called by the event loop, which then closes the connection."""
        self._ended = True
        self._news.set()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the event loop."""
        self._ended = True
        self._error = error
        self._news.set()
        self._closed.set()
