"""One connection as a stream of bytes: a response can be read while a request is still being written."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
import time
from collections import deque
from collections.abc import Iterable
from contextlib import suppress

from .models import EXTRA_BYTES, MAX_HISTORY, Exchange, Failure, FailureKind, Request
from .tls import explain_tls_error

BUFFER = 256 * 1024


class Connection(asyncio.Protocol):
    """A connection. Writing never waits, because a target may respond and close before it has read a large request.

    history: the requests that were sent on it.
    last: the last complete exchange on it.

    A client that writes the whole request before it reads loses such a response (often a 413). If the target responded
    and stopped reading, that client waits without end.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._received = bytearray()
        self._changed = asyncio.Event()
        self._ended = False
        self._error: Exception | None = None
        self._closed = asyncio.Event()
        self._idle_since = time.monotonic()
        self.last: Exchange | None = None
        self.history: deque[Request] = deque(maxlen=MAX_HISTORY)

    @property
    def unsent(self) -> int:
        """Bytes that the other side has not accepted yet."""
        return self._transport.get_write_buffer_size() if self._transport else 0

    @property
    def reusable(self) -> bool:
        """Whether the connection is open, all written bytes are sent, and all received bytes are read."""
        return not (self._ended or self._received or self.unsent)

    @property
    def idle_seconds(self) -> float:
        """Seconds since the last `keep_after`."""
        return time.monotonic() - self._idle_since

    @property
    def unread(self) -> bytes:
        """The bytes that have arrived and were not read."""
        return bytes(self._received)

    def keep_after(self, exchange: Exchange) -> None:
        """Record a complete exchange, after which the connection is idle."""
        self.history.append(exchange.request)
        self.last = exchange.clipped(EXTRA_BYTES)
        self._idle_since = time.monotonic()

    def write(self, data: bytes) -> None:
        """Send bytes. After the end of the connection they are discarded; `read` reports the end.

        A transport that is closing would discard them too, and asyncio would log a warning.
        """
        if self._transport and not self._ended and not self._transport.is_closing():
            self._transport.write(data)

    async def read(self) -> bytes:
        """Wait for at least one byte and return all bytes that have arrived; b"" at the end."""
        while not self._received and not self._ended:
            self._changed.clear()
            await self._changed.wait()
        data = bytes(self._received)
        self._received.clear()
        if self._transport and not self._ended:
            self._transport.resume_reading()
        return data

    def write_all(self, parts: Iterable[bytes]) -> None:
        """Send all parts, without a pause."""
        for part in parts:
            self.write(part)

    def failure(self) -> Failure | None:
        """Return, after the end, why the connection broke; None if it was closed normally."""
        if self._error is None:
            return None
        if isinstance(self._error, ssl.SSLError):
            return Failure(FailureKind.TLS, explain_tls_error(self._error))
        reason = getattr(self._error, "strerror", None) or str(self._error) or type(self._error).__name__
        return Failure(FailureKind.DROPPED, f"the connection broke ({reason})")

    async def start_tls(self, context: ssl.SSLContext, host: str, handshake_seconds: float) -> None:
        """Start TLS as the client, and verify the host name. Raises OSError or `ssl.SSLError`."""
        if self._ended or self._transport is None:
            raise self._error or ConnectionResetError("closed before the TLS handshake")
        loop = asyncio.get_running_loop()
        self._transport = await loop.start_tls(
            self._transport, self, context, server_hostname=host, ssl_handshake_timeout=handshake_seconds
        )

    def _arrived(self) -> bytes:
        """The bytes that had arrived when sending failed: the event loop does not read them.

        A target may respond before it has read the whole request, and close the connection.
        """
        if self._transport is None or self._transport.get_extra_info("sslcontext") is not None:
            return b""
        arrived = bytearray()
        with socket.socket(fileno=os.dup(self._transport.get_extra_info("socket").fileno())) as rest:
            rest.setblocking(False)
            with suppress(OSError):
                while len(arrived) < BUFFER and (data := rest.recv(BUFFER)):
                    arrived += data
        return bytes(arrived)

    async def ends_within(self, seconds: float) -> bool:
        """Wait until the other side closes the connection; whether it does in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                while not self._ended:
                    self._changed.clear()
                    await self._changed.wait()
        return self._ended

    def abort(self) -> None:
        """Close at once and discard unsent bytes."""
        self._ended = True
        if self._transport:
            self._transport.abort()

    async def closed(self) -> None:
        """Wait until an aborted connection is closed."""
        await self._closed.wait()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._received += data
        self._changed.set()
        if len(self._received) > BUFFER and self._transport:
            self._transport.pause_reading()

    def eof_received(self) -> None:
        """Called by the event loop, which then closes the connection."""
        self._ended = True
        self._changed.set()

    def connection_lost(self, error: Exception | None) -> None:
        """Called by the event loop."""
        if isinstance(error, ConnectionError):
            self._received += self._arrived()
        self._ended = True
        self._error = error
        self._changed.set()
        self._closed.set()
