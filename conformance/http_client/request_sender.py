"""Send the parts of a request to a connection, in the way that the request's transport defines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import suppress

from .connection import Connection
from .models import ExchangeError, FailureKind
from .transport import CONTINUE_SECONDS, Abandon, Transport

PIECES = 4
"""Pieces of a body that is sent with pauses."""

ABANDON_SECONDS = 0.02
"""Time for the target to read what was sent before the client closes the connection."""


async def send_parts(
    connection: Connection, parts: tuple[bytes, ...], transport: Transport, continuing: asyncio.Event
) -> None:
    """Send the head and the parts of the body.

    continuing: is set after an interim response; a client that waits to continue then sends the body.

    Raises `ExchangeError` after the connection of a request was closed that the client abandons.
    """
    head, *body = [b"".join(parts)] if transport.lengths else parts
    connection.write(head)
    if transport.expect_continue and not transport.http10:
        with suppress(TimeoutError):
            async with asyncio.timeout(CONTINUE_SECONDS):
                await continuing.wait()
    if transport.abandon is Abandon.IN_BODY:
        whole = b"".join(body)
        body = [whole[: len(whole) // 2]]
    for piece in _pieces(body) if transport.pause else body:
        if transport.pause:
            await _pause(transport)
        connection.write(piece)
    if transport.abandon:
        await asyncio.sleep(ABANDON_SECONDS)
        raise ExchangeError(FailureKind.ABANDONED, f"the client disconnected {transport.abandon}")


def own_seconds(parts: tuple[bytes, ...], transport: Transport) -> float:
    """The longest time that the client itself waits before it has sent all parts."""
    waits = CONTINUE_SECONDS if transport.expect_continue and not transport.http10 else 0.0
    return waits + transport.pause * sum(min(PIECES, len(part)) for part in parts[1:])


async def _pause(transport: Transport) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(transport.pause):
            await (transport.until or asyncio.Event()).wait()


def _pieces(body: list[bytes]) -> Iterator[bytes]:
    for part in body:
        size = max(1, -(-len(part) // PIECES))
        yield from (part[start : start + size] for start in range(0, len(part), size))
