"""uvicorn with changes: how the server stops, connections that are closed without a response, and what is logged.

``H11Protocol``, ``_unsupported_upgrade_warning``, ``cycle.disconnected`` and ``handle_exit`` are not documented
interfaces of uvicorn.
"""

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
    """Stops at the first signal, ``stopped_by``, and lets requests in flight finish, even after more signals.

    uvicorn itself stops at once after a second Ctrl-C, and raises its signals again at the end. Both print tracebacks.
    """

    stopped_by: int | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002 - the signature of uvicorn
        """Called with each signal."""
        self.stopped_by = self.stopped_by or sig
        self.should_exit = True


class DroppableConnection(H11Protocol):
    """Closes without a response if the application raises ConnectionDropped, or if the server stops first.

    ASGI has no message for that, and uvicorn responds with 500 to every exception of an application.
    """

    def connection_made(self, transport: Any) -> None:
        """Wrap the application of this connection."""
        super().connection_made(transport)
        application: Any = self._dropping(self.app)
        self.app = application

    def _unsupported_upgrade_warning(self) -> None:
        """Log nothing. A server may ignore an upgrade (RFC 9110, section 7.8), and many clients offer HTTP/2."""

    def _dropping(self, app: Any) -> ASGIApp:
        async def call(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await app(scope, receive, send)
            except (ConnectionDropped, asyncio.CancelledError):
                self.transport.abort()
                self.cycle.disconnected = True  # set early, so that uvicorn sends no response

        return call
