"""``serve`` stops promptly after a signal, with an exit code and without a traceback."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.types import ASGIApp

from conformance.reference.server import _stopped_by_signals
from conformance.reference.uvicorn_server import Server
from tests.reference.server_process import ServerProcess, heavy_request, served_process

EXIT_CODES = [(signal.SIGTERM, 0), (signal.SIGINT, 130)]
MAX_SECONDS = 15
"""Less than the time for which idle connections are kept."""

REQUEST = b"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def connected(server: ServerProcess, sent: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(sent)
        yield connection


@pytest.mark.parametrize(("number", "code"), EXIT_CODES)
def test_a_signal_stops_it(tmp_path: Path, number: int, code: int) -> None:
    with served_process(tmp_path / "log") as server, connected(server, REQUEST) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 401")
        found, seconds, output = server.stop(number)
    assert (found, "Traceback" in output) == (code, False)
    assert seconds < MAX_SECONDS


def test_a_hanging_request_does_not_prevent_the_stop(tmp_path: Path) -> None:
    app = "inject(app, fail=['hang:every-2'])"
    with (
        served_process(tmp_path / "log", app) as server,
        connected(server, REQUEST) as responded,
        connected(server) as hanging,
    ):
        assert responded.recv(100).startswith(b"HTTP/1.1 401")
        hanging.sendall(REQUEST)
        hanging.settimeout(0.2)
        with pytest.raises(TimeoutError):
            hanging.recv(1)
        code, seconds, output = server.stop(signal.SIGTERM)
    assert (code, "Traceback" in output) == (0, False)
    assert seconds < MAX_SECONDS


def test_an_unread_response_and_a_second_ctrl_c_do_not_prevent_a_clean_stop(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    with served_process(tmp_path / "log") as server, heavy_request(server, headers) as connection:
        assert connection.recv(12) == b"HTTP/1.1 200"
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.3)  # it waits for the end of the response
        code, seconds, output = server.stop(signal.SIGINT)
    assert (code, "Traceback" in output) == (130, False)
    assert seconds < MAX_SECONDS


@pytest.mark.parametrize("number", [number for number, _ in EXIT_CODES])
def test_a_signal_before_the_start_prevents_the_start(app: ASGIApp, number: int) -> None:
    server = Server(uvicorn.Config(app, log_config=None))
    handler = signal.getsignal(number)
    with _stopped_by_signals(server):
        signal.raise_signal(number)
    assert (server.stopped_by, server.should_exit) == (number, True)
    assert signal.getsignal(number) is handler
