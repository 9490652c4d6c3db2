"""Read requests from a stream of bytes, without checks: what is not a request is found out by chance."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import unquote

from tests.faulty_servers.messages import Request

Reader = asyncio.StreamReader

MAX_HEAD = 2**20
END = b"\r\n\r\n"


class MalformedRequest(Exception):
    """The bytes are not a request."""


async def read_head(reader: Reader) -> Request | None:
    """The next request without its body; None at the end of the connection."""
    try:
        head = await reader.readuntil(END)
    except asyncio.IncompleteReadError:
        return None
    line, *rest = head[: -len(END)].split(b"\r\n")
    try:
        method, target, version = line.decode("latin-1").split(" ")
    except ValueError:
        raise MalformedRequest from None
    path, _, query = target.partition("?")
    pairs = (header.partition(b":") for header in rest)
    headers = tuple((name.lower(), value.strip()) for name, _, value in pairs)
    return Request(
        headers,
        b"",
        method,
        unquote(path),
        query.encode("latin-1"),
        version.removeprefix("HTTP/"),
        path.encode("latin-1"),
    )


async def read_body(
    head: Request, reader: Reader, *, trailers: bool = True, extensions: bool = True
) -> Request:
    """The request with this *head*, and the body that follows it.

    Without *trailers*, these are not read; without *extensions*, chunks that have one are malformed.
    """
    if head.header("transfer-encoding") is not None:
        return replace(head, body=b"".join([data async for data in _chunks(reader, trailers, extensions)]))
    return replace(head, body=await reader.readexactly(int(head.header("content-length") or 0)))


async def _chunks(reader: Reader, trailers: bool, extensions: bool) -> AsyncIterator[bytes]:
    while True:
        size, found, _ = (await reader.readline()).partition(b";")
        if found and not extensions:
            raise MalformedRequest
        if not int(size, 16):
            break
        yield await reader.readexactly(int(size, 16))
        await reader.readline()
    while trailers and (await reader.readline()).strip():
        pass
