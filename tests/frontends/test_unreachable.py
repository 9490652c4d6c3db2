"""A target that can not be tested at all: one message, exit code 4, in bounded time; and one that needs a moment."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
import uvicorn
from starlette.types import ASGIApp

from conformance import check
from conformance.engine import Unreachable

pytest_plugins = ["pytester"]

Door = Callable[..., Any]
FEW = 40
SECONDS = 8.0
"""An upper bound for any of these to end, on a busy machine too."""


@contextmanager
def talking(words: bytes | None) -> Iterator[str]:
    """A server that says *words* to whoever connects and hangs up; with None it never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.recv(65536)
                connection.sendall(words or b"")
                connection.close()

        thread = threading.Thread(target=talk, daemon=True)
        if words is not None:
            thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def closed() -> Iterator[str]:
    """A port that is ours and that nobody listens on."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


def assert_unreachable(ended: Any, began: float, credentials: Mapping[str, str]) -> None:
    assert ended.code == 4, ended.text
    assert time.monotonic() - began < SECONDS
    assert ended.text.count("can not be tested") == 1
    assert "FAILED" not in ended.text
    assert "Traceback" not in ended.text
    assert not any(credentials[name] in ended.text for name in ("Portkey-Key", "Virtual-Key", "Config"))
    assert not ended.report


def test_a_closed_port(door: Door, closed: str, credentials: Mapping[str, str]) -> None:
    began = time.monotonic()
    ended = door(f"http://{closed}/v1")
    assert_unreachable(ended, began, credentials)
    assert f"http://{closed}/v1 can not be tested, refused: no connection to {closed}" in ended.text


def test_a_host_that_does_not_resolve(door: Door, credentials: Mapping[str, str]) -> None:
    began = time.monotonic()
    ended = door("http://no-such-host.invalid/v1", timeout=3)
    assert_unreachable(ended, began, credentials)
    assert "'no-such-host.invalid' does not resolve" in ended.text


def test_a_server_that_never_answers(door: Door, credentials: Mapping[str, str]) -> None:
    with talking(None) as silent:
        began = time.monotonic()
        ended = door(f"http://{silent}/v1", timeout=0.5)
        assert_unreachable(ended, began, credentials)
    assert "no complete answer within 0.5 s" in ended.text


def test_https_to_a_plain_port(door: Door, url: str, credentials: Mapping[str, str]) -> None:
    began = time.monotonic()
    ended = door(url.replace("http:", "https:"), timeout=3)
    assert_unreachable(ended, began, credentials)
    assert "does the target speak plain http?" in ended.text


def test_a_server_that_speaks_something_else(door: Door, credentials: Mapping[str, str]) -> None:
    secret = credentials["Portkey-Key"]
    with talking(f"SSH-2.0 {secret}\r\n".encode()) as other:
        began = time.monotonic()
        ended = door(f"http://{other}/v1", timeout=3)
        assert_unreachable(ended, began, credentials)
    assert "the answer is not HTTP" in ended.text
    assert "[credential]" in ended.text


def test_the_library_says_it_with_an_exception(closed: str, credentials: Mapping[str, str]) -> None:
    headers = {"x-portkey-api-key": credentials["Portkey-Key"], "x-portkey-config": credentials["Config"]}
    with pytest.raises(Unreachable, match="can not be tested, refused") as caught:
        check(f"http://{closed}/v1", headers=headers)
    assert caught.value.kind == "refused"


def test_a_503_at_the_start_is_waited_for(door: Door, alter: Callable[..., Any]) -> None:
    def start_slowly(said: Any) -> Any:
        return replace(said, status=503) if len(target.requests) <= 2 else said

    target = alter(start_slowly)
    ended = door(target.url, wait=4, max_requests=FEW)
    assert ended.code == 0, ended.text


def test_a_503_that_stays_is_an_answer(door: Door, alter: Callable[..., Any]) -> None:
    target = alter(lambda said: replace(said, status=503, headers=[(b"retry-after", b"0")]))
    ended = door(target.url, wait=0.2, max_requests=FEW)
    assert ended.code == 1, ended.text
    assert "answered 503 each time" in ended.text


def test_a_refused_connection_is_waited_for_only_when_that_is_asked(door: Door, closed: str) -> None:
    began = time.monotonic()
    ended = door(f"http://{closed}/v1", wait=0.6)
    assert ended.code == 4, ended.text
    assert 0.4 < time.monotonic() - began < SECONDS


def test_a_server_that_starts_while_it_is_waited_for_is_tested(door: Door, reference: ASGIApp) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(reference, log_config=None, access_log=False, ws="none"))
        late = threading.Timer(0.5, server.run, [[bound]])
        late.start()
        ended = door(f"http://127.0.0.1:{bound.getsockname()[1]}/v1", wait=SECONDS, max_requests=FEW)
        server.should_exit = True
        late.join()
    assert ended.code == 0, ended.text
