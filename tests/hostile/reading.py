"""Read requests from a stream of bytes, without checks: what is not a request is found out by chance."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from urllib.parse import unquote

from tests.faulty_servers.messages import Request

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

MAX_HEAD = 2**20
END = b"\r\n\r\n"


class MalformedRequest(Exception):
    """The bytes are not a request."""


class Reader(asyncio.StreamReader):
    """The bytes of a connection. ``writer`` is where a client is told to send its body, if it waits for that."""

    writer: asyncio.StreamWriter | None = None

    def tell_to_continue(self, head: Request) -> None:
        """Send an interim response if the client waits for it before it sends the body."""
        waits = head.version == "1.1" and (head.header("expect") or "").lower() == "100-continue"
        if self.writer is not None and waits:
            self.writer.write(CONTINUE)


async def read_head(reader: asyncio.StreamReader) -> Request | None:
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
    headers = tuple(map(_field, rest))
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
    head: Request,
    reader: Reader,
    *,
    trailers: bool = True,
    extensions: bool = True,
    merged: bool = False,
    first_length: bool = False,
) -> Request:
    """The request with this *head*, and the body that follows it.

    Without *trailers*, these are not read; if *merged*, they are added to the headers. Without *extensions*, chunks
    that have one are malformed. With *first_length*, the first of several lengths counts; else they are malformed.
    """
    reader.tell_to_continue(head)
    if head.header("transfer-encoding") is not None:
        body = b"".join([data async for data in _chunks(reader, extensions)])
        fields = [_field(line) async for line in _lines(reader)] if trailers else []
        return replace(head, body=body, headers=(*head.headers, *fields) if merged else head.headers)
    lengths = [value for name, value in head.headers if name == b"content-length"]
    if len(set(lengths)) > 1 and not first_length:
        raise MalformedRequest
    return replace(head, body=await reader.readexactly(int(lengths[0] if lengths else 0)))


async def _chunks(reader: Reader, extensions: bool) -> AsyncIterator[bytes]:
    while True:
        size, found, _ = (await reader.readuntil()).partition(b";")
        if found and not extensions:
            raise MalformedRequest
        if not int(size, 16):
            break
        yield await reader.readexactly(int(size, 16))
        await reader.readline()


async def _lines(reader: Reader) -> AsyncIterator[bytes]:
    while line := (await reader.readline()).strip():
        yield line


def _field(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.lower(), value.strip()
