from __future__ import annotations

import asyncio

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
