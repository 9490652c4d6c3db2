"""The largest request to a server in a separate process: its memory, and small requests meanwhile."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.reference.server_process import ServerProcess, heavy_request, served_process

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="needs Linux, which reports the peak memory of a process"
)

MAX_GROWTH = 64
"""MiB. The response with floats has 76 MiB, and only a few chunks should be in memory at a time."""

MIN_REQUESTS = 3
"""Small requests that must complete meanwhile. If the large one blocked the server, at most one would."""

SMALL = {"model": "text-embedding-3-small", "input": "hello"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, headers: dict[str, str]) -> Iterator[ServerProcess]:
    """A server that has responded once, so that later growth is the memory of requests."""
    with served_process(tmp_path_factory.mktemp("served") / "log") as server:
        httpx.post(url(server), json=SMALL, headers=headers, trust_env=False, timeout=60).raise_for_status()
        yield server


def url(server: ServerProcess) -> str:
    return f"http://127.0.0.1:{server.port}/v1/embeddings"


def small_requests(server: ServerProcess, headers: dict[str, str], until: threading.Event) -> int:
    """Send small requests, one after the other until the event; gives their number."""
    number = 0
    with httpx.Client(headers=headers, trust_env=False, timeout=60) as client:
        while not until.is_set():
            assert client.post(url(server), json=SMALL).status_code == 200
            number += 1
            time.sleep(0.01)
    return number


@pytest.mark.parametrize(("encoding", "size"), [("float", 70 * 2**20), ("base64", 30 * 2**20)])
def test_the_largest_response_needs_little_memory_and_does_not_block_others(
    server: ServerProcess, headers: dict[str, str], encoding: str, size: int
) -> None:
    read, done = 0, threading.Event()

    def fetch() -> None:
        nonlocal read
        with heavy_request(server, headers, encoding_format=encoding) as connection:
            while chunk := connection.recv(2**20):
                read += len(chunk)
        done.set()

    before = server.memory("VmRSS")
    thread = threading.Thread(target=fetch)
    thread.start()
    number = small_requests(server, headers, done)
    thread.join()
    growth = server.memory("VmHWM") - before
    print(f"{encoding}: {read / 2**20:.1f} MiB, memory +{growth:.1f} MiB, {number} small requests meanwhile")
    assert read > size
    assert growth < MAX_GROWTH
    assert number >= MIN_REQUESTS


def test_the_server_does_not_buffer_a_response_for_a_client_that_does_not_read(
    server: ServerProcess, headers: dict[str, str]
) -> None:
    before = server.memory("VmRSS")
    with heavy_request(server, headers) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        pause = threading.Event()
        threading.Timer(1.5, pause.set).start()  # enough to compute and buffer the whole response
        assert small_requests(server, headers, pause)
        growth = server.memory("VmHWM") - before
    print(f"unread: memory +{growth:.1f} MiB")
    assert growth < MAX_GROWTH
