"""The reference server on a real HTTP server (uvicorn): in the foreground, or beside what the caller does."""

from __future__ import annotations

import logging
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from .app import BASE_PATH

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from .http_server import Server

START_SECONDS = 10.0
STOP_SECONDS = 5.0
GRACE_SECONDS = 2
KEEP_SECONDS = 75
"""How long an idle connection is kept. Clients and gateways with pools meet a closing one less often; uvicorn's own 5
seconds are shorter than theirs."""


class ServerDidNotStart(RuntimeError):
    """The background server was not ready within START_SECONDS."""


def serve(app: ASGIApp, host: str = "127.0.0.1", port: int = 8787) -> int:
    """Serve *app* until a signal ends it; the exit code that tells which: 0 for SIGTERM, 130 for Ctrl-C.

    Answers under way have GRACE_SECONDS to end, then their connections are dropped. Each request is logged
    without its query and headers, which may hold credentials. Raises SystemExit where *port* of *host* can not
    be had.
    """
    logging.getLogger("uvicorn.access").addFilter(_drop_query)
    server = _server(app, GRACE_SECONDS, host=host, port=port, log_level="info")
    with _ended_by_signals(server):
        server.run()
    return 128 + signal.SIGINT if server.ended_by == signal.SIGINT else 0


@contextmanager
def _ended_by_signals(server: Server) -> Iterator[None]:
    """Let signals end *server* from here on: uvicorn itself listens to them only once it serves."""
    before = {number: signal.signal(number, server.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def background_server(
    app: ASGIApp, host: str = "127.0.0.1", *, port: int = 0, base_path: str = BASE_PATH
) -> Iterator[str]:
    """Serve *app* on *port* of *host*, by default a free one, in a thread, for as long as the context lasts.

    Gives the base URL, which ends in *base_path*: that of ``create_app`` unless it was told otherwise. Raises
    OSError where *host* and *port* can not be had, and ServerDidNotStart.
    """
    with _bound(host, port) as listener:
        server = _server(app, 1, log_config=None, access_log=False)  # the process's logging stays as it is
        thread = threading.Thread(target=_run, args=(server, listener), name="reference-server", daemon=True)
        thread.start()
        try:
            _wait_until_started(server, thread)
            yield f"http://{_authority(listener)}{base_path}"
        finally:
            _stop(server, thread)


def _server(app: ASGIApp, grace: int, **settings: Any) -> Server:
    """A server that drops what is still under way *grace* seconds after it was told to end."""
    import uvicorn

    from .http_server import Connection, Server

    return Server(
        uvicorn.Config(
            app,
            http=Connection,
            ws="none",
            timeout_graceful_shutdown=grace,
            timeout_keep_alive=KEEP_SECONDS,
            **settings,
        )
    )


def _run(server: Server, listener: socket.socket) -> None:
    """Run until told to stop. One that can not start wants to end the process, not its own here."""
    with suppress(SystemExit):
        server.run(sockets=[listener])


def _bound(host: str, port: int) -> socket.socket:
    """A bound socket: the port is ours from here on, not merely free a moment ago.

    The protocol is named because asyncio sets TCP_NODELAY on such sockets alone; without it an answer in two
    writes waits 40 ms for the client's acknowledgement.
    """
    family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # connections of the run before linger
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        raise
    return listener


def _authority(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _wait_until_started(server: Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise ServerDidNotStart(
                f"expected a server within {START_SECONDS:g} s; its log says why there is none"
            )
        time.sleep(0.005)


def _stop(server: Server, thread: threading.Thread) -> None:
    """Let requests that are under way end, for a second; then end without them."""
    server.should_exit = True
    thread.join(STOP_SECONDS)
    server.force_exit = True
    thread.join(STOP_SECONDS)


def _drop_query(record: logging.LogRecord) -> bool:
    """Cut the query from uvicorn's record of a request: client, method, path with query, version, status."""
    if isinstance(record.args, tuple) and len(record.args) == 5:
        client, method, path, version, status = record.args
        record.args = (client, method, str(path).partition("?")[0], version, status)
    return True
