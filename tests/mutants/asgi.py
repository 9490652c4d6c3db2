"""A server as a function from one whole request to one whole answer, and back to an ASGI application.

Mutants and the correct but different servers are functions that stand between such a server and its caller.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any, Self

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.validation import MISSING

Headers = tuple[tuple[bytes, bytes], ...]


@dataclass(frozen=True, slots=True)
class _Body:
    headers: Headers
    body: bytes = field(repr=False)

    def header(self, name: str) -> str | None:
        """The value of the first header *name*; None where there is none."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.headers if key.lower() == wanted), None)

    def with_header(self, name: str, value: str | None) -> Self:
        """The same with *value* for the header *name*, or without that header."""
        key = name.lower().encode()
        others = tuple(header for header in self.headers if header[0].lower() != key)
        return replace(self, headers=others if value is None else (*others, (key, value.encode("latin-1"))))

    def with_body(self, body: bytes) -> Self:
        """The same with another body, and its length."""
        framed = self.with_header("transfer-encoding", None).with_header("content-length", str(len(body)))
        return replace(framed, body=body)

    def payload(self) -> Any:
        """The body read as any common server does; MISSING where that fails."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            pass
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return MISSING

    def with_payload(self, payload: object) -> Self:
        """The same with *payload* as its JSON body."""
        try:
            return self.with_body(orjson.dumps(payload))
        except orjson.JSONEncodeError:
            return self.with_body(json.dumps(payload).encode())


@dataclass(frozen=True, slots=True)
class Call(_Body):
    """One request, as a server sees it."""

    method: str = "POST"
    path: str = "/"
    query: bytes = b""


@dataclass(frozen=True, slots=True)
class Reply(_Body):
    """One answer, as a server gives it."""

    status: int = 200


Serve = Callable[[Call], Awaitable[Reply]]
Fault = Callable[[Call, Serve], Awaitable[Reply]]
"""A server that has another one to ask."""


def reply(status: int, payload: object, *, media_type: str = "application/json") -> Reply:
    """A reply of JSON, or of the bytes that *payload* is."""
    body = payload if isinstance(payload, bytes) else orjson.dumps(payload)
    headers = ((b"content-type", media_type.encode()), (b"content-length", str(len(body)).encode()))
    return Reply(headers, body, status)


def error(status: int, message: str = "no") -> Reply:
    """A refusal in OpenAI's shape."""
    return reply(status, {"error": {"message": message, "type": "invalid_request_error"}})


def behind(fault: Fault, serve: Serve) -> Serve:
    """The server that *fault* makes of *serve*."""
    return lambda call: fault(call, serve)


def application(serve: Serve) -> ASGIApp:
    """*serve* as an ASGI application."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            return await _live(receive, send)
        body = b""
        while (message := await receive())["type"] == "http.request":
            body += message.get("body", b"")
            if not message.get("more_body", False):
                break
        head = tuple(scope["headers"]), body, scope["method"], scope["path"], scope["query_string"]
        answer = await serve(Call(*head))
        headers = list(answer.headers)
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})
        return None

    return app


def server(app: ASGIApp) -> Serve:
    """An ASGI application as a function; an exception that leaves it goes through."""

    async def serve(call: Call) -> Reply:
        pending: list[Message] = [{"type": "http.request", "body": call.body, "more_body": False}]
        sent: list[Message] = []

        async def receive() -> Message:
            if not pending:
                await asyncio.Event().wait()  # the caller stays until it has its answer
            return pending.pop()

        async def send(message: Message) -> None:
            sent.append(message)

        await app(_scope(call), receive, send)
        start, *parts = sent
        headers = tuple((bytes(name), bytes(value)) for name, value in start["headers"])
        return Reply(headers, b"".join(part.get("body", b"") for part in parts), start["status"])

    return serve


def remembered(serve: Serve) -> Serve:
    """*serve*, which is deterministic, asked once for each request."""
    answers: dict[Call, Reply] = {}

    async def recall(call: Call) -> Reply:
        if call not in answers:
            answers[call] = await serve(call)
        return answers[call]

    return recall


def _scope(call: Call) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": call.method,
        "scheme": "http",
        "path": call.path,
        "raw_path": call.path.encode(),
        "query_string": call.query,
        "root_path": "",
        "headers": list(call.headers),
        "client": ("127.0.0.1", 0),
        "server": ("testserver", 80),
    }


async def _live(receive: Receive, send: Send) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": f"{message['type']}.complete"})
    await send({"type": "lifespan.shutdown.complete"})
