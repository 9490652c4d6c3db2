"""A line for each request: method, path, status, milliseconds and number of inputs. No query, header or body."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING

from conformance.text import clip

from .fault_injection import ConnectionDropped

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

NONE = "-"
"""What stands for the status of a request without a response, and the number of inputs of a rejected one."""


class AccessLog:
    """*app*, which is the reference server or has it inside, with a call of *write* for each request."""

    def __init__(self, app: ASGIApp, write: Callable[[str], object]) -> None:
        self._app, self._write = app, write

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request, and write its line."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        statuses: list[int] = []

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            await send(message)

        started = time.perf_counter()
        try:
            await self._app(scope, receive, note)
        except ConnectionDropped:
            statuses.clear()
            raise
        finally:
            milliseconds = 1000 * (time.perf_counter() - started)
            self._note(scope, str(statuses[0]) if statuses else NONE, milliseconds)

    def _note(self, scope: Scope, status: str, milliseconds: float) -> None:
        inputs = scope.get("state", {}).get("inputs", NONE)
        with suppress(OSError):  # the reader of the output is gone
            self._write(
                f"{scope['method']} {clip(scope['path'])} {status} {milliseconds:.1f} ms, inputs: {inputs}"
            )
