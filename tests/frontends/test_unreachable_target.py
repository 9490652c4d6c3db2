"""A target that cannot be tested: one message and exit code 4, in bounded time; and a target that starts slowly."""

from __future__ import annotations

import logging
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

FrontEnd = Callable[..., Any]
FEW = ["request.type", "http.method.get"]
SECONDS = 120.0
"""An upper bound for each run, on a busy machine too."""


@contextmanager
def raw_server(words: bytes | None) -> Iterator[str]:
    """A server that sends *words* after each request and disconnects. With None, it never responds."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def respond() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                connection.recv(65536)
                connection.sendall(words or b"")
                connection.close()

        thread = threading.Thread(target=respond, daemon=True)
        if words is not None:
            thread.start()
        yield f"127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def closed() -> Iterator[str]:
    """The address of a port that is reserved, and on which no server listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


def assert_unreachable(result: Any, began: float, credentials: Mapping[str, str]) -> None:
    assert result.code == 4, result.text
    assert time.monotonic() - began < SECONDS
    assert result.text.count("cannot be tested") == 1
    assert "FAILED" not in result.text
    assert "Traceback" not in result.text
    assert not any(credentials[name] in result.text for name in ("Portkey-Key", "Virtual-Key", "Config"))
    assert result.report["exit_code"] == 4
    assert {row["verdict"] for row in result.report["requirements"]} == {"not-tested"}


def test_a_closed_port(front_end: FrontEnd, closed: str, credentials: Mapping[str, str]) -> None:
    began = time.monotonic()
    result = front_end(f"http://{closed}/v1")
    assert_unreachable(result, began, credentials)
    assert f"http://{closed}/v1 cannot be tested (refused): no connection to {closed}" in result.text


def test_a_host_that_does_not_resolve(run_command: FrontEnd, credentials: Mapping[str, str]) -> None:
    began = time.monotonic()
    result = run_command("http://no-such-host.invalid/v1", timeout=20)
    assert_unreachable(result, began, credentials)
    assert "'no-such-host.invalid' does not resolve" in result.text


def test_a_server_that_never_responds(run_command: FrontEnd, credentials: Mapping[str, str]) -> None:
    with raw_server(None) as silent:
        began = time.monotonic()
        result = run_command(f"http://{silent}/v1", timeout=0.5)
        assert_unreachable(result, began, credentials)
    assert "no response in 0.5 s" in result.text


def test_https_to_a_plain_http_port(
    run_command: FrontEnd, url: str, credentials: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The server in this process logs the invalid request, perhaps to the captured output of an earlier test.
    monkeypatch.setattr(logging, "raiseExceptions", False)
    began = time.monotonic()
    result = run_command(url.replace("http:", "https:"), timeout=20)
    assert_unreachable(result, began, credentials)
    assert "the server probably uses plain http" in result.text


def test_a_server_with_another_protocol(run_command: FrontEnd, credentials: Mapping[str, str]) -> None:
    secret = credentials["Portkey-Key"]
    with raw_server(f"SSH-2.0 {secret}\r\n".encode()) as other:
        began = time.monotonic()
        result = run_command(f"http://{other}/v1", timeout=20)
        assert_unreachable(result, began, credentials)
    assert "the response is not HTTP" in result.text
    assert "[credential]" in result.text


def test_check_raises_unreachable(closed: str, credentials: Mapping[str, str]) -> None:
    headers = {"x-portkey-api-key": credentials["Portkey-Key"], "x-portkey-config": credentials["Config"]}
    with pytest.raises(Unreachable, match=r"cannot be tested \(refused\)") as caught:
        check(f"http://{closed}/v1", headers=headers)
    assert caught.value.kind == "refused"


def test_waits_for_a_target_that_starts_with_503(run_command: FrontEnd, alter: Callable[..., Any]) -> None:
    def start_slowly(response: Any) -> Any:
        return replace(response, status=503) if len(target.requests) <= 2 else response

    target = alter(start_slowly)
    result = run_command(target.url, wait=30, only=FEW)
    assert result.code == 0, result.text


def test_tests_a_target_that_always_responds_with_503(
    run_command: FrontEnd, alter: Callable[..., Any]
) -> None:
    target = alter(lambda response: replace(response, status=503, headers=[(b"retry-after", b"0")]))
    result = run_command(target.url, wait=0.2, only=FEW)
    assert result.code == 1, result.text
    assert "the server responded with 503" in result.text


def test_waits_for_a_refused_connection_only_with_the_option_wait(run_command: FrontEnd, closed: str) -> None:
    began = time.monotonic()
    result = run_command(f"http://{closed}/v1", wait=0.6)
    assert result.code == 4, result.text
    assert 0.4 < time.monotonic() - began < SECONDS


def test_tests_a_server_that_starts_during_the_wait(run_pytest: FrontEnd, reference: ASGIApp) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as bound:
        bound.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(reference, log_config=None, access_log=False, ws="none"))
        late = threading.Timer(0.5, server.run, [[bound]])
        late.start()
        result = run_pytest(f"http://127.0.0.1:{bound.getsockname()[1]}/v1", wait=SECONDS, only=FEW)
        server.should_exit = True
        late.join()
    assert result.code == 0, result.text
