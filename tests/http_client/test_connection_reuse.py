from __future__ import annotations

import asyncio

import pytest

from conformance.http_client import Exchange, FailureKind, Request, network_target, open_url
from tests.http_client.outcomes import kinds, statuses
from tests.http_client.tcp_servers import OK, Reader, Recorder, Writer, listening, send_all


class Flaky:
    """Responds to the first `good` requests of a connection, and closes it on the next one."""

    def __init__(self, good: int, last_bytes: bytes = b"") -> None:
        self.good = good
        self.last_bytes = last_bytes
        self.requests = 0
        self.connections = 0

    async def __call__(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        for _ in range(self.good):
            await self._read(reader)
            writer.write(OK)
        await self._read(reader)
        writer.write(self.last_bytes)

    async def _read(self, reader: Reader) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.requests += 1


def test_a_connection_is_kept_for_the_next_request(recorder: Recorder) -> None:
    send_all(recorder, *[Request(body=b"{}")] * 5)
    assert (recorder.connections, len(recorder.messages)) == (1, 5)


def test_a_connection_is_not_used_again_after_an_offered_upgrade(recorder: Recorder) -> None:
    offer = Request((("Connection", "Upgrade"), ("Upgrade", "h2c")), b"{}")
    send_all(recorder, offer, Request(body=b"{}"))
    assert (recorder.connections, len(recorder.messages)) == (2, 2)


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok",
        OK + b"HTTP/1.1 500 Unexpected\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_a_connection_in_an_unclear_state_is_not_used_again(recorder: Recorder, response: bytes) -> None:
    recorder.response = response
    exchanges = send_all(recorder, Request(), Request())
    assert statuses(exchanges) == [200, 200]
    assert recorder.connections == 2


def test_an_unsolicited_response_is_not_read_as_the_next_one() -> None:
    sent = asyncio.Event()

    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await asyncio.sleep(0.02)
        writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
        sent.set()
        await reader.read()

    async def scenario() -> list[Exchange]:
        async with listening(handler) as at, open_url(f"http://{at}", timeout=30) as target:
            first = await target.send(Request())
            await sent.wait()
            await asyncio.sleep(0.02)  # the event loop reads the 408
            return [first, await target.send(Request())]

    assert statuses(asyncio.run(scenario())) == [200, 200]


def test_a_long_idle_connection_is_not_used_again(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network_target, "MAX_IDLE_SECONDS", 0.02)
    send_all(recorder, Request(), Request(), pause=0.04)
    assert recorder.connections == 2


def test_a_request_dropped_on_a_kept_connection_is_sent_again_once() -> None:
    server = Flaky(good=1)
    assert kinds(send_all(server, Request(), Request())) == [None, None]
    assert (server.connections, server.requests) == (2, 3)


def test_a_crash_is_a_dropped_connection_after_one_repetition() -> None:
    class Crashes(Flaky):
        async def __call__(self, reader: Reader, writer: Writer) -> None:
            self.good = 0 if self.connections else 1
            await super().__call__(reader, writer)

    server = Crashes(good=1)
    assert kinds(send_all(server, Request(), Request())) == [None, FailureKind.DROPPED]
    assert (server.connections, server.requests) == (2, 3)


def test_a_request_dropped_on_a_new_connection_is_not_sent_again() -> None:
    server = Flaky(good=0)
    assert kinds(send_all(server, Request())) == [FailureKind.DROPPED]
    assert server.requests == 1


@pytest.mark.parametrize("part", [b"HT", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n1"])
def test_a_request_dropped_within_a_response_is_not_sent_again(part: bytes) -> None:
    server = Flaky(good=1, last_bytes=part)
    assert kinds(send_all(server, Request(), Request())) == [None, FailureKind.DROPPED]
    assert server.requests == 2


def test_a_kept_connection_that_the_target_closes_is_no_fault() -> None:
    async def scenario() -> list[Exchange]:
        async with listening(Flaky(good=1)) as at, open_url(f"http://{at}", timeout=30) as target:
            return [await target.send(Request()) for _ in range(2)]

    first, second = asyncio.run(scenario())
    assert (first.closed_while_idle, second.closed_while_idle) == (False, True)
    assert kinds([second]) == [FailureKind.DROPPED]


def test_requests_that_precede_another_are_sent_on_its_connection(recorder: Recorder) -> None:
    first, second = Request(path="/first"), Request(path="/second")

    async def scenario() -> list[Exchange]:
        async with listening(recorder) as at, open_url(f"http://{at}", timeout=30) as target:
            return [
                await target.send(first),
                await target.send(second, after=()),
                await target.send(Request(), after=(first, second)),
                await target.send(Request()),
            ]

    exchanges = asyncio.run(scenario())
    assert [exchange.before for exchange in exchanges] == [
        (),
        (),
        (first, second),
        (first, second, Request()),
    ]
    assert recorder.connections == 3


def test_bytes_after_a_response_are_kept_as_a_fault(recorder: Recorder) -> None:
    unexpected = b"HTTP/1.1 500 Unexpected\r\nContent-Length: 0\r\n\r\n"
    recorder.response = OK + unexpected
    (exchange,) = send_all(recorder, Request())
    assert exchange.extra == unexpected


def test_an_unrequested_response_is_kept_as_a_fault() -> None:
    unexpected = b"HTTP/1.1 500 Unexpected\r\nContent-Length: 0\r\n\r\n"

    async def handler(reader: Reader, writer: Writer) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(OK)
        await asyncio.sleep(0.02)
        writer.write(unexpected)
        await reader.read()

    async def scenario() -> list[tuple[Request, bytes]]:
        async with listening(handler) as at, open_url(f"http://{at}", timeout=30) as target:
            await target.send(Request(path="/first"))
            async with asyncio.timeout(30):
                while not target.unrequested:
                    await asyncio.sleep(0.01)
            return [(found.exchange.request, found.data) for found in target.unrequested]

    assert asyncio.run(scenario()) == [(Request(path="/first"), unexpected)]
