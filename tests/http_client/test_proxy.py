from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from conformance.http_client import Exchange, FailureKind, Request, TargetUrlError, open_url

Listen = Callable[..., AbstractAsyncContextManager[str]]
Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


class Tunnel:
    """A proxy that understands CONNECT."""

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


def test_a_plain_target_is_asked_through_the_proxy(listen: Listen, recorder: Any) -> None:
    async def scenario() -> Exchange:
        async with (
            listen(recorder) as proxy,
            open_url("http://host.example/v1?a=b", proxy=f"http://me:p%40ss@{proxy}", timeout=5) as target,
        ):
            return await target.send(Request(headers=(("x-key", "1"),)))

    assert asyncio.run(scenario()).failure is None
    assert recorder.request_line == b"POST http://host.example/v1/embeddings?a=b HTTP/1.1"
    assert recorder.header_lines[0] == b"Host: host.example"
    assert b"Proxy-Authorization: Basic bWU6cEBzcw==" in recorder.header_lines


def test_a_tls_target_is_reached_through_a_tunnel_that_sees_no_request(
    listen: Listen, recorder: Any, server_tls: ssl.SSLContext, ca_file: Path
) -> None:
    tunnel = Tunnel()

    async def scenario() -> tuple[str, Exchange]:
        async with (
            listen(recorder, tls=server_tls) as at,
            listen(tunnel) as proxy,
            open_url(f"https://{at}", proxy=f"http://me:pw@{proxy}", ca=ca_file, timeout=5) as target,
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
    "answer",
    [
        b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n",
        b"nonsense\r\n\r\n",
    ],
)
def test_a_proxy_that_gives_no_tunnel_is_named(
    listen: Listen, recorder: Any, ca_file: Path, answer: bytes
) -> None:
    recorder.answer = answer

    async def scenario() -> Exchange:
        async with (
            listen(recorder) as proxy,
            open_url("https://host.example", proxy=f"http://{proxy}", ca=ca_file, timeout=5) as target,
        ):
            return await target.send(Request())

    failure = asyncio.run(scenario()).failure
    assert failure is not None
    assert failure.kind is FailureKind.REFUSED
    assert "proxy" in failure.detail


def test_a_proxy_that_is_not_there_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    async def scenario() -> Exchange:
        async with open_url("http://host.example", proxy=f"http://127.0.0.1:{port}", timeout=5) as target:
            return await target.send(Request())

    failure = asyncio.run(scenario()).failure
    assert failure is not None
    assert failure.kind is FailureKind.REFUSED


def test_the_proxys_password_is_no_part_of_the_description() -> None:
    target = open_url("http://host.example", proxy="http://me:hunter2@127.0.0.1:1")
    assert target.description == {"url": "http://host.example"}


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("socks5://me:hunter2@127.0.0.1:1080", "http or https"),
        ("https://me:hunter2@127.0.0.1:1080", "plain http"),
        ("http://me:hunter2@", "no host"),
        ("127.0.0.1:1080", "no scheme"),
        ("http://me:hunter2@127.0.0.1:x", "port"),
    ],
)
def test_a_proxy_url_that_cannot_be_used_is_refused(proxy: str, said: str) -> None:
    with pytest.raises(TargetUrlError, match=said) as caught:
        open_url("http://host.example", proxy=proxy)
    assert "proxy URL" in str(caught.value)
    assert "hunter2" not in str(caught.value)
