from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import httpx
import pytest
from starlette.applications import Starlette
from starlette.types import ASGIApp, Receive, Scope, Send

import conformance.reference
from conformance.contract import Contract
from conformance.reference import background_server, free_port, serve
from conformance.reference.server import ServerDidNotStart
from conformance.reference.uvicorn_server import Server

BODY = {"model": "text-embedding-3-small", "input": "hello"}


def test_the_background_server_responds_like_the_application(
    app: ASGIApp, headers: dict[str, str], contract: Contract
) -> None:
    with (
        background_server(app) as base_url,
        httpx.Client(headers=headers, trust_env=False, timeout=60) as client,
    ):
        assert base_url.startswith("http://127.0.0.1:")
        response = client.post(f"{base_url}{contract.path}", json=BODY)
        assert response.status_code == 200
        assert len(response.json()["data"][0]["embedding"]) == 1536
        assert client.head(f"{base_url}{contract.path}").status_code == 405


def test_the_background_server_stops_with_its_context(app: ASGIApp) -> None:
    with background_server(app, base_path="") as base_url:
        port = httpx.URL(base_url).port
        assert port is not None
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_several_background_servers_run_concurrently(app: ASGIApp) -> None:
    with background_server(app) as one, background_server(app) as other:
        assert one != other
        assert all(httpx.get(url, trust_env=False).status_code == 404 for url in (one, other))


def test_the_background_server_stops_with_a_request_in_flight(app: ASGIApp) -> None:
    started = time.monotonic()
    with background_server(app, base_path="") as base_url:
        port = httpx.URL(base_url).port
        assert port is not None
        unfinished = socket.create_connection(("127.0.0.1", port), timeout=30)
        unfinished.sendall(b"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n")
    unfinished.close()
    assert time.monotonic() - started < 30


def test_a_client_that_disconnects_within_a_response_has_no_effect_on_others(
    app: ASGIApp, headers: dict[str, str], contract: Contract, logged: Callable[[], list[str]]
) -> None:
    large = {"model": "text-embedding-3-large", "input": ["hello"] * 2048}
    with (
        background_server(app) as base_url,
        httpx.Client(headers=headers, trust_env=False, timeout=60) as client,
    ):
        with client.stream("POST", f"{base_url}{contract.path}", json=large) as response:
            assert next(response.iter_raw(100))
        assert client.post(f"{base_url}{contract.path}", json=BODY).status_code == 200
    assert logged() == []


def test_a_server_that_cannot_start_is_an_error(caplog: pytest.LogCaptureFixture) -> None:
    async def failing(_scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    with pytest.raises(ServerDidNotStart), background_server(failing):
        pass
    assert caplog.text


def test_a_body_over_the_limit_is_rejected_over_http(
    app: ASGIApp, headers: dict[str, str], contract: Contract
) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(64):
            yield b"x" * 2**20

    with (
        background_server(app) as base_url,
        httpx.Client(headers=headers, trust_env=False, timeout=60) as client,
    ):
        assert client.post(f"{base_url}{contract.path}", content=b"x" * (21 * 2**20)).status_code == 413
        assert client.post(f"{base_url}{contract.path}", content=chunks()).status_code == 413
        assert client.post(f"{base_url}{contract.path}", json=BODY).status_code == 200


INVALID = """
import socket
from conformance.reference import background_server, create_app

with background_server(create_app()) as url:
    host, port = url.removeprefix("http://").removesuffix("/v1").split(":")
    with socket.create_connection((host, int(port))) as client:
        client.sendall(b"this is not HTTP\\r\\n\\r\\n")
        print(client.recv(100).split(b"\\r\\n")[0].decode())
"""


def test_the_background_server_does_not_log_invalid_requests() -> None:
    """A run sends some on purpose. In a process of its own, without the logging of pytest."""
    ended = subprocess.run([sys.executable, "-c", INVALID], capture_output=True, text=True, timeout=60)
    assert (ended.stdout.strip(), ended.stderr) == ("HTTP/1.1 400 Bad Request", "")


def test_the_module_has_one_application() -> None:
    assert isinstance(conformance.reference.app, Starlette)
    assert conformance.reference.app is conformance.reference.app
    with pytest.raises(AttributeError, match="nonsense"):
        _ = conformance.reference.nonsense


@pytest.mark.parametrize("is_logged", [True, False])
def test_requests_are_printed_only_by_an_access_log(is_logged: bool) -> None:
    port = free_port("127.0.0.1", 0)
    served = "AccessLog(app, partial(print, flush=True))" if is_logged else "app"
    command = (
        "from functools import partial; from conformance.reference import AccessLog, app, serve;"
        f" serve({served}, port={port})"
    )
    server = subprocess.Popen(
        [sys.executable, "-c", command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        url = f"http://127.0.0.1:{port}/v1/embeddings?api-key=s3cret-in-query"
        while not responds(url):
            assert server.poll() is None
            time.sleep(0.05)
    finally:
        server.terminate()
        output = server.communicate(timeout=60)[0].decode()
    assert ("GET /v1/embeddings 405 " in output) == is_logged
    assert output.count("GET") == is_logged
    assert "s3cret" not in output


def responds(url: str) -> bool:
    try:
        return httpx.get(url, trust_env=False).status_code == 405
    except httpx.ConnectError:
        return False


@pytest.mark.parametrize(("host", "shown"), [("0.0.0.0", "0.0.0.0:8787"), ("::", "[::]:8787")])
def test_a_warning_says_if_other_machines_can_connect(
    app: ASGIApp, host: str, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Server, "run", lambda self: None)
    assert serve(app, host) == 0
    output = capsys.readouterr()
    assert output.err.startswith(f"warning: other machines can connect to {shown}.")
    assert (output.err.count("\n"), output.out) == (1, "")


def test_no_warning_is_printed_for_a_loopback_address(
    app: ASGIApp, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Server, "run", lambda self: None)
    serve(app)
    assert capsys.readouterr().err == ""
