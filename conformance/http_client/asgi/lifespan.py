"""Start and stop an application in this process (ASGI, lifespan protocol 2.0)."""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from conformance.errors import UsageError
from conformance.http_client.models import one_line

from .load import ASGIApp, ASGIMessage

logger = logging.getLogger("conformance.http_client")
TYPES = ("startup.complete", "startup.failed", "shutdown.complete", "shutdown.failed")


class AppStartError(UsageError):
    """An application that did not start.

    app: its name.
    problem: what it said or raised.
    """

    def __init__(self, app: str, problem: str) -> None:
        self.app = app
        self.problem = problem
        super().__init__(f"application {app!r} did not start: {problem}")


class Lifespan:
    """The life of one application. state: what its startup left for the requests.

    An application that returns, or raises, before it has asked for the first event knows no lifespan: that is
    as good as started. (asgi-lifespan takes no notice of `lifespan.startup.failed`, and waits for an
    application that returned until its time-out.)
    """

    def __init__(self, app: ASGIApp, name: str, *, timeout: float) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._name = name
        self._timeout = timeout
        self._events: asyncio.Queue[ASGIMessage] = asyncio.Queue()
        self._said: dict[str, str] = {}
        self._news = asyncio.Event()
        self._asked = False
        self._error: BaseException | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Run the startup. Raises `AppStartError` when it fails or takes longer than the time-out."""
        self._events.put_nowait({"type": "lifespan.startup"})
        self._task = asyncio.create_task(self._run())
        try:
            if not await self._hears("startup"):
                raise AppStartError(self._name, f"its startup took longer than {self._timeout:g} s")
            if problem := self._start_problem():
                raise AppStartError(self._name, one_line(problem)) from self._error
        except BaseException:
            await self._cancel()
            raise

    async def stop(self) -> None:
        """Run the shutdown. What goes wrong in it is logged: the requests were answered before."""
        if self._task is None:
            return
        if not self._task.done():
            self._events.put_nowait({"type": "lifespan.shutdown"})
            if not await self._hears("shutdown"):
                logger.warning(
                    "application %r: its shutdown took longer than %g s", self._name, self._timeout
                )
        if "shutdown.failed" in self._said or ("startup.complete" in self._said and self._error):
            logger.warning("application %r: its shutdown failed: %s", self._name, self._complaint("shutdown"))
        await self._cancel()

    def _start_problem(self) -> str | None:
        if "startup.complete" in self._said:
            return None
        failed = "startup.failed" in self._said or (self._asked and self._error is not None)
        return self._complaint("startup") if failed else None

    def _complaint(self, stage: str) -> str:
        raised = f"{type(self._error).__name__}: {self._error}" if self._error else ""
        return raised or self._said.get(f"{stage}.failed") or "it gave no reason"

    async def _hears(self, stage: str) -> bool:
        """Wait for the application's word on a stage; False when the time is over."""
        try:
            async with asyncio.timeout(self._timeout):
                while not (self._ended() or {f"{stage}.complete", f"{stage}.failed"} & self._said.keys()):
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            return False
        return True

    def _ended(self) -> bool:
        return self._task is None or self._task.done()

    async def _run(self) -> None:
        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self._app(scope, self._receive, self._send)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            self._error = error
        finally:
            asyncio.get_running_loop().call_soon(self._news.set)

    async def _receive(self) -> ASGIMessage:
        self._asked = True
        return await self._events.get()

    async def _send(self, message: ASGIMessage) -> None:
        name = message["type"].removeprefix("lifespan.")
        if name not in TYPES:
            self._asked = False
            raise RuntimeError(f"expected a lifespan event, found {message['type']!r}")
        self._said[name] = str(message.get("message", ""))
        self._news.set()

    async def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=self._timeout)
