from __future__ import annotations

import asyncio
import gc
import socket
import time

import pytest

from conformance.http_client import Exchange, Request, open_url
from tests.http_client.outcomes import kinds
from tests.http_client.tcp_servers import OK, Reader, Recorder, Writer, listening, send_all


@pytest.mark.parametrize("then", ["close", "stall"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_response_before_the_request_was_read_is_received(then: str, chunked: bool) -> None:
    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
        await writer.drain()
        if then == "stall":
            await asyncio.sleep(10)

    body = bytes(10_000_000)
    request = Request(body=(body, body) if chunked else body)
    for exchange in send_all(handler, *[request] * 4):
        assert exchange.failure is None
        assert exchange.response is not None
        assert (exchange.response.status, exchange.response.body) == (413, b"no")


def test_a_connection_whose_request_was_not_read_is_closed() -> None:
    closed = asyncio.Event()

    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await asyncio.sleep(0.05)
        try:
            while await reader.read(65536):
                pass
        finally:
            closed.set()

    async def scenario() -> None:
        async with listening(handler) as at, open_url(f"http://{at}", timeout=30) as target:
            exchange = await target.send(Request(body=bytes(20_000_000)))
            assert exchange.response is not None
            await asyncio.wait_for(closed.wait(), 30)

    asyncio.run(scenario())


def test_sixty_four_requests_are_in_flight_concurrently() -> None:
    waiting = 0
    all_here = asyncio.Event()

    async def handler(reader: Reader, writer: Writer) -> None:
        nonlocal waiting
        while True:
            await reader.readuntil(b"\r\n\r\n")
            waiting += 1
            if waiting == 64:
                all_here.set()
            await all_here.wait()
            writer.write(OK)

    async def scenario() -> list[Exchange]:
        async with listening(handler) as at, open_url(f"http://{at}", timeout=30) as target:
            first = await asyncio.gather(*(target.send(Request()) for _ in range(64)))
            return [*first, *await asyncio.gather(*(target.send(Request()) for _ in range(64)))]

    assert kinds(asyncio.run(scenario())) == [None] * 128


def test_a_cancellation_is_raised_to_the_caller_and_closes_the_connection() -> None:
    arrived, closed = asyncio.Event(), asyncio.Event()

    async def handler(reader: Reader, _writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        arrived.set()
        await reader.read()
        closed.set()

    async def scenario() -> None:
        async with listening(handler) as at, open_url(f"http://{at}", timeout=30) as target:
            task = asyncio.create_task(target.send(Request()))
            await arrived.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(closed.wait(), 30)

    asyncio.run(scenario())


def test_a_timeout_of_the_caller_is_not_a_timeout_of_the_target() -> None:
    async def handler(reader: Reader, _writer: Writer) -> None:
        await reader.read()

    async def scenario() -> None:
        async with listening(handler) as at, open_url(f"http://{at}", timeout=30) as target:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await target.send(Request())

    asyncio.run(scenario())


def test_leaving_the_context_closes_the_kept_connections(recorder: Recorder) -> None:
    async def scenario() -> None:
        async with listening(recorder) as at:
            async with open_url(f"http://{at}", timeout=30) as target:
                await asyncio.gather(*(target.send(Request()) for _ in range(8)))
                assert open_sockets(at) > 0
            assert open_sockets(at) == 0

    asyncio.run(scenario())


def open_sockets(at: str) -> int:
    peer = ("127.0.0.1", int(at.rpartition(":")[2]))
    sockets = [item for item in gc.get_objects() if isinstance(item, socket.socket) and item.fileno() >= 0]
    return sum(connected_to(item, peer) for item in sockets)


def connected_to(item: socket.socket, peer: tuple[str, int]) -> bool:
    try:
        return bool(item.getpeername() == peer)
    except OSError:
        return False


def test_the_seconds_include_the_whole_exchange() -> None:
    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.1)
        writer.write(OK)

    started = time.perf_counter()
    (exchange,) = send_all(handler, Request())
    assert 0.1 <= exchange.seconds <= time.perf_counter() - started
