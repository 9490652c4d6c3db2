"""A target on the network: an HTTP/1.1 client that keeps connections and uses them again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

import h11

from .connection import Connection
from .connector import Connector, parse_proxy
from .deadline import check_timeout, with_deadline
from .models import (
    EXTRA_BYTES,
    MAX_UNREQUESTED,
    Exchange,
    ExchangeError,
    FailureKind,
    Limits,
    MissingEnd,
    NoResponse,
    Request,
    Response,
    UnrequestedBytes,
)
from .request_sender import own_seconds, send_parts
from .request_writer import Message, write_request
from .response_reader import Progress, ResponseReader
from .tls import tls_context
from .transport import CLOSE_SECONDS, PLAIN, Transport
from .url import parse_base_url

# Common servers (uvicorn, Node) close an idle connection after 5 s. A shorter time makes it less likely that a server
# closes a connection just when a request is sent on it.
MAX_IDLE_SECONDS = 4.0

NEXT_STALL = 1.0
"""`Limits.stall` after a body without its end: others are expected to have the same fault."""


def open_url(
    url: str,
    *,
    timeout: float = 60.0,
    ca: str | Path | None = None,
    cert: str | Path | None = None,
    proxy: str | None = None,
    limits: Limits | None = None,
) -> NetworkTarget:
    """Return the target at a base URL; nothing is sent yet.

    timeout: seconds for one whole exchange, including the connection. Pauses of the client are added.
    ca: PEM file of the authorities to trust instead of the system's.
    cert: PEM file of a client certificate with its private key.
    proxy: URL of an HTTP proxy. The proxy variables of the environment are ignored.

    Raises `TargetUrlError` for an unusable URL, `CertificateFileError` for an unusable file, and ValueError for an
    invalid timeout.
    """
    address = parse_base_url(url)
    files = [None if file is None else Path(file) for file in (ca, cert)]
    secure = address.scheme == "https" or any(files)
    context = tls_context(*files) if secure else None
    connector = Connector(
        address,
        context if address.scheme == "https" else None,
        None if proxy is None else parse_proxy(proxy),
        check_timeout(timeout),
    )
    return NetworkTarget(connector, timeout=timeout, limits=limits or Limits())


class NetworkTarget:
    """A `Target` behind a URL. It keeps no cookies, follows no redirects and reads no environment variables.

    httpx would be the usual choice. It loses a response that comes before the request was read, does not distinguish
    garbage from a closed connection, and rewrites methods. Verdicts depend on all three.
    """

    def __init__(self, connector: Connector, *, timeout: float, limits: Limits) -> None:
        self._connector = connector
        self._timeout = timeout
        self._close_seconds = min(CLOSE_SECONDS, timeout / 4)
        self._limits = replace(limits, stall=min(limits.stall, timeout / 2))
        self._idle: list[Connection] = []
        self._unrequested: list[UnrequestedBytes] = []
        self._closing = False
        self._in_flight = 0

    @property
    def description(self) -> Mapping[str, str]:
        """The URL, with query values hidden."""
        return {"url": self._connector.address.public()}

    @property
    def unrequested(self) -> Sequence[UnrequestedBytes]:
        """Bytes that arrived on kept connections without a request, so far."""
        for connection in [connection for connection in self._idle if connection.unread]:
            self._idle.remove(connection)
            self._close(connection)
        return tuple(self._unrequested)

    async def send(self, request: Request, *, after: Sequence[Request] | None = None) -> Exchange:
        """Send one request, once. A fault of the target never raises. Raises `Unsendable`."""
        self._in_flight += 1
        try:
            if request.transport.pipelined and after:
                return await self._pipelined(request, after)
            connection = self._take_idle() if after is None else None
            if after is not None:
                await self._make_room()
            for earlier in after or ():
                _, connection = await self._exchange(earlier, connection)
            exchange, connection = await self._exchange(request, connection)
        finally:
            self._in_flight -= 1
        if connection is not None and not self._closing:
            self._idle.append(connection)
        elif connection is not None:
            connection.abort()
        return exchange

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing = True
        idle, self._idle = self._idle, []
        for connection in idle:
            self._close(connection)
        await asyncio.gather(*(connection.closed() for connection in idle))

    async def _exchange(
        self, request: Request, kept: Connection | None
    ) -> tuple[Exchange, Connection | None]:
        """One exchange on the connection *kept*, or on a new one; and its connection, if it can be kept."""
        message = self._write(request)
        progress = Progress(before=tuple(kept.history) if kept else ())
        used: list[Connection] = []
        response = self._response(message, kept, used, progress, request.response_limit, request.transport)
        timeout = self._timeout + own_seconds(message.parts, request.transport)
        timeout += self._close_seconds if request.transport.until_closed else 0.0
        exchange = await with_deadline(request, response, timeout=timeout, progress=progress)
        if exchange.response is None or not used[0].reusable or request.offers_upgrade:
            for connection in used:
                connection.abort()
            return exchange, None
        used[0].keep_after(exchange)
        return exchange, used[0]

    async def _pipelined(self, request: Request, after: Sequence[Request]) -> Exchange:
        """Send all requests together on a new connection, and read their responses."""
        await self._make_room()
        progress = Progress(before=tuple(after))
        responses = self._responses([*after, request], progress)
        return await with_deadline(request, responses, timeout=self._timeout, progress=progress)

    async def _responses(self, requests: Sequence[Request], progress: Progress) -> Response:
        """The last response to pipelined requests."""
        messages = [self._write(request) for request in requests]
        connection = await self._connector.open(self._limits, progress)
        rest = b""
        try:
            # At once: what a target does with the rest of a split request depends on the moment when it arrives.
            connection.write(b"".join(part for message in messages for part in message.parts))
            for number, (message, request) in enumerate(zip(messages, requests, strict=True)):
                reader = ResponseReader(
                    connection, message.protocol, self._limits, progress, request.response_limit, rest
                )
                try:
                    response = await reader.read()
                except ExchangeError as error:
                    closed = error.failure.kind is FailureKind.DROPPED
                    if not closed or (not number and isinstance(error, NoResponse)):
                        raise
                    detail = f"the server closed the connection of {len(requests)} pipelined requests"
                    raise ExchangeError(FailureKind.ABANDONED, detail) from error
                rest = message.protocol.trailing_data[0]
        finally:
            connection.abort()
        return response

    def _write(self, request: Request) -> Message:
        connector = self._connector
        return write_request(
            request,
            connector.address,
            self._limits,
            absolute=connector.forwarded,
            extra=connector.proxy_headers,
        )

    async def _response(
        self,
        message: Message,
        kept: Connection | None,
        used: list[Connection],
        progress: Progress,
        needed: int | None,
        transport: Transport,
    ) -> Response:
        connection = kept or await self._connector.open(self._limits, progress)
        used.append(connection)
        reader = ResponseReader(connection, message.protocol, self._limits, progress, needed)
        try:
            if transport == PLAIN:
                connection.write_all(message.parts)
                response, whole = await reader.read(), True
            else:
                response, whole = await _send_and_read(connection, message, transport, reader, progress)
        except BaseException as error:
            progress.closed_while_idle = kept is not None and isinstance(error, NoResponse)
            if isinstance(error, MissingEnd):
                self._limits = replace(self._limits, stall=min(self._limits.stall, NEXT_STALL))
            if connection.unsent:
                progress.stage += f", {connection.unsent:,} bytes of the request were not read"
            connection.abort()
            raise
        if transport.until_closed and not response.omitted:
            progress.left_open = not await connection.ends_within(self._close_seconds)
        if not whole or transport.http10:
            connection.abort()
            return response
        done = message.protocol.our_state is h11.DONE and message.protocol.their_state is h11.DONE
        extra = message.protocol.trailing_data[0] or connection.unread
        if done and not response.omitted:
            progress.extra = extra[:EXTRA_BYTES]
        if extra or not done:
            connection.abort()
        return response

    async def _make_room(self) -> None:
        """Close an idle connection before a new one is opened; all of them if no other request is in flight.

        A target may allow only a few connections.
        """
        number = len(self._idle) if self._in_flight == 1 else 1
        closed, self._idle = self._idle[:number], self._idle[number:]
        for connection in closed:
            self._close(connection)
        await asyncio.gather(*(connection.closed() for connection in closed))

    def _take_idle(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable and connection.idle_seconds < MAX_IDLE_SECONDS:
                return connection
            self._close(connection)
        return None

    def _close(self, connection: Connection) -> None:
        """Close an idle connection, and record what arrived on it."""
        if connection.unread and connection.last and len(self._unrequested) < MAX_UNREQUESTED:
            data = connection.unread[:EXTRA_BYTES]
            self._unrequested.append(UnrequestedBytes(connection.last, data))
        connection.abort()


async def _send_and_read(
    connection: Connection,
    message: Message,
    transport: Transport,
    reader: ResponseReader,
    progress: Progress,
) -> tuple[Response, bool]:
    """Read the response while the request is sent; and whether all of the request was sent."""
    sending = asyncio.create_task(send_parts(connection, message.parts, transport, progress.continuing))
    reading = asyncio.create_task(reader.read())
    try:
        await asyncio.wait({sending, reading}, return_when=asyncio.FIRST_COMPLETED)
        if not reading.done():
            await sending
        return await reading, sending.done()
    finally:
        for task in (sending, reading):
            task.cancel()
        await asyncio.gather(sending, reading, return_exceptions=True)
