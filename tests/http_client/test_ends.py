"""The ends of bodies and connections: a wrong Content-Length, interim responses, and connections that stay open."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from conformance.http_client import Exchange, FailureKind, Limits, Request, Transport, open_url
from tests.http_client.outcomes import kind_of
from tests.http_client.tcp_servers import OK, Handler, Reader, Recorder, Writer, listening, send_all

CONTENT = b'{"river": 1}'
QUICK = Limits(stall=0.1)


def fetch(head: bytes, body: bytes, *, closes: bool = False, timeout: float = 5) -> Exchange:
    """The exchange with a server that sends *head* and *body*, and closes the connection or leaves it open."""

    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n" + body)
        await writer.drain()
        if not closes:
            await asyncio.sleep(timeout + 1)

    return exchange_with(handler, Request(), timeout)


def exchange_with(handler: Handler, request: Request, timeout: float = 5) -> Exchange:
    async def scenario() -> Exchange:
        async with (
            listening(handler) as at,
            open_url(f"http://{at}", limits=QUICK, timeout=timeout) as target,
        ):
            return await target.send(request)

    return asyncio.run(scenario())


@pytest.mark.parametrize(
    ("coding", "body"), [(b"", CONTENT), (b"Content-Encoding: gzip\r\n", gzip.compress(CONTENT, mtime=0))]
)
def test_a_complete_body_that_is_shorter_than_its_length_is_a_protocol_failure(
    coding: bytes, body: bytes
) -> None:
    exchange = fetch(coding + b"Content-Length: 999\r\n", body)
    assert kind_of(exchange) is FailureKind.PROTOCOL
    assert exchange.failure is not None
    assert f"Content-Length is 999, but only {len(body)} bytes came" in exchange.failure.detail


@pytest.mark.parametrize("body", [CONTENT[:-1], gzip.compress(CONTENT, mtime=0)[:-1]])
def test_an_incomplete_body_that_does_not_end_is_a_timeout(body: bytes) -> None:
    coding = b"Content-Encoding: gzip\r\n" if body[:2] == b"\x1f\x8b" else b""
    exchange = fetch(coding + b"Content-Length: 999\r\n", body, timeout=0.5)
    assert kind_of(exchange) is FailureKind.TIMEOUT


def test_a_pause_within_a_body_is_no_failure() -> None:
    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(CONTENT) + CONTENT[:5])
        await asyncio.sleep(0.4)
        writer.write(CONTENT[5:])

    assert exchange_with(handler, Request()).body == CONTENT


def test_interim_responses_are_recorded() -> None:
    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n" + OK)

    assert exchange_with(handler, Request()).interim == (103, 100)


@pytest.mark.parametrize("closes", [True, False])
def test_a_client_can_wait_for_the_end_of_the_connection(closes: bool) -> None:
    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await asyncio.sleep(0.1 if closes else 9)

    request = Request(headers=(("Connection", "close"),), transport=Transport(until_closed=True))
    exchange = exchange_with(handler, request, timeout=2)
    assert (exchange.status, exchange.left_open) == (200, not closes)


def test_a_chunked_body_can_have_trailer_fields(recorder: Recorder) -> None:
    transport = Transport(trailers=(("X-Key", "Value"),))
    recorder.messages.clear()

    async def serve(reader: Reader, writer: Writer) -> None:
        recorder.messages.append(await reader.readuntil(b"X-Key: Value\r\n\r\n"))
        writer.write(OK)

    (exchange,) = send_all(serve, Request(body=(b"chunk",), transport=transport))
    assert exchange.status == 200
    assert recorder.messages[-1].endswith(b"5\r\nchunk\r\n0\r\nX-Key: Value\r\n\r\n")
    assert "Value" not in f"{transport}{transport!r}"
