"""Start and stop an application in this process (ASGI lifespan protocol 2.0)."""

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
    problem: its message, or the exception that it raised.
    """

    def __init__(self, app: str, problem: str) -> None:
        self.app = app
        self.problem = problem
        super().__init__(f"application {app!r} did not start: {problem}")


class Lifespan:
    """The lifespan of one application. state: the state from its startup, for the requests.

    An application that returns or raises before it receives the first event does not support lifespan, and counts as
    started. (The package asgi-lifespan ignores `lifespan.startup.failed`, and waits for its timeout if an application
    returns.)
    """

    def __init__(self, app: ASGIApp, name: str, *, timeout: float) -> None:
        self.state: dict[str, Any] = {}
        self._app = app
        self._name = name
        self._timeout = timeout
        self._events: asyncio.Queue[ASGIMessage] = asyncio.Queue()
        self._sent: dict[str, str] = {}
        self._changed = asyncio.Event()
        self._received_event = False
        self._error: BaseException | None = None
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Run the startup. Raises `AppStartError` if it fails or takes longer than the timeout."""
        self._events.put_nowait({"type": "lifespan.startup"})
        self._task = asyncio.create_task(self._run())
        try:
            if not await self._wait_for("startup"):
                raise AppStartError(self._name, f"its startup took longer than {self._timeout:g} s")
            if problem := self._start_problem():
                raise AppStartError(self._name, one_line(problem)) from self._error
        except BaseException:
            await self._cancel()
            raise

    async def stop(self) -> None:
        """Run the shutdown. A failure is only logged, because all requests are complete."""
        if self._task is None:
            return
        if not self._task.done():
            self._events.put_nowait({"type": "lifespan.shutdown"})
            if not await self._wait_for("shutdown"):
                logger.warning(
                    "application %r: its shutdown took longer than %g s", self._name, self._timeout
                )
        if "shutdown.failed" in self._sent or ("startup.complete" in self._sent and self._error):
            logger.warning("application %r: its shutdown failed: %s", self._name, self._reason("shutdown"))
        await self._cancel()

    def _start_problem(self) -> str | None:
        if "startup.complete" in self._sent:
            return None
        failed = "startup.failed" in self._sent or (self._received_event and self._error is not None)
        return self._reason("startup") if failed else None

    def _reason(self, stage: str) -> str:
        raised = f"{type(self._error).__name__}: {self._error}" if self._error else ""
        return raised or self._sent.get(f"{stage}.failed") or "it gave no reason"

    async def _wait_for(self, stage: str) -> bool:
        """Wait until the application reports the end of a stage; False after the timeout."""
        try:
            async with asyncio.timeout(self._timeout):
                while not (self._ended() or {f"{stage}.complete", f"{stage}.failed"} & self._sent.keys()):
                    self._changed.clear()
                    await self._changed.wait()
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
            asyncio.get_running_loop().call_soon(self._changed.set)

    async def _receive(self) -> ASGIMessage:
        self._received_event = True
        return await self._events.get()

    async def _send(self, message: ASGIMessage) -> None:
        name = message["type"].removeprefix("lifespan.")
        if name not in TYPES:
            self._received_event = False
            raise RuntimeError(f"expected a lifespan event, found {message['type']!r}")
        self._sent[name] = str(message.get("message", ""))
        self._changed.set()

    async def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task}, timeout=self._timeout)
