from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from conformance.http_client.connection import BUFFER, Stream

Listen = Callable[..., AbstractAsyncContextManager[str]]
SIZE = 20 * 1024 * 1024


def test_what_nobody_reads_is_held_back_and_comes_when_it_is_read(listen: Listen) -> None:
    async def handler(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes(SIZE))
        await writer.drain()

    async def scenario() -> tuple[int, int]:
        async with listen(handler) as at:
            host, _, port = at.partition(":")
            _, stream = await asyncio.get_running_loop().create_connection(Stream, host, int(port))
            await asyncio.sleep(0.1)
            first = total = len(await stream.read())
            while data := await stream.read():
                total += len(data)
            await stream.closed()
            return first, total

    first, total = asyncio.run(scenario())
    assert first <= 2 * BUFFER
    assert total == SIZE
