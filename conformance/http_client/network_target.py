"""A target on the network: an HTTP/1.1 client that keeps connections and uses them again."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import h11

from .connection import Connection
from .connector import Connector, parse_proxy
from .deadline import check_timeout, with_deadline
from .models import Exchange, ExchangeError, FailureKind, Limits, NoResponse, Request, Response
from .request_writer import Message, write_request
from .response_reader import Progress, ResponseReader
from .tls import tls_context
from .url import parse

# Common servers (uvicorn, Node) close an idle connection after 5 s. A shorter time makes it less likely that a server
# closes a connection just when a request is sent on it.
MAX_IDLE_SECONDS = 4.0


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

    timeout: seconds for one whole exchange, including the connection.
    ca: PEM file of the authorities to trust instead of the system's.
    cert: PEM file of a client certificate with its private key.
    proxy: URL of an HTTP proxy. The proxy variables of the environment are ignored.

    Raises `TargetUrlError` for an unusable URL, `CertificateFileError` for an unusable file, and ValueError for an
    invalid timeout.
    """
    address = parse(url)
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
        self._limits = limits
        self._idle: list[Connection] = []
        self._closing = False

    @property
    def description(self) -> Mapping[str, str]:
        """The URL, with query values hidden."""
        return {"url": self._connector.address.public()}

    async def send(self, request: Request) -> Exchange:
        """Send one request. A fault of the target never raises. Raises `Unsendable`."""
        message = self._write(request)
        progress = Progress()
        response = self._response(request, message, progress)
        return await with_deadline(request, response, timeout=self._timeout, progress=progress)

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
            connection.abort()
        await asyncio.gather(*(connection.closed() for connection in idle))

    def _write(self, request: Request) -> Message:
        connector = self._connector
        return write_request(
            request,
            connector.address,
            self._limits,
            absolute=connector.forwarded,
            extra=connector.proxy_headers,
        )

    async def _response(self, request: Request, message: Message, progress: Progress) -> Response:
        connection = self._take_idle()
        if connection is None:
            connection = await self._connector.open(self._limits, progress)
            return await self._send_on(connection, message, progress)
        try:
            return await self._send_on(connection, message, progress)
        except NoResponse as error:
            return await self._send_again(request, error, progress)

    async def _send_again(self, request: Request, first: NoResponse, progress: Progress) -> Response:
        """Send once more, on a new connection: the target may close a kept one just when a request is sent.

        That race is not a fault (RFC 9112, section 9.3.1). A target that crashes does so again.
        """
        try:
            connection = await self._connector.open(self._limits, progress)
        except ExchangeError as error:
            if error.failure.kind is not FailureKind.REFUSED:
                raise
            detail = f"{first.failure.detail}; afterwards: {error.failure.detail}"
            raise ExchangeError(FailureKind.DROPPED, detail) from error
        return await self._send_on(connection, self._write(request), progress)

    async def _send_on(self, connection: Connection, message: Message, progress: Progress) -> Response:
        try:
            for part in message.parts:
                connection.write(part)
            response = await ResponseReader(connection, message.protocol, self._limits, progress).read()
        except BaseException:
            if connection.unsent:
                progress.stage += f", {connection.unsent:,} bytes of the request were not read"
            connection.abort()
            raise
        self._keep_or_close(connection, message.protocol)
        return response

    def _keep_or_close(self, connection: Connection, protocol: h11.Connection) -> None:
        done = protocol.our_state is h11.DONE and protocol.their_state is h11.DONE
        unexpected = protocol.trailing_data[0]
        if done and connection.reusable and not unexpected and not self._closing:
            connection.mark_idle()
            self._idle.append(connection)
        else:
            connection.abort()

    def _take_idle(self) -> Connection | None:
        while self._idle:
            connection = self._idle.pop()
            if connection.reusable and connection.idle_seconds < MAX_IDLE_SECONDS:
                return connection
            connection.abort()
        return None
