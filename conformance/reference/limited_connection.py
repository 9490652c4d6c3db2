"""Connections of uvicorn with limits: their number, and the time for each part of a request.

uvicorn itself limits only the time without a request after a response. ``H11Protocol.conn``, ``logger``
and ``on_response_complete`` are not documented interfaces of uvicorn.
"""

from __future__ import annotations

import asyncio
import logging
from enum import StrEnum
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import h11
import uvicorn

from .connection_limits import ConnectionLimits
from .errors import Rejection
from .uvicorn_server import DroppableConnection

if TYPE_CHECKING:
    from starlette.types import ASGIApp

NEVER = 10**6
"""Seconds until uvicorn itself closes an idle connection."""

LINGER_SECONDS = 1.0
"""Time for a client to read its last response. If the server closed at once, what the client still sends would reset
the connection (RFC 9112, section 9.6)."""

BUSY = Rejection(
    503,
    "The server has too many connections. Close some, or try again later.",
    code="too_many_connections",
    kind="server_error",
    headers={"Retry-After": "1"},
)

TOO_SLOW = Rejection(408, "The request did not arrive in time.", code="request_timeout")


QUIET = logging.getLogger("uvicorn.error.connections")
"""Logs invalid requests where logging is configured, as `serve` does, and nowhere else: a run sends some on purpose."""
QUIET.addHandler(logging.NullHandler())


class Waiting(StrEnum):
    """What a connection waits for: the name of the limit in ConnectionLimits, or nothing that has a limit."""

    IDLE = "idle"
    HEADERS = "headers"
    BODY = "body"
    UNREAD = "unread"
    NOTHING = ""


class Config(uvicorn.Config):
    """The configuration of a server whose connections have *limits*; ``open`` are those that are open."""

    def __init__(self, app: ASGIApp, limits: ConnectionLimits, **settings: Any) -> None:
        super().__init__(app, http=LimitedConnection, ws="none", timeout_keep_alive=NEVER, **settings)
        self.limits = limits
        self.open: set[LimitedConnection] = set()


class LimitedConnection(DroppableConnection):
    """Closes when it reaches a limit, with a 408 or a 503 if the client can still get a response."""

    def __init__(self, config: Config, *arguments: Any, **named: Any) -> None:
        super().__init__(config, *arguments, **named)
        self.logger = QUIET
        self._limits, self._open = config.limits, config.open
        self._waiting: tuple[Waiting, object] = (Waiting.NOTHING, None)
        self._timer: asyncio.TimerHandle | None = None
        self._finished = self._paused = self._writing_paused = False

    def connection_made(self, transport: Any) -> None:
        """Refuse the connection if there are too many."""
        super().connection_made(transport)
        if len(self._open) < self._limits.connections:
            self._open.add(self)
            self._watch()
        else:
            self._finish(BUSY)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop the clock."""
        self._stop()
        self._open.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Handle a part of a request. What follows the last response is ignored."""
        if self._finished:
            return
        try:
            super().data_received(data)
        except h11.LocalProtocolError:  # uvicorn rejects an invalid request also if its response has begun
            self.transport.close()
        self._watch()

    def on_response_complete(self) -> None:
        """Called at the end of each response."""
        super().on_response_complete()
        self._watch()

    def pause_writing(self) -> None:
        """Called when the client reads more slowly than the server writes."""
        super().pause_writing()
        self._writing_paused = True
        self._watch()

    def resume_writing(self) -> None:
        """Called when the client has read."""
        super().resume_writing()
        self._writing_paused = False
        self._watch()

    def _watch(self) -> None:
        """Start the clock of what the connection waits for, if it is something new."""
        waiting = (self._waits_for(), self.cycle)
        if waiting != self._waiting and not self._finished:
            self._waiting = waiting
            self._restart()

    def _waits_for(self) -> Waiting:
        if self.conn.their_state is h11.SEND_BODY:
            return Waiting.BODY
        if self._writing_paused:
            return Waiting.UNREAD
        if self.conn.their_state is h11.IDLE:
            return Waiting.HEADERS if self.conn.trailing_data[0] else Waiting.IDLE
        return Waiting.NOTHING

    def _restart(self) -> None:
        self._stop()
        if limit := self._waiting[0]:
            self._timer = asyncio.get_running_loop().call_later(getattr(self._limits, limit), self._end)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _end(self) -> None:
        """End the connection, because its time is up."""
        waiting, _ = self._waiting
        if waiting is Waiting.BODY and self._server_paused():
            self._restart()
        elif self.transport.get_write_buffer_size():
            self.transport.abort()  # closing would wait for the client
        elif waiting is not Waiting.IDLE and self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._finish(TOO_SLOW)
        else:
            self.transport.close()

    def _server_paused(self) -> bool:
        """Whether at the end of this period or the last one the server itself did not read."""
        before, self._paused = self._paused, not self.transport.is_reading()
        return (before or self._paused) and not self.transport.is_closing()

    def _finish(self, rejection: Rejection) -> None:
        """Respond, and close after the client had time to read the response."""
        self._finished = True
        if self.cycle is not None:
            self.cycle.disconnected = True  # so that uvicorn sends no response of the application
        self.transport.write(_last_response(rejection))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._timer = asyncio.get_running_loop().call_later(LINGER_SECONDS, self.transport.abort)


def _last_response(rejection: Rejection) -> bytes:
    """The bytes of a response after which the connection is closed."""
    response = rejection.response()
    head = h11.Response(
        status_code=response.status_code,
        headers=[*response.raw_headers, (b"connection", b"close")],
        reason=HTTPStatus(response.status_code).phrase,
    )
    events = (head, h11.Data(data=bytes(response.body)), h11.EndOfMessage())
    connection = h11.Connection(h11.SERVER)
    return b"".join(connection.send(event) or b"" for event in events)
