"""Open connections to a target: directly or through a proxy, in plain text or with TLS."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from dataclasses import dataclass
from os import strerror
from urllib.parse import unquote

import h11

from .connection import Connection
from .models import ExchangeError, FailureKind, Limits
from .request_writer import Header
from .response_reader import Progress, ResponseReader
from .tls import explain_tls_error
from .url import Address, TargetUrlError, address_of, split_url


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; headers: its own credential, if it has one."""

    address: Address
    headers: tuple[Header, ...] = ()


def parse_proxy(url: str) -> Proxy:
    """Parse a proxy's URL. A user and password in it become Basic credentials (RFC 7617).

    Raises `TargetUrlError`.
    """
    parts = split_url(url, noun="proxy URL")
    address = address_of(parts, url, noun="proxy URL")
    if address.scheme != "http":
        problem = "https is not supported between client and proxy; use an http:// proxy"
        raise TargetUrlError(url, problem, noun="proxy URL")
    if parts.username is None:
        return Proxy(address)
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(address, ((b"Proxy-Authorization", b"Basic " + base64.b64encode(pair.encode())),))


@dataclass(frozen=True, slots=True)
class Connector:
    """How to reach a target.

    tls: None for plain text.
    handshake_seconds: limit of the TLS handshake alone.
    """

    address: Address
    tls: ssl.SSLContext | None
    proxy: Proxy | None
    handshake_seconds: float

    @property
    def forwarded(self) -> bool:
        """Whether a proxy reads and forwards each request. With TLS, the proxy only tunnels bytes."""
        return self.proxy is not None and self.tls is None

    @property
    def proxy_headers(self) -> tuple[Header, ...]:
        """Headers that the proxy needs in each forwarded request."""
        return self.proxy.headers if self.proxy and self.forwarded else ()

    async def open(self, limits: Limits, progress: Progress) -> Connection:
        """Open a new connection to the target. Raises `ExchangeError`."""
        first = self.proxy.address if self.proxy else self.address
        progress.stage = f"connecting to {first.authority}"
        connection = await _connect(first)
        try:
            if self.tls is not None:
                if self.proxy:
                    await _tunnel(connection, self.address, self.proxy, limits, progress)
                await self._start_tls(connection, self.tls, progress)
        except BaseException:
            connection.abort()
            raise
        return connection

    async def _start_tls(self, connection: Connection, context: ssl.SSLContext, progress: Progress) -> None:
        progress.stage = f"in the TLS handshake with {self.address.authority}"
        try:
            await connection.start_tls(context, self.address.host, self.handshake_seconds)
        except OSError as error:
            raise ExchangeError(FailureKind.TLS, explain_tls_error(error)) from error


async def _connect(to: Address) -> Connection:
    loop = asyncio.get_running_loop()
    try:
        # One address after the other: overlapping attempts (happy eyeballs) leak sockets in Python 3.13.0 when a
        # deadline cancels them.
        _, connection = await loop.create_connection(Connection, to.host, to.port)
    except socket.gaierror as error:
        detail = f"the host name {to.host!r} does not resolve; check the URL ({error.strerror})"
        raise ExchangeError(FailureKind.UNRESOLVED, detail) from error
    except TimeoutError as error:
        raise ExchangeError(FailureKind.TIMEOUT, f"no connection to {to.authority} ({error})") from error
    except OSError as error:
        reason = strerror(error.errno) if error.errno else error
        detail = f"no connection to {to.authority}; start the server, or check the address ({reason})"
        raise ExchangeError(FailureKind.REFUSED, detail) from error
    return connection


async def _tunnel(
    connection: Connection, to: Address, proxy: Proxy, limits: Limits, progress: Progress
) -> None:
    """Ask the proxy for a tunnel to the target (RFC 9110, section 9.3.6)."""
    progress.stage = f"waiting for the proxy {proxy.address.authority} to connect to {to.authority}"
    protocol = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.header_bytes)
    headers = [(b"Host", to.authority.encode()), *proxy.headers]
    connection.write(protocol.send(h11.Request(method="CONNECT", target=to.authority, headers=headers)))
    connection.write(protocol.send(h11.EndOfMessage()))
    try:
        head = await ResponseReader(connection, protocol, limits, progress).head()
    except ExchangeError as error:
        detail = f"the proxy opened no tunnel: {error.failure.detail}"
        raise ExchangeError(FailureKind.REFUSED, detail) from error
    if not 200 <= head.status_code < 300:
        detail = f"the proxy responded with {head.status_code} to CONNECT {to.authority}"
        raise ExchangeError(FailureKind.REFUSED, detail)
