"""Slow and many clients: the server closes their connections in time, and still answers the others."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import fields, replace

import h11
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from conformance.reference import ConnectionLimits, background_server

LONG = 60.0
"""Seconds that no test waits for."""

SHORT = 0.6
MANY = 300

UNLIMITED = ConnectionLimits(connections=1_000, idle=LONG, headers=LONG, body=LONG, unread=LONG)

HEADERS = b"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
COMPLETE = HEADERS + b"Content-Length: 2\r\n\r\n{}"
UNFINISHED = HEADERS + b"Content-Length: 1000\r\n\r\n{"

Client = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


@contextmanager
def serving(app: ASGIApp, **limits: float) -> Iterator[int]:
    """Serve *app* with no other limits than *limits*; gives the port."""
    changed = replace(UNLIMITED, **limits)  # type: ignore[arg-type]  # the number of connections is an int
    with background_server(app, base_path="", limits=changed) as url:
        yield int(url.rpartition(":")[2])


def answers(port: int, clients: Sequence[Client]) -> list[bytes]:
    """What each of *clients*, which connect at the same time, receives until the server closes its connection."""

    async def run(client: Client) -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            return await client(reader, writer)
        finally:
            writer.close()

    async def run_all() -> list[bytes]:
        return await asyncio.wait_for(asyncio.gather(*map(run, clients)), LONG / 2)

    return asyncio.run(run_all())


async def received(reader: asyncio.StreamReader) -> bytes:
    """Everything until the connection ends, also by a reset."""
    content = bytearray()
    try:
        while chunk := await reader.read(65_536):
            content += chunk
    except ConnectionError:
        pass
    return bytes(content)


def dripping(start: bytes, drops: bytes = b"x", *, seconds: float = SHORT / 8) -> Client:
    """A client that sends *start* and then one byte after the other, without an end."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        async def drip() -> None:
            writer.write(start)
            while True:
                await asyncio.sleep(seconds)
                writer.write(drops)

        task = asyncio.create_task(drip())
        try:
            return await received(reader)
        finally:
            task.cancel()

    return client


def silent(start: bytes = b"") -> Client:
    """A client that sends *start* and then nothing."""
    return dripping(start, b"")


def sending(content: bytes) -> Client:
    """A client that sends *content*, and closes its connection after the response."""

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(content)
        return await reader.readuntil(b"\r\n\r\n")

    return client


def status(answer: bytes) -> bytes:
    return answer[9:12]


