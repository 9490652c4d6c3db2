from __future__ import annotations

import asyncio

import pytest

from conformance.http_client import Exchange, FailureKind, Limits, Request, open_url
from tests.http_client.outcomes import kind_of
from tests.http_client.tcp_servers import Reader, Writer, listening


def fetch(*pieces: bytes, limits: Limits | None = None, timeout: float = 5, pause: float = 0) -> Exchange:
    """Have a server send the pieces, and repeat the last one until the connection is closed."""

    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for piece in pieces:
            writer.write(piece)
        while not writer.is_closing():
            await writer.drain()
            await asyncio.sleep(pause)
            writer.write(pieces[-1])

    async def scenario() -> Exchange:
        async with (
            listening(handler) as at,
            open_url(f"http://{at}", limits=limits, timeout=timeout) as target,
        ):
            return await target.send(Request())

    return asyncio.run(scenario())


@pytest.mark.parametrize("head", [b"Connection: close\r\n", b"Content-Length: 999999999\r\n"])
def test_an_endless_body_is_too_large(head: bytes) -> None:
    exchange = fetch(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n", b"x" * 65536, limits=Limits(body=1_000_000))
    assert kind_of(exchange) is FailureKind.TOO_LARGE


@pytest.mark.parametrize("status", [b"404 Not Found", b"500 Error", b"302 Found"])
def test_only_the_beginning_of_a_large_rejection_is_read(status: bytes) -> None:
    head = b"HTTP/1.1 " + status + b"\r\nContent-Length: 999999999\r\n\r\n"
    exchange = fetch(head, b"x" * 65536, limits=Limits(rejection=100_000))
    assert exchange.response is not None
    assert exchange.status == int(status[:3])
    assert len(exchange.body) <= 100_000
    assert exchange.response.omitted > 0


def test_a_flood_of_interim_responses_is_a_protocol_failure() -> None:
    exchange = fetch(b"HTTP/1.1 102 Processing\r\n\r\n", pause=0)
    assert kind_of(exchange) is FailureKind.PROTOCOL


def test_endless_chunks_are_too_large() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    exchange = fetch(head, b"1000\r\n" + b"x" * 4096 + b"\r\n", limits=Limits(body=1_000_000))
    assert kind_of(exchange) is FailureKind.TOO_LARGE


def test_a_body_of_exactly_the_limit_is_accepted() -> None:
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"x" * 1000
    exchange = fetch(whole, b"", limits=Limits(body=1000), pause=0.05)
    assert exchange.response is not None
    assert kind_of(fetch(whole, b"", limits=Limits(body=999), pause=0.05)) is FailureKind.TOO_LARGE


def test_too_many_headers_are_too_large() -> None:
    for count, fits in ((255, True), (256, False)):
        head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" + b"a: b\r\n" * count + b"\r\n"
        exchange = fetch(head, b"", pause=0.05)
        assert (exchange.response is not None) is fits
        if not fits:
            assert kind_of(exchange) is FailureKind.TOO_LARGE
            assert exchange.failure is not None
            assert "256 headers" in exchange.failure.detail


@pytest.mark.parametrize("size", [70_000, 150_000])
def test_large_headers_are_too_large(size: int) -> None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\na: " + b"b" * size + b"\r\n\r\n"
    exchange = fetch(head, b"", pause=0.05)
    assert kind_of(exchange) is FailureKind.TOO_LARGE
    assert exchange.failure is not None
    assert "65,536" in exchange.failure.detail


def test_endless_headers_are_too_large() -> None:
    exchange = fetch(b"HTTP/1.1 200 OK\r\n", b"a: b\r\n" * 500)
    assert kind_of(exchange) is FailureKind.TOO_LARGE


def test_endless_trailers_are_too_large() -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
    exchange = fetch(head, b"a: b\r\n" * 500)
    assert kind_of(exchange) is FailureKind.TOO_LARGE


@pytest.mark.parametrize(
    ("pieces", "stage"),
    [
        ((b"",), "waiting for the response"),
        ((b"HTTP/1.1 200 OK\r\n", b"a: b\r\n"), "waiting for the response"),
        ((b"HTTP/1.1 102 Processing\r\n\r\n",), "waiting for the response"),
        ((b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x"), "reading the body"),
        ((b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"), "reading the body"),
    ],
)
def test_a_response_that_never_completes_is_a_timeout(pieces: tuple[bytes, ...], stage: str) -> None:
    exchange = fetch(*pieces, timeout=1, pause=0.03)
    assert kind_of(exchange) is FailureKind.TIMEOUT
    assert exchange.failure is not None
    assert "1 s" in exchange.failure.detail
    assert stage in exchange.failure.detail
    assert 1 <= exchange.seconds < 10


def test_the_timeout_of_a_target_that_does_not_read_the_request_has_the_unread_bytes() -> None:
    async def handler(_reader: Reader, _writer: Writer) -> None:
        await asyncio.sleep(5)

    async def scenario() -> Exchange:
        async with listening(handler) as at, open_url(f"http://{at}", timeout=1) as target:
            return await target.send(Request(body=bytes(20_000_000)))

    exchange = asyncio.run(scenario())
    assert kind_of(exchange) is FailureKind.TIMEOUT
    assert exchange.failure is not None
    assert "bytes of the request were not read" in exchange.failure.detail
