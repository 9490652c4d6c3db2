"""A target in this process: an ASGI application, lifespan included."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from types import TracebackType
from typing import Self
from urllib.parse import quote

from conformance.http_client.deadline import check_timeout, timed
from conformance.http_client.limits import Limits
from conformance.http_client.models import Exchange, Request, Response
from conformance.http_client.request_writer import Message, compose
from conformance.http_client.response_reader import AnswerReader, Progress
from conformance.http_client.url import PATH_SAFE, Address

from .cycle import Cycle
from .lifespan import Lifespan
from .load import ASGIApp, check_app, load_app

HOST = "testserver"
# What an application still does behind its answers (background tasks) gets this long at the end, in seconds.
GRACE_SECONDS = 1.0


def open_app(
    app: str | object,
    *,
    base_path: str = "",
    timeout: float = 60.0,
    limits: Limits | None = None,
) -> AppTarget:
    """Return an ASGI application as a target; entering it runs the application's startup.

    app: the application, or MODULE:ATTR, searched in the current directory first. MODULE:ATTR() calls a
        factory.
    base_path: the part of the path before `Request.path`, as in a base URL.
    timeout: seconds for one exchange, for the startup, and for the shutdown. That an application which blocks
        the event loop is late shows only when it lets go of it.

    Raises `AppLoadError` for what is no ASGI application, ValueError for such a time-out. Entering the target
    raises `AppStartError` when the startup fails.
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

    async def send(self, request: Request) -> Exchange:
        """Send one request. Raises `Unsendable`; nothing that the application does raises."""
        message = compose(request, self._address, self._limits)
        progress = Progress()
        answer = self._answer(message, progress)
        return await timed(request, answer, timeout=self._timeout, progress=progress)

    async def __aenter__(self) -> Self:
        await self._lifespan.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._settle()
        await self._lifespan.stop()

    async def _answer(self, message: Message, progress: Progress) -> Response:
        cycle = Cycle(self._app, self._lifespan.state)
        task = cycle.start(b"".join(message.parts), (self._address.host, self._address.port))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            return await AnswerReader(cycle, message.wire, self._limits, progress).read()
        except BaseException:
            task.cancel()
            raise

    async def _settle(self) -> None:
        if self._running:
            _, late = await asyncio.wait(self._running, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late, timeout=GRACE_SECONDS)


def _name(app: object) -> str:
    kind = app if hasattr(app, "__qualname__") else type(app)
    return f"{kind.__module__}:{kind.__qualname__}"
