"""A target over the network: one HTTP/1.1 client with connections that are kept and reused."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

import h11

from .connection import Stream
from .deadline import check_timeout, timed
from .limits import Limits
from .models import Exchange, FailureKind, Fault, Request, Response, Unanswered
from .request_writer import Message, compose
from .response_reader import AnswerReader, Progress
from .route import Route, parse_proxy
from .tls import tls_context
from .url import parse

# Shorter than the 5 s after which common servers (uvicorn, Node) close an idle connection: with fewer races
# between our request and their closing.
KEEP_SECONDS = 4.0


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

    timeout: seconds for one whole exchange, connecting included.
    ca: PEM file of the authorities to trust in place of the system's.
    cert: PEM file of a client certificate with its private key.
    proxy: URL of an HTTP proxy. The proxy variables of the environment are never looked at.

    Raises `TargetUrlError` for a URL that cannot be used, `CertificateFileError` for such a file, and
    ValueError for such a time-out.
    """
    address = parse(url)
    files = [None if file is None else Path(file) for file in (ca, cert)]
    secure = address.scheme == "https" or any(files)
    context = tls_context(*files) if secure else None
    route = Route(
        address,
        context if address.scheme == "https" else None,
        None if proxy is None else parse_proxy(proxy),
        check_timeout(timeout),
    )
    return NetworkTarget(route, timeout=timeout, limits=limits or Limits())


class NetworkTarget:
    """A `Target` behind a URL. It keeps no cookies, follows no redirect and knows no environment.

    httpx would be the usual choice. It loses an answer that comes before the request was read, has no sign
    that tells garbage from a closed connection, and rewrites methods; here all three decide verdicts.
    """

    def __init__(self, route: Route, *, timeout: float, limits: Limits) -> None:
        self._route = route
        self._timeout = timeout
        self._limits = limits
        self._idle: list[Stream] = []
        self._closing = False

    @property
    def description(self) -> Mapping[str, str]:
        """The URL, with query values hidden."""
        return {"url": self._route.address.public()}

    async def send(self, request: Request) -> Exchange:
        """Send one request. Raises `Unsendable`; nothing that the target does raises."""
        message = self._compose(request)
        progress = Progress()
        answer = self._answer(request, message, progress)
        return await timed(request, answer, timeout=self._timeout, progress=progress)

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
        for stream in idle:
            stream.abort()
        await asyncio.gather(*(stream.closed() for stream in idle))

    def _compose(self, request: Request) -> Message:
        route = self._route
        return compose(
            request, route.address, self._limits, absolute=route.forwarded, extra=route.hop_headers
        )

    async def _answer(self, request: Request, message: Message, progress: Progress) -> Response:
        stream = self._take_idle()
        if stream is None:
            stream = await self._route.open(self._limits, progress)
            return await self._talk(stream, message, progress)
        try:
            return await self._talk(stream, message, progress)
        except Unanswered as unanswered:
            return await self._again(request, unanswered, progress)

    async def _again(self, request: Request, first: Unanswered, progress: Progress) -> Response:
        """Send once more, on a new connection: a kept one may be closed just as a request is on its way.

        That race is nobody's fault (RFC 9112, section 9.3.1). A target that crashes does so again.
        """
        try:
            stream = await self._route.open(self._limits, progress)
        except Fault as fault:
            if fault.failure.kind is not FailureKind.REFUSED:
                raise
            detail = f"{first.failure.detail}; afterwards: {fault.failure.detail}"
            raise Fault(FailureKind.DROPPED, detail) from fault
        return await self._talk(stream, self._compose(request), progress)

    async def _talk(self, stream: Stream, message: Message, progress: Progress) -> Response:
        try:
            for part in message.parts:
                stream.write(part)
            response = await AnswerReader(stream, message.wire, self._limits, progress).read()
        except BaseException:
            if stream.unsent:
                progress.doing += f", {stream.unsent:,} bytes of the request were not taken"
            stream.abort()
            raise
        self._keep(stream, message.wire)
        return response

    def _keep(self, stream: Stream, wire: h11.Connection) -> None:
        done = wire.our_state is h11.DONE and wire.their_state is h11.DONE
        unasked = wire.trailing_data[0]
        if done and stream.quiet and not unasked and not self._closing:
            stream.rest()
            self._idle.append(stream)
        else:
            stream.abort()

    def _take_idle(self) -> Stream | None:
        while self._idle:
            stream = self._idle.pop()
            if stream.quiet and stream.idle_seconds < KEEP_SECONDS:
                return stream
            stream.abort()
        return None
