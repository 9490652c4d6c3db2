"""uvicorn, where it does other than a stand-in for tests needs: how it ends, and that it always answers."""

from __future__ import annotations

import asyncio
from types import FrameType
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from .fault_injection import ConnectionDropped

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send


class Server(uvicorn.Server):
    """Ends at the first signal, ``ended_by``, and gives what is under way its time, however many follow.

    uvicorn's own raises its signals again in the end, and breaks off at a second Ctrl-C: tracebacks, both.
    """

    ended_by: int | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - as uvicorn
        """Called with each signal."""
        self.ended_by = self.ended_by or sig
        self.should_exit = True


class Connection(H11Protocol):
    """Closes without an answer where the application says so, and where the server ends before the answer does.

    ASGI has no message for that, and uvicorn answers whatever comes out of an application with 500.
    """

    def connection_made(self, transport: Any) -> None:
        """Give the application of this connection a way to drop it."""
        super().connection_made(transport)
        application: Any = self._dropping(self.app)
        self.app = application

    def _dropping(self, app: Any) -> ASGIApp:
        async def call(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            except (ConnectionDropped, asyncio.CancelledError):
                self.transport.abort()
                self.cycle.disconnected = True  # as it will be in a moment: uvicorn is not to answer any more

        return call
