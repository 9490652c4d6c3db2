"""ASGI applications for tests, and requests to them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from conformance.http_client import Exchange, Request, open_app

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


def send_to_app(handle: App, request: Request | None = None, **options: Any) -> Exchange:
    """Send one request to an application whose HTTP part is *handle*, and which has no lifespan."""

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await handle(scope, receive, send)

    async def scenario() -> Exchange:
        async with open_app(app, **{"timeout": 5.0, **options}) as target:
            return await target.send(request or Request())

    return asyncio.run(scenario())


async def start(send: Send, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    """Send the head of a response."""
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def finish(send: Send, body: bytes = b"", *, more: bool = False) -> None:
    """Send a part of a body, by default the last one."""
    await send({"type": "http.response.body", "body": body, "more_body": more})
