from __future__ import annotations

import asyncio
import gc
import socket
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from conformance.http_client import Exchange, FailureKind, Request, open_url

Listen = Callable[..., AbstractAsyncContextManager[str]]


Reader = asyncio.StreamReader


Writer = asyncio.StreamWriter


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def ask(listen: Listen, handler: Any, *requests: Request, pause: float = 0) -> list[Exchange]:
    async def scenario() -> list[Exchange]:
        exchanges = []
        async with listen(handler) as at, open_url(f"http://{at}", timeout=5) as target:
            for request in requests:
                exchanges.append(await target.send(request))
                await asyncio.sleep(pause)
        return exchanges

    return asyncio.run(scenario())


def kinds(exchanges: list[Exchange]) -> list[FailureKind | None]:
    return [exchange.failure.kind if exchange.failure else None for exchange in exchanges]


@pytest.mark.parametrize("then", ["close", "stall"])
@pytest.mark.parametrize("chunked", [False, True])
def test_an_answer_before_the_request_was_read_counts(listen: Listen, then: str, chunked: bool) -> None:
    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\n\r\nno")
        await writer.drain()
        if then == "stall":
            await asyncio.sleep(10)

    body = bytes(10_000_000)
    request = Request(body=(body, body) if chunked else body)
    for exchange in ask(listen, handler, *[request] * 4):
        assert exchange.failure is None
        assert exchange.response is not None
        assert (exchange.response.status, exchange.response.body) == (413, b"no")


def test_a_connection_whose_request_was_not_read_is_closed(listen: Listen) -> None:
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
        async with listen(handler) as at, open_url(f"http://{at}", timeout=5) as target:
            exchange = await target.send(Request(body=bytes(20_000_000)))
            assert exchange.response is not None
            await asyncio.wait_for(closed.wait(), 2)

    asyncio.run(scenario())


def test_sixty_four_requests_at_once_are_under_way_at_once(listen: Listen) -> None:
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
        async with listen(handler) as at, open_url(f"http://{at}", timeout=5) as target:
            first = await asyncio.gather(*(target.send(Request()) for _ in range(64)))
            return [*first, *await asyncio.gather(*(target.send(Request()) for _ in range(64)))]

    assert kinds(asyncio.run(scenario())) == [None] * 128


def test_a_cancellation_passes_through_and_closes_its_connection(listen: Listen) -> None:
    closed = asyncio.Event()

    async def handler(reader: Reader, _writer: Writer) -> None:
        await reader.read()
        closed.set()

    async def scenario() -> None:
        async with listen(handler) as at, open_url(f"http://{at}", timeout=5) as target:
            task = asyncio.create_task(target.send(Request()))
            await asyncio.sleep(0.05)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.wait_for(closed.wait(), 2)

    asyncio.run(scenario())


def test_an_outer_timeout_of_the_caller_is_not_taken_for_the_targets(listen: Listen) -> None:
    async def handler(reader: Reader, _writer: Writer) -> None:
        await reader.read()

    async def scenario() -> None:
        async with listen(handler) as at, open_url(f"http://{at}", timeout=5) as target:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await target.send(Request())

    asyncio.run(scenario())


def test_leaving_closes_the_kept_connections(listen: Listen, recorder: Any) -> None:
    async def scenario() -> None:
        async with listen(recorder) as at:
            async with open_url(f"http://{at}", timeout=5) as target:
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


def test_the_seconds_are_those_of_the_whole_exchange(listen: Listen) -> None:
    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.sleep(0.1)
        writer.write(OK)

    started = time.perf_counter()
    (exchange,) = ask(listen, handler, Request())
    assert 0.1 <= exchange.seconds <= time.perf_counter() - started
