from __future__ import annotations

import asyncio
import socket
import ssl
from pathlib import Path

import pytest

from conformance.http_client import Exchange, FailureKind, Request, TargetUrlError, open_url
from tests.http_client.tcp_servers import Reader, Recorder, Writer, listening


class Tunnel:
    """A proxy that supports CONNECT."""

    def __init__(self) -> None:
        self.heads: list[bytes] = []

    async def __call__(self, reader: Reader, writer: Writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.heads.append(head)
        host, port = head.split()[1].decode().rsplit(":", 1)
        far_reader, far_writer = await asyncio.open_connection(host, int(port))
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            await asyncio.gather(copy(reader, far_writer), copy(far_reader, writer))
        finally:
            far_writer.close()


async def copy(reader: Reader, writer: Writer) -> None:
    while data := await reader.read(65536):
        writer.write(data)


def test_a_request_to_a_plain_target_is_forwarded_by_the_proxy(recorder: Recorder) -> None:
    async def scenario() -> Exchange:
        async with (
            listening(recorder) as proxy,
            open_url("http://host.example/v1?a=b", proxy=f"http://me:p%40ss@{proxy}", timeout=30) as target,
        ):
            return await target.send(Request(headers=(("x-key", "1"),)))

    assert asyncio.run(scenario()).failure is None
    assert recorder.request_line == b"POST http://host.example/v1/embeddings?a=b HTTP/1.1"
    assert recorder.header_lines[0] == b"Host: host.example"
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==" in recorder.header_lines


def test_a_tls_target_is_reached_through_a_tunnel_that_cannot_read_requests(
    recorder: Recorder, server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    tunnel = Tunnel()

    async def scenario() -> tuple[str, Exchange]:
        async with (
            listening(recorder, tls=server_tls) as at,
            listening(tunnel) as proxy,
            open_url(f"https://{at}", proxy=f"http://me:pw@{proxy}", ca=ca_file, timeout=30) as target,
        ):
            await target.send(Request(headers=(("x-key", "sk-secret"),)))
            return at, await target.send(Request(headers=(("x-key", "sk-secret"),)))

    at, exchange = asyncio.run(scenario())
    assert exchange.failure is None
    assert len(tunnel.heads) == 1
    assert tunnel.heads[0].startswith(f"CONNECT {at} HTTP/1.1\r\nHost: {at}\r\n".encode())
    assert b"Proxy-Authorization: Basic bWU6cHc=" in tunnel.heads[0]
    assert b"sk-secret" not in tunnel.heads[0]
    assert b"proxy-authorization" not in recorder.head.lower()


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_the_failure_of_a_proxy_without_a_tunnel_names_the_proxy(
    recorder: Recorder, ca_file: Path, response: bytes
) -> None:
    recorder.response = response

    async def scenario() -> Exchange:
        async with (
            listening(recorder) as proxy,
            open_url("https://host.example", proxy=f"http://{proxy}", ca=ca_file, timeout=30) as target,
        ):
            return await target.send(Request())

    failure = asyncio.run(scenario()).failure
    assert failure is not None
    assert failure.kind is FailureKind.REFUSED
    assert "proxy" in failure.detail


def test_an_unreachable_proxy_is_a_refused_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    async def scenario() -> Exchange:
        async with open_url("http://host.example", proxy=f"http://127.0.0.1:{port}", timeout=30) as target:
            return await target.send(Request())

    failure = asyncio.run(scenario()).failure
    assert failure is not None
    assert failure.kind is FailureKind.REFUSED


def test_the_description_does_not_contain_the_password_of_the_proxy() -> None:
    target = open_url("http://host.example", proxy="http://me:hunter2@127.0.0.1:1")
    assert target.description == {"url": "http://host.example"}


@pytest.mark.parametrize(
    ("proxy", "expected"),
    [
        ("socks5://me:hunter2@127.0.0.1:1080", "use http or https"),
        ("https://me:hunter2@127.0.0.1:1080", "use an http:// proxy"),
        ("http://me:hunter2@", "no host"),
        ("127.0.0.1:1080", "no scheme"),
        ("http://me:hunter2@127.0.0.1:x", "port"),
    ],
)
def test_an_unusable_proxy_url_is_rejected(proxy: str, expected: str) -> None:
    with pytest.raises(TargetUrlError, match=expected) as caught:
        open_url("http://host.example", proxy=proxy)
    assert "proxy URL" in str(caught.value)
    assert "hunter2" not in str(caught.value)
