from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest

from conformance.http_client import Exchange, FailureKind, Request, open_url
from conformance.http_client import network_target as network

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


class Flaky:
    """Answers the first `good` requests of a connection, and closes it on the next one without a word."""

    def __init__(self, good: int, last_words: bytes = b"") -> None:
        self.good = good
        self.last_words = last_words
        self.requests = 0
        self.connections = 0

    async def __call__(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        for _ in range(self.good):
            await self._take(reader)
            writer.write(OK)
        await self._take(reader)
        writer.write(self.last_words)

    async def _take(self, reader: Reader) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.requests += 1


def test_a_connection_is_kept_for_the_next_request(listen: Listen, recorder: Any) -> None:
    ask(listen, recorder, *[Request(body=b"{}")] * 5)
    assert (recorder.connections, len(recorder.messages)) == (1, 5)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + b"HTTP/1.1 500 Nobody asked\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_connection_that_cannot_be_trusted_is_not_used_again(
    listen: Listen, recorder: Any, answer: bytes
) -> None:
    recorder.answer = answer
    exchanges = ask(listen, recorder, Request(), Request())
    assert [exchange.response.status for exchange in exchanges if exchange.response] == [200, 200]
    assert recorder.connections == 2


def test_an_answer_that_nobody_asked_for_is_not_taken_for_the_next_one(listen: Listen) -> None:
    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await asyncio.sleep(0.02)
        writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        await asyncio.sleep(5)

    exchanges = ask(listen, handler, Request(), Request(), pause=0.06)
    assert [exchange.response.status for exchange in exchanges if exchange.response] == [200, 200]


def test_a_connection_that_was_idle_for_long_is_not_used_again(
    listen: Listen, recorder: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "KEEP_SECONDS", 0.02)
    ask(listen, recorder, Request(), Request(), pause=0.04)
    assert recorder.connections == 2


def test_a_drop_on_a_kept_connection_is_sent_again_once(listen: Listen) -> None:
    server = Flaky(good=1)
    assert kinds(ask(listen, server, Request(), Request())) == [None, None]
    assert (server.connections, server.requests) == (2, 3)


def test_a_real_crash_is_dropped_after_one_repetition(listen: Listen) -> None:
    class Crashes(Flaky):
        async def __call__(self, reader: Reader, writer: Writer) -> None:
            self.good = 0 if self.connections else 1
            await super().__call__(reader, writer)

    server = Crashes(good=1)
    assert kinds(ask(listen, server, Request(), Request())) == [None, FailureKind.DROPPED]
    assert (server.connections, server.requests) == (2, 3)


def test_a_drop_on_a_new_connection_is_not_sent_again(listen: Listen) -> None:
    server = Flaky(good=0)
    assert kinds(ask(listen, server, Request())) == [FailureKind.DROPPED]
    assert server.requests == 1


@pytest.mark.parametrize("words", [b"HT", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1"])
def test_a_drop_within_an_answer_is_not_sent_again(listen: Listen, words: bytes) -> None:
    server = Flaky(good=1, last_words=words)
    assert kinds(ask(listen, server, Request(), Request())) == [None, FailureKind.DROPPED]
    assert server.requests == 2


def test_a_target_that_is_gone_after_a_drop_was_dropped() -> None:
    async def scenario() -> list[Exchange]:
        async def handler(reader: Reader, writer: Writer) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(OK)
            await reader.readuntil(b"\r\n\r\n")
            server.close()  # as a process that dies of the request

        server = await asyncio.start_server(closing(handler), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with open_url(f"http://127.0.0.1:{port}", timeout=5) as target:
            exchanges = [await target.send(Request()) for _ in range(3)]
        await server.wait_closed()
        return exchanges

    exchanges = asyncio.run(scenario())
    assert kinds(exchanges) == [None, FailureKind.DROPPED, FailureKind.REFUSED]
    assert exchanges[1].failure is not None
    assert "afterwards: no connection" in exchanges[1].failure.detail


def closing(handler: Callable[[Reader, Writer], Any]) -> Callable[[Reader, Writer], Any]:
    async def handle(reader: Reader, writer: Writer) -> None:
        try:
            await handler(reader, writer)
        finally:
            writer.close()

    return handle
