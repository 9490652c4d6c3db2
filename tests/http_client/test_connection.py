from __future__ import annotations

import asyncio
import socket
import threading
import time

import pytest

from conformance.http_client.connection import BUFFER, Connection
from tests.http_client.tcp_servers import listening

SIZE = 20 * 1024 * 1024


def test_unread_bytes_stay_with_the_sender_until_they_are_read() -> None:
    async def handler(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(SIZE))
        await writer.drain()

    async def scenario() -> tuple[int, int]:
        async with listening(handler) as at:
            host, _, port = at.partition(":")
            _, connection = await asyncio.get_running_loop().create_connection(Connection, host, int(port))
            await asyncio.sleep(0.1)
            first = total = len(await connection.read())
            while data := await connection.read():
                total += len(data)
            await connection.closed()
            return first, total

    first, total = asyncio.run(scenario())
    assert first <= 2 * BUFFER
    assert total == SIZE


def test_a_response_is_read_although_sending_the_rest_of_the_request_fails() -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def reject_early() -> None:
        accepted, _ = listener.accept()
        with accepted:
            accepted.recv(4)
            accepted.sendall(b"HTTP/1.1 401 Unauthorized")

    async def scenario() -> bytes:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, *listener.getsockname())
        connection.write(b"more than it reads")
        server.join()
        time.sleep(0.05)  # the event loop must not read yet
        for _ in range(2):
            connection.write(b"the rest")
        return await connection.read()

    server = threading.Thread(target=reject_early)
    with listener:
        server.start()
        assert asyncio.run(scenario()) == b"HTTP/1.1 401 Unauthorized"


def test_writing_after_the_target_closed_logs_nothing(caplog: pytest.LogCaptureFixture) -> None:
    listener = socket.create_server(("127.0.0.1", 0))

    def close_early() -> None:
        accepted, _ = listener.accept()
        with accepted:
            accepted.recv(4)

    async def scenario() -> None:
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(Connection, *listener.getsockname())
        connection.write(b"more than it reads")
        server.join()
        time.sleep(0.05)  # the event loop must not see the end yet
        for _ in range(20):
            connection.write(b"the rest")
        await connection.closed()

    server = threading.Thread(target=close_early)
    with listener:
        server.start()
        asyncio.run(scenario())
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []
