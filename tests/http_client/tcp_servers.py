"""Test servers on loopback that speak raw TCP, and requests to them."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from conformance.http_client import Exchange, Request, open_url, send_until_received

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter
Handler = Callable[[Reader, Writer], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Recorder:
    """A server that records each message, and sends the same response to each on kept connections."""

    def __init__(self) -> None:
        self.messages: list[bytes] = []
        self.connections = 0
        self.response = OK

    async def __call__(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        while True:
            self.messages.append(await read_message(reader))
            writer.write(self.response)
            await writer.drain()

    @property
    def head(self) -> bytes:
        return self.messages[-1].partition(b"\r\n\r\n")[0]

    @property
    def request_line(self) -> bytes:
        return self.head.split(b"\r\n")[0]

    @property
    def header_lines(self) -> list[bytes]:
        return self.head.split(b"\r\n")[1:]

    @property
    def body(self) -> bytes:
        return self.messages[-1].partition(b"\r\n\r\n")[2]


async def read_message(reader: Reader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    if length:
        return head + await reader.readexactly(int(length[1]))
    if re.search(rb"(?i)transfer-encoding: *chunked", head):
        return head + await reader.readuntil(b"0\r\n\r\n")
    return head


@asynccontextmanager
async def listening(
    handler: Handler, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", backlog: int = 100
) -> AsyncIterator[str]:
    """Serve on a free port of loopback. Gives HOST:PORT, and closes all connections at the end."""
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: Reader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await handler(reader, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.close() if writer.can_write_eof() else writer.transport.abort()

    server = await asyncio.start_server(serve, host, 0, ssl=tls, backlog=backlog)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()


def send_all(handler: Handler, *requests: Request, pause: float = 0) -> list[Exchange]:
    """Send *requests* one after the other to a server with *handler*, with *pause* seconds after each."""

    async def scenario() -> list[Exchange]:
        exchanges = []
        async with listening(handler) as at, open_url(f"http://{at}", timeout=30) as target:
            for request in requests:
                exchanges.append(await send_until_received(target, request))
                await asyncio.sleep(pause)
        return exchanges

    return asyncio.run(scenario())
