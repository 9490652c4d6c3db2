from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from conformance.http_client import Exchange, FailureKind, Request, open_url
from tests.http_client.outcomes import failure_of
from tests.http_client.tcp_servers import Reader, Recorder, Writer, listening


def send(url: str, timeout: float = 5) -> Exchange:
    async def scenario() -> Exchange:
        async with open_url(url, timeout=timeout) as target:
            return await target.send(Request(body=b"{}"))

    return asyncio.run(scenario())


def send_to_server(response: bytes, *, then: str = "close") -> Exchange:
    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n{}")
        writer.write(response)
        await writer.drain()
        if then == "stay":
            await asyncio.sleep(10)
        if then == "reset":
            reset(writer)

    async def scenario() -> Exchange:
        async with listening(handler) as at, open_url(f"http://{at}", timeout=30) as target:
            return await target.send(Request(body=b"{}"))

    return asyncio.run(scenario())


def reset(writer: Writer) -> None:
    """Close with a RST, as when a process is killed."""
    connection = writer.get_extra_info("socket")
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    writer.transport.abort()


def test_a_closed_port_is_a_refused_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    failure = failure_of(send(f"http://127.0.0.1:{port}"))
    assert failure.kind is FailureKind.REFUSED
    assert f"127.0.0.1:{port}" in failure.detail


def test_a_name_that_does_not_resolve_is_unresolved(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", fail)
    failure = failure_of(send("http://no-such-host.invalid"))
    assert failure.kind is FailureKind.UNRESOLVED
    assert "no-such-host.invalid" in failure.detail


def test_the_timeout_of_a_connection_that_is_never_accepted_names_the_address(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def never(*_args: Any, **_kwargs: Any) -> None:
        await asyncio.sleep(10)

    monkeypatch.setattr(asyncio.BaseEventLoop, "create_connection", never)
    failure = failure_of(send("http://127.0.0.1:1", timeout=0.1))
    assert failure.kind is FailureKind.TIMEOUT
    assert "connecting to 127.0.0.1:1" in failure.detail


@pytest.mark.parametrize("then", ["close", "reset"])
def test_a_connection_closed_without_a_response_is_dropped(then: str) -> None:
    failure = failure_of(send_to_server(b"", then=then))
    assert failure.kind is FailureKind.DROPPED
    assert "before a response" in failure.detail


@pytest.mark.parametrize("then", ["close", "reset"])
@pytest.mark.parametrize(
    "response",
    [
        b"HTT",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n123",
    ],
)
def test_a_connection_closed_within_a_response_is_dropped(response: bytes, then: str) -> None:
    assert failure_of(send_to_server(response, then=then)).kind is FailureKind.DROPPED


def test_a_reset_within_a_body_that_ends_with_the_connection_is_dropped() -> None:
    sent = b"HTTP/1.1 200 OK\r\n\r\n12345"
    assert failure_of(send_to_server(sent, then="reset")).kind is FailureKind.DROPPED
    response = send_to_server(sent).response
    assert response is not None
    assert response.body == b"12345"


@pytest.mark.parametrize("then", ["close", "stay"])
@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"HTTP/one 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n12",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
    ],
)
def test_a_malformed_response_is_a_protocol_failure(response: bytes, then: str) -> None:
    assert failure_of(send_to_server(response, then=then)).kind is FailureKind.PROTOCOL


@pytest.mark.parametrize("then", ["close", "stay"])
@pytest.mark.parametrize(
    "response", [b"SSH-2.0-OpenSSH_9.6\r\n", b"\x00\x01\x02\x03\x04\x05", b"<html>hello</html>"]
)
def test_a_response_of_another_protocol_is_not_http(response: bytes, then: str) -> None:
    assert failure_of(send_to_server(response, then=then)).kind is FailureKind.NOT_HTTP


def test_a_tls_server_at_an_http_url_is_not_http_with_a_hint() -> None:
    alert = b"\x15\x03\x01\x00\x02\x02\x46"  # protocol_version, as OpenSSL responds to plain text
    failure = failure_of(send_to_server(alert))
    assert failure.kind is FailureKind.NOT_HTTP
    assert "https" in failure.detail


def test_a_long_detail_is_cut() -> None:
    failure = failure_of(send_to_server(b"HTTP/1.1 " + b"x" * 5000 + b"\r\n\r\n"))
    assert len(failure.detail) <= 300


def test_interim_responses_are_skipped_and_headers_are_kept() -> None:
    sent = (
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n"
        b"HTTP/1.1 418 Teapot\r\nX-Two: 1\r\nx-two: 2\r\nX-Utf: Zo\xc3\xab\r\nX-Latin: Zo\xeb\r\n"
        b"Content-Length: 0\r\n\r\n"
    )
    response = send_to_server(sent).response
    assert response is not None
    assert response.status == 418
    assert response.headers == (
        ("x-two", "1"),
        ("x-two", "2"),
        ("x-utf", "Zoë"),
        ("x-latin", "Zoë"),
        ("content-length", "0"),
    )
    assert response.header("X-TWO") == "1, 2"
    assert response.header("absent") is None


def test_a_requested_switch_of_protocols_is_a_response(recorder: Recorder) -> None:
    recorder.response = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\nnot http any more"

    async def scenario() -> Exchange:
        async with listening(recorder) as at, open_url(f"http://{at}", timeout=30) as target:
            return await target.send(Request(headers=(("Connection", "upgrade"), ("Upgrade", "h2c"))))

    response = asyncio.run(scenario()).response
    assert response is not None
    assert (response.status, response.body) == (101, b"")
