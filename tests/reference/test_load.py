"""The heaviest request of all, over HTTP to a process of its own: what it costs in memory, and the others in time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.reference.process import Served, heavy_request, served_process

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="expected Linux, which tells a process's peak of memory"
)

MOST_GROWTH = 64
"""MiB; the answer in floats is of 76 MiB, of which one piece should be in memory at a time."""

MOST_SECONDS = 1.0
SMALL = {"model": "text-embedding-3-small", "input": "hello"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, headers: dict[str, str]) -> Iterator[Served]:
    """A server that has answered once, so that what follows is the memory of requests."""
    with served_process(tmp_path_factory.mktemp("served") / "log") as server:
        httpx.post(url(server), json=SMALL, headers=headers, trust_env=False).raise_for_status()
        yield server


def url(server: Served) -> str:
    return f"http://127.0.0.1:{server.port}/v1/embeddings"


def slowest_small_request(server: Served, headers: dict[str, str], until: threading.Event) -> float:
    """The most seconds of any small request, one after the other until the event."""
    slowest = 0.0
    with httpx.Client(headers=headers, trust_env=False, timeout=30) as client:
        while not until.is_set():
            started = time.perf_counter()
            assert client.post(url(server), json=SMALL).status_code == 200
            slowest = max(slowest, time.perf_counter() - started)
            time.sleep(0.01)
    return slowest


@pytest.mark.parametrize(("encoding", "least"), [("float", 70 * 2**20), ("base64", 30 * 2**20)])
def test_the_largest_answer_takes_little_memory_and_holds_nobody_up(
    server: Served, headers: dict[str, str], encoding: str, least: int
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
    slowest = slowest_small_request(server, headers, done)
    thread.join()
    growth = server.memory("VmHWM") - before
    print(
        f"{encoding}: {read / 2**20:.1f} MiB, memory +{growth:.1f} MiB, slowest small {slowest * 1e3:.0f} ms"
    )
    assert read > least
    assert growth < MOST_GROWTH
    assert slowest < MOST_SECONDS


def test_a_caller_that_does_not_read_makes_the_server_keep_nothing(
    server: Served, headers: dict[str, str]
) -> None:
    before = server.memory("VmRSS")
    with heavy_request(server, headers) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 200")
        pause = threading.Event()
        threading.Timer(1.5, pause.set).start()  # enough to compute and keep all of it
        assert slowest_small_request(server, headers, pause) < MOST_SECONDS
        growth = server.memory("VmHWM") - before
    print(f"unread: memory +{growth:.1f} MiB")
    assert growth < MOST_GROWTH
