"""Limits that keep slow or many clients from occupying a server."""

from __future__ import annotations

from dataclasses import dataclass

MAX_CONNECTIONS = 512
"""Default number of open connections: half of the files that most systems allow a process to open."""

IDLE_SECONDS = 75.0
"""Default time without a request. uvicorn's default of 5 s is shorter than that of most connection pools, so that
clients and gateways would often send a request on a connection that is being closed."""


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Limits for the connections of a server. Times are in seconds.

    connections: open connections. More get a 503 and are closed.
    idle: from the last response, or the beginning of a connection, to the first byte of a request.
    headers: from that byte to the last one of the headers. After it, the client gets a 408.
    body: from the headers to the last byte of the body, unless the server itself does not read. The client gets a 408
        if its response has not started.
    unread: without progress of a client that does not read its response.
    """

    connections: int = MAX_CONNECTIONS
    idle: float = IDLE_SECONDS
    headers: float = 20.0
    body: float = 60.0
    unread: float = 60.0
