"""A recorder in front of a server: the requests of a client, and the statuses of the responses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send


@dataclass(frozen=True, slots=True)
class Call:
    """One request and the status of its response. The names of `headers` are lowercase."""

    method: str
    path: str
    http_version: str
    headers: Mapping[str, str]
    body: bytes
    status: int


class Recorder:
    """An ASGI application that forwards everything unchanged and records it."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._calls: list[Call] = []

    def take(self) -> list[Call]:
        """Return the calls since the last `take`."""
        taken, self._calls = self._calls, []
        return taken

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, statuses = bytearray(), []

        async def receive_body() -> Message:
            message = await receive()
            body.extend(message.get("body", b""))
            return message

        async def send_response(message: Message) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])
            elif not message.get("more_body"):
                # Before it is sent, because the client may exit immediately after the response.
                self._note(scope, bytes(body), statuses[0])
            await send(message)

        await self._app(scope, receive_body, send_response)

    def _note(self, scope: Scope, body: bytes, status: int) -> None:
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        method, path, version = scope["method"], scope["path"], scope["http_version"]
        self._calls.append(Call(method, path, version, headers, body, status))
