"""A target in this process: an ASGI application, with its lifespan."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Self
from urllib.parse import quote

from conformance.http_client.deadline import check_timeout, with_deadline
from conformance.http_client.models import (
    Exchange,
    ExchangeError,
    FailureKind,
    Limits,
    Request,
    Response,
    UnrequestedBytes,
)
from conformance.http_client.request_writer import Message, write_request
from conformance.http_client.response_reader import Progress, ResponseReader
from conformance.http_client.transport import Abandon
from conformance.http_client.url import PATH_SAFE, Address

from .cycle import RequestCycle
from .lifespan import Lifespan
from .load import ASGIApp, check_app, load_app

HOST = "testserver"
# Seconds that background tasks of the application have at the end.
GRACE_SECONDS = 1.0


def open_app(
    app: str | object,
    *,
    base_path: str = "",
    timeout: float = 60.0,
    limits: Limits | None = None,
) -> AppTarget:
    """Return an ASGI application as a target; entering it runs the application's startup.

    app: the application, or MODULE:ATTR, which is searched in the current directory first. MODULE:ATTR() calls a
        factory.
    base_path: the part of the path before `Request.path`, as in a base URL.
    timeout: seconds for one exchange, for the startup, and for the shutdown. If an application blocks the event loop,
        the timeout takes effect only when it stops blocking.

    Raises `AppLoadError` if it is not an ASGI application, and ValueError for an invalid timeout. Entering the target
    raises `AppStartError` if the startup fails.
    """
    name = app if isinstance(app, str) else _name(app)
    loaded = load_app(app) if isinstance(app, str) else check_app(app, name)
    return AppTarget(loaded, name, base_path, timeout=check_timeout(timeout), limits=limits or Limits())


class AppTarget:
    """A `Target` in this process."""

    def __init__(self, app: ASGIApp, name: str, base_path: str, *, timeout: float, limits: Limits) -> None:
        self._app = app
        self._name = name
        path = base_path if base_path.startswith("/") else f"/{base_path}"
        self._address = Address("http", HOST, 80, quote(path, safe=PATH_SAFE))
        self._timeout = timeout
        self._limits = limits
        self._lifespan = Lifespan(app, name, timeout=timeout)
        self._running: set[asyncio.Task[None]] = set()

    @property
    def description(self) -> Mapping[str, str]:
        """The application's name."""
        return {"app": self._name}

    @property
    def unrequested(self) -> Sequence[UnrequestedBytes]:
        """Nothing: an application has no connections."""
        return ()

    async def send(self, request: Request, *, after: Sequence[Request] | None = None) -> Exchange:
        """Send one request, once. A fault of the application never raises. Raises `Unsendable`."""
        for earlier in after or ():
            await self.send(earlier)
        message = write_request(request, self._address, self._limits)
        progress = Progress()
        response = self._response(message, progress, request)
        return await with_deadline(request, response, timeout=self._timeout, progress=progress)

    async def __aenter__(self) -> Self:
        await self._lifespan.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._finish_background_tasks()
        await self._lifespan.stop()

    async def _response(self, message: Message, progress: Progress, request: Request) -> Response:
        cycle = RequestCycle(self._app, self._lifespan.state)
        sent, abandon = b"".join(message.parts), request.transport.abandon
        if abandon is Abandon.IN_BODY:
            sent = sent[: len(sent) - len(b"".join(message.parts[1:])) // 2]
        task = cycle.start(sent, (self._address.host, self._address.port))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        if abandon is not None:
            cycle.disconnect()
            raise ExchangeError(FailureKind.ABANDONED, f"the client disconnected {abandon}")
        try:
            reader = ResponseReader(cycle, message.protocol, self._limits, progress, request.response_limit)
            return await reader.read()
        except BaseException:
            task.cancel()
            raise

    async def _finish_background_tasks(self) -> None:
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=GRACE_SECONDS)


def _name(app: object) -> str:
    kind = app if hasattr(app, "__qualname__") else type(app)
    return f"{kind.__module__}:{kind.__qualname__}"
