"""Serve an application over HTTP with uvicorn: in the foreground, or in a background thread."""

from __future__ import annotations

import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from .application import BASE_PATH
from .connection_limits import ConnectionLimits
from .listening import is_loopback, listening_socket, url_authority

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from .uvicorn_server import Server

START_SECONDS = 10.0
STOP_SECONDS = 5.0
GRACE_SECONDS = 2

EXPOSED = "warning: other machines can connect to {}. This is a test server: do not expose it to an untrusted network."

DEFAULT_LIMITS = ConnectionLimits()


class ServerDidNotStart(RuntimeError):
    """The background server was not ready within START_SECONDS."""


def serve(
    app: ASGIApp, host: str = "127.0.0.1", port: int = 8787, *, limits: ConnectionLimits = DEFAULT_LIMITS
) -> int:
    """Serve *app* until a signal stops it. The result is the exit code: 0 after SIGTERM, 130 after Ctrl-C.

    Requests in flight have GRACE_SECONDS to finish, then their connections are dropped. Requests are not logged; wrap
    *app* in an AccessLog for that. If other machines can connect, a warning says so on standard error. Raises
    SystemExit if it cannot listen on *port* of *host*.
    """
    if not is_loopback(host):
        print(EXPOSED.format(url_authority(host, port)), file=sys.stderr, flush=True)
    server = _server(app, limits, GRACE_SECONDS, host=host, port=port, log_level="info", access_log=False)
    with _stopped_by_signals(server):
        server.run()
    return 128 + signal.SIGINT if server.stopped_by == signal.SIGINT else 0


@contextmanager
def _stopped_by_signals(server: Server) -> Iterator[None]:
    """Let signals stop *server* from now on. uvicorn itself handles them only after its start."""
    before = {number: signal.signal(number, server.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def background_server(
    app: ASGIApp,
    host: str = "127.0.0.1",
    *,
    port: int = 0,
    base_path: str = BASE_PATH,
    limits: ConnectionLimits = DEFAULT_LIMITS,
) -> Iterator[str]:
    """Serve *app* in a thread on *port* of *host*, by default a free one, until the context ends.

    Gives the base URL, which ends with *base_path*; the default is the default of ``create_app``. Raises CannotListen
    and ServerDidNotStart.
    """
    with listening_socket(host, port) as listener:
        # The logging of the process is not changed.
        server = _server(app, limits, 1, log_config=None, access_log=False)
        thread = threading.Thread(target=_run, args=(server, listener), name="reference-server", daemon=True)
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield f"http://{url_authority(*listener.getsockname()[:2])}{base_path}"
        finally:
            _stop(server, thread)


def _server(app: ASGIApp, limits: ConnectionLimits, grace: int, **settings: Any) -> Server:
    """A server that drops requests in flight *grace* seconds after it was told to stop."""
    from .limited_connection import Config
    from .uvicorn_server import Server

    return Server(Config(app, limits, timeout_graceful_shutdown=grace, **settings))


def _run(server: Server, listener: socket.socket) -> None:
    """Run until told to stop. uvicorn raises SystemExit if it cannot start."""
    with suppress(SystemExit):
        server.run(sockets=[listener])


def _wait_until_started(server: Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise ServerDidNotStart(f"the server did not start within {START_SECONDS:g} s; see its log")
        time.sleep(0.005)


def _stop(server: Server, thread: threading.Thread) -> None:
    """Let requests in flight finish for a second, then stop without them."""
    server.should_exit = True
    thread.join(STOP_SECONDS)
    server.force_exit = True
    thread.join(STOP_SECONDS)
