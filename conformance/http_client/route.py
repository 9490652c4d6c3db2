"""The way to a target: straight or through a proxy, in plain text or in TLS."""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
from dataclasses import dataclass
from urllib.parse import unquote

import h11

from .connection import Stream
from .limits import Limits
from .models import FailureKind, Fault
from .request_writer import Header
from .response_reader import AnswerReader, Progress
from .tls import explain
from .url import Address, TargetUrlError, address_of, split


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy; headers: its own credential, if it has one."""

    address: Address
    headers: tuple[Header, ...] = ()


def parse_proxy(url: str) -> Proxy:
    """Read a proxy's URL; user and password inside it become Basic credentials (RFC 7617).

    Raises `TargetUrlError`.
    """
    parts = split(url, noun="proxy URL")
    address = address_of(parts, url, noun="proxy URL")
    if address.scheme != "http":
        raise TargetUrlError(
            url, "only proxies that are spoken to in plain http are supported", noun="proxy URL"
        )
    if parts.username is None:
        return Proxy(address)
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(address, ((b"Proxy-Authorization", b"Basic " + base64.b64encode(pair.encode())),))


@dataclass(frozen=True, slots=True)
class Route:
    """How to reach the target.

    tls: None for plain text.
    handshake_seconds: bound of the TLS handshake alone.
    """

    address: Address
    tls: ssl.SSLContext | None
    proxy: Proxy | None
    handshake_seconds: float

    @property
    def forwarded(self) -> bool:
        """Whether a proxy reads the request itself, in place of passing a tunnel on."""
        return self.proxy is not None and self.tls is None

    @property
    def hop_headers(self) -> tuple[Header, ...]:
        """Headers that the next hop needs in each request."""
        return self.proxy.headers if self.proxy and self.forwarded else ()

    async def open(self, limits: Limits, progress: Progress) -> Stream:
        """Open a new connection to the target. Raises `Fault`."""
        hop = self.proxy.address if self.proxy else self.address
        progress.doing = f"connecting to {hop.authority}"
        stream = await _connect(hop)
        try:
            if self.tls is not None:
                if self.proxy:
                    await _tunnel(stream, self.address, self.proxy, limits, progress)
                await self._start_tls(stream, self.tls, progress)
        except BaseException:
            stream.abort()
            raise
        return stream

    async def _start_tls(self, stream: Stream, context: ssl.SSLContext, progress: Progress) -> None:
        progress.doing = f"in the TLS handshake with {self.address.authority}"
        try:
            await stream.start_tls(context, self.address.host, self.handshake_seconds)
        except OSError as error:
            raise Fault(FailureKind.TLS, explain(error)) from error


async def _connect(hop: Address) -> Stream:
    loop = asyncio.get_running_loop()
    try:
        # One address after the other: attempts that overlap (happy eyeballs) leak sockets in Python 3.13.0 when
        # a deadline cancels them.
        _, stream = await loop.create_connection(Stream, hop.host, hop.port)
    except socket.gaierror as error:
        detail = f"the host name {hop.host!r} does not resolve ({error.strerror})"
        raise Fault(FailureKind.UNRESOLVED, detail) from error
    except TimeoutError as error:
        raise Fault(FailureKind.TIMEOUT, f"no connection to {hop.authority} ({error})") from error
    except OSError as error:
        raise Fault(FailureKind.REFUSED, f"no connection to {hop.authority} ({error})") from error
    return stream


async def _tunnel(stream: Stream, to: Address, proxy: Proxy, limits: Limits, progress: Progress) -> None:
    """Have the proxy pass bytes on (RFC 9110, section 9.3.6)."""
    progress.doing = f"waiting for the proxy {proxy.address.authority} to connect to {to.authority}"
    wire = h11.Connection(h11.CLIENT, max_incomplete_event_size=limits.header_bytes)
    headers = [(b"Host", to.authority.encode()), *proxy.headers]
    stream.write(wire.send(h11.Request(method="CONNECT", target=to.authority, headers=headers)))
    stream.write(wire.send(h11.EndOfMessage()))
    try:
        head = await AnswerReader(stream, wire, limits, progress).head()
    except Fault as fault:
        raise Fault(FailureKind.REFUSED, f"the proxy gave no tunnel: {fault.failure.detail}") from fault
    if not 200 <= head.status_code < 300:
        detail = f"the proxy answered {head.status_code} to CONNECT {to.authority}"
        raise Fault(FailureKind.REFUSED, detail)