async def reject_at_once(scope: Scope, _receive: Receive, send: Send) -> None:
    """An application that responds before the body has arrived."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 413, "headers": [(b"content-length", b"0")]})
        await send({"type": "http.response.body", "body": b""})


def test_hundreds_of_clients_that_never_finish_their_headers_are_closed(app: ASGIApp) -> None:
    with serving(app, headers=SHORT) as port:
        slow = answers(port, [dripping(HEADERS)] * MANY)
        assert {status(answer) for answer in slow} == {b"408"}
        assert status(*answers(port, [sending(COMPLETE)])) == b"401"


def test_hundreds_of_clients_that_never_finish_their_bodies_are_closed(
    app: ASGIApp, headers: dict[str, str]
) -> None:
    head = b"".join(f"{name}: {value}\r\n".encode() for name, value in headers.items())
    start = b"POST /v1/embeddings HTTP/1.1\r\nHost: x\r\n" + head + b"Content-Length: 100000\r\n\r\n"
    chunked = start.replace(b"Content-Length: 100000", b"Transfer-Encoding: chunked") + b"fffff\r\n"
    with serving(app, body=SHORT) as port:
        slow = answers(port, [dripping(start), dripping(chunked)] * (MANY // 2))
        assert {status(answer) for answer in slow} == {b"408"}
        assert status(*answers(port, [sending(COMPLETE)])) == b"401"


def test_hundreds_of_idle_connections_are_closed_without_a_further_response(app: ASGIApp) -> None:
    requests = [0, 1, 3] * (MANY // 3)
    with serving(app, idle=8 * SHORT) as port:
        idle = answers(port, [silent(COMPLETE * number) for number in requests])
    assert [answer.count(b"HTTP/1.1 401") for answer in idle] == requests
    assert [answer.count(b"HTTP/1.1 ") for answer in idle] == requests


def test_the_next_request_on_a_connection_has_the_same_limits(app: ASGIApp) -> None:
    with serving(app, headers=SHORT) as port:
        (headers,) = answers(port, [dripping(COMPLETE + HEADERS)])
    with serving(app, body=SHORT) as port:
        (body,) = answers(port, [dripping(COMPLETE + UNFINISHED)])
    assert (headers.count(b"HTTP/1.1 401"), headers.count(b"HTTP/1.1 408")) == (1, 1)
    assert (body.count(b"HTTP/1.1 401"), body.count(b"HTTP/1.1 ")) == (2, 2)


def test_a_client_that_sends_the_body_too_slowly_after_the_response_is_closed() -> None:
    with serving(reject_at_once, body=SHORT) as port:
        (answer,) = answers(port, [dripping(UNFINISHED)])
    assert status(answer) == b"413"
    assert answer.count(b"HTTP/1.1") == 1


def test_a_408_is_complete_and_in_the_format_of_other_errors(app: ASGIApp) -> None:
    with serving(app, headers=SHORT) as port:
        (answer,) = answers(port, [silent(HEADERS)])
    connection = h11.Connection(h11.CLIENT)
    connection.send(h11.Request(method="GET", target="/", headers=[("Host", "x")]))
    connection.receive_data(answer)
    response = connection.next_event()
    assert isinstance(response, h11.Response)
    assert (b"connection", b"close") in response.headers
    body = connection.next_event()
    assert isinstance(body, h11.Data)
    assert b'"code":"request_timeout"' in body.data


def test_a_client_that_does_not_read_its_response_is_closed() -> None:
    async def large(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"x" * 50_000_000})

    with (
        serving(large, connections=1, unread=SHORT) as port,
        socket.create_connection(("127.0.0.1", port)) as unread,
    ):
        unread.sendall(COMPLETE)
        assert unread.recv(1) == b"H"
        deadline = time.monotonic() + LONG / 2
        while status(*answers(port, [sending(COMPLETE)])) == b"503":
            assert time.monotonic() < deadline
            time.sleep(SHORT / 8)


def test_after_a_408_the_response_of_the_application_is_not_sent(logged: Callable[[], list[str]]) -> None:
    async def late(scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(1.5 * SHORT)
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    async def stays(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(UNFINISHED)
        answer = await received(reader)
        await asyncio.sleep(SHORT)
        return answer

    with serving(late, body=SHORT) as port:
        (answer,) = answers(port, [stays])
    assert status(answer) == b"408"
    assert answer.count(b"HTTP/1.1") == 1
    assert logged() == []


def test_the_time_in_which_the_application_does_not_read_does_not_count() -> None:
    period = 1.0

    async def slow(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(2.7 * period)
            while (await receive()).get("more_body"):
                pass
            await send({"type": "http.response.start", "status": 204, "headers": []})
            await send({"type": "http.response.body", "body": b""})

    async def in_two_parts(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(HEADERS + b"Content-Length: 300003\r\n\r\n" + b"x" * 300_000)
        await asyncio.sleep(3.4 * period)
        writer.write(b"end")
        return await reader.readuntil(b"\r\n\r\n")

    with serving(slow, body=period, headers=period, idle=period) as port:
        found = answers(port, [in_two_parts, sending(COMPLETE)])
    assert [status(answer) for answer in found] == [b"204", b"204"]


@contextmanager
def occupied(port: int, number: int) -> Iterator[None]:
    """Keep *number* connections open, each after a response."""
    with ExitStack() as stack:
        for _ in range(number):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", port), LONG))
            connection.sendall(COMPLETE)
            assert connection.recv(12) == b"HTTP/1.1 401"
        yield


def test_connections_over_the_limit_get_a_503(app: ASGIApp) -> None:
    with serving(app, connections=5) as port:
        with occupied(port, 5):
            assert {status(answer) for answer in answers(port, [silent(HEADERS)] * MANY)} == {b"503"}
        with occupied(port, 4):
            assert status(*answers(port, [sending(COMPLETE)])) == b"401"


def test_a_503_arrives_although_the_client_is_still_sending(
    app: ASGIApp, logged: Callable[[], list[str]]
) -> None:
    with (
        serving(app, connections=1) as port,
        occupied(port, 1),
        socket.create_connection(("127.0.0.1", port), LONG) as refused,
    ):
        for line in COMPLETE.splitlines(keepends=True):
            time.sleep(0.02)
            refused.sendall(line)
        answer = b"".join(iter(lambda: refused.recv(1_000), b""))
    assert status(answer) == b"503"
    assert b"retry-after: 1" in answer.lower()
    assert b'"code":"too_many_connections"' in answer
    assert logged() == []


def test_a_refused_client_that_stays_is_closed(app: ASGIApp) -> None:
    async def stays(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        answer = await received(reader)
        with suppress(ConnectionError):
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.05)
        return answer

    with serving(app, connections=1) as port, occupied(port, 1):
        assert status(*answers(port, [stays])) == b"503"


def test_a_closed_connection_makes_room_for_another_one(app: ASGIApp) -> None:
    with serving(app, connections=1, idle=SHORT) as port:
        for _ in range(3):
            assert answers(port, [silent(COMPLETE)])[0].startswith(b"HTTP/1.1 401")


def test_the_server_stops_at_once_in_spite_of_slow_clients(app: ASGIApp) -> None:
    started = time.monotonic()
    with serving(app) as port:
        slow = [socket.create_connection(("127.0.0.1", port)) for _ in range(50)]
        for connection, content in zip(slow, [b"", HEADERS, UNFINISHED, COMPLETE, b"P"] * 10, strict=True):
            connection.sendall(content)
    for connection in slow:
        connection.close()
    assert time.monotonic() - started < LONG / 2


def test_the_default_limits_are_finite_and_do_not_hurt_clients() -> None:
    limits = ConnectionLimits()
    assert all(0 < getattr(limits, field.name) < 1_000 for field in fields(limits))
    assert limits.idle > 60  # the time of most connection pools


def test_an_invalid_chunk_after_the_response_ends_the_connection_without_an_error(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def responds_early(scope: Scope, _: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await send({"type": "http.response.start", "status": 401, "headers": [(b"content-length", b"0")]})
            await send({"type": "http.response.body"})

    async def client(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(HEADERS + b"Transfer-Encoding: chunked\r\n\r\n")
        head = await reader.readuntil(b"\r\n\r\n")
        writer.write(b"no size\r\n")
        return head + await received(reader)

    with serving(responds_early) as port:
        (answer,) = answers(port, [client])
    assert answer.startswith(b"HTTP/1.1 401")
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []
