"""How ``serve`` ends: by a signal, promptly, with an exit code and without a traceback."""

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

from conformance.reference.http_server import Server
from conformance.reference.server import _ended_by_signals
from tests.reference.process import Served, heavy_request, served_process

ENDS = [(signal.SIGTERM, 0), (signal.SIGINT, 130)]
REQUEST = b"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}"


@contextmanager
def connected(server: Served, sent: bytes = b"") -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as connection:
        connection.sendall(sent)
        yield connection


@pytest.mark.parametrize(("number", "code"), ENDS)
def test_a_signal_ends_it_at_once(tmp_path: Path, number: int, code: int) -> None:
    with served_process(tmp_path / "log") as server, connected(server, REQUEST) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 401")
        found, seconds, output = server.end(number)
    assert (found, "Traceback" in output) == (code, False)
    assert seconds < 2


def test_a_request_that_hangs_does_not_keep_it(tmp_path: Path) -> None:
    app = "inject(app, fail=['hang:every-2'])"
    with (
        served_process(tmp_path / "log", app) as server,
        connected(server, REQUEST) as answered,
        connected(server) as hanging,
    ):
        assert answered.recv(100).startswith(b"HTTP/1.1 401")
        hanging.sendall(REQUEST)
        hanging.settimeout(0.2)
        with pytest.raises(TimeoutError):
            hanging.recv(1)
        code, seconds, output = server.end(signal.SIGTERM)
    assert (code, "Traceback" in output) == (0, False)
    assert seconds < 5


def test_an_answer_that_nobody_reads_does_not_keep_it_nor_does_a_second_ctrl_c_break_it(
    tmp_path: Path, headers: dict[str, str]
) -> None:
    with served_process(tmp_path / "log") as server, heavy_request(server, headers) as connection:
        assert connection.recv(12) == b"HTTP/1.1 200"
        server.process.send_signal(signal.SIGINT)
        time.sleep(0.3)  # it waits for the answer to end
        code, seconds, output = server.end(signal.SIGINT)
    assert (code, "Traceback" in output) == (130, False)
    assert seconds < 5


@pytest.mark.parametrize("number", [number for number, _ in ENDS])
def test_a_signal_that_comes_before_it_serves_keeps_it_from_serving(app: ASGIApp, number: int) -> None:
    server = Server(uvicorn.Config(app, log_config=None))
    handler = signal.getsignal(number)
    with _ended_by_signals(server):
        signal.raise_signal(number)
    assert (server.ended_by, server.should_exit) == (number, True)
    assert signal.getsignal(number) is handler
