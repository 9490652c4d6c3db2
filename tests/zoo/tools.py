"""Tools to build servers that are the reference with something changed: read a call, pass it on, edit the reply."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.reference import MAX_BODY, create_app
from tests.zoo.payloads import CONTRACT, Json

Headers = tuple[tuple[bytes, bytes], ...]

JSON_TYPE = (b"content-type", b"application/json")


@dataclass(frozen=True, slots=True)
class Call:
    """A request that has been read as a whole."""

    scope: Scope
    body: bytes

    @property
    def payload(self) -> Json:
        """The JSON object in the body; empty where there is none."""
        try:
            value = json.loads(self.body)
        except (ValueError, RecursionError):
            return {}
        return value if isinstance(value, dict) else {}

    def header(self, name: str) -> str | None:
        """The first value of the header *name*, which is in lower case."""
        wanted = name.encode()
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == wanted), None)

    def with_header(self, name: str, value: str) -> Call:
        """The same call with the header *name* set to one *value*."""
        wanted = name.encode()
        kept = [(key, old) for key, old in self.scope["headers"] if key != wanted]
        return Call({**self.scope, "headers": [*kept, (wanted, value.encode("latin-1"))]}, self.body)

    def with_body(self, body: bytes) -> Call:
        """The same call with another body."""
        sized = self.with_header("content-length", str(len(body)))
        return Call(sized.scope, body)

    def with_payload(self, payload: Json) -> Call:
        """The same call with another JSON object."""
        return self.with_body(json.dumps(payload).encode())

    def with_input(self, value: object) -> Call:
        """The same call with something else to embed."""
        return self.with_payload({**self.payload, "input": value})


@dataclass(frozen=True, slots=True)
class Reply:
    """A response as a whole; one that is ``cut`` promises all of its body and breaks off half way."""

    status: int
    body: bytes
    headers: Headers = (JSON_TYPE,)
    cut: bool = field(default=False, kw_only=True)

    @property
    def good(self) -> bool:
        return self.status == 200

    @property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def code(self) -> str | None:
        """What the reference calls its error."""
        return None if self.good else self.json["error"]["code"]

    def with_json(self, value: object) -> Reply:
        """The same reply with another JSON body."""
        return replace(self, body=orjson.dumps(value))

    def with_embeddings(self, embeddings: list[Any]) -> Reply:
        """The same reply with other embeddings in the items of its data, in their order."""
        answer = self.json
        for item, embedding in zip(answer["data"], embeddings, strict=True):
            item["embedding"] = embedding
        return self.with_json(answer)

    @property
    def embeddings(self) -> list[Any]:
        """The embeddings of a good reply, as they are sent."""
        return [item["embedding"] for item in self.json["data"]]

    async def send(self, send: Send) -> None:
        """Send it, and the length of its body."""
        length = (b"content-length", b"%d" % len(self.body))
        await send({"type": "http.response.start", "status": self.status, "headers": [*self.headers, length]})
        if self.cut:
            half = self.body[: len(self.body) // 2]
            await send({"type": "http.response.body", "body": half, "more_body": True})
            raise ConnectionResetError("this server hangs up")
        await send({"type": "http.response.body", "body": self.body})


Forward = Callable[[Call], Awaitable[Reply]]
Handler = Callable[[Call, Forward], Awaitable[Reply]]
Factory = Callable[[], ASGIApp]


def error(status: int, message: str, code: str | None = None) -> Reply:
    """An error in OpenAI's shape."""
    value = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return Reply(status, orjson.dumps({"error": value}))


def around(handler: Handler) -> ASGIApp:
    """The reference behind *handler*, which answers a call itself, or passes it on, changed or not."""
    inner = create_app(CONTRACT)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_declared_too_large(scope):
            await inner(scope, receive, send)
            return
        reply = await handler(Call(scope, await _read(receive)), lambda call: _forward(inner, call))
        await reply.send(send)

    return app


def _is_declared_too_large(scope: Scope) -> bool:
    declared = dict(scope["headers"]).get(b"content-length", b"")
    return declared.isdigit() and (len(declared) > 18 or int(declared) > MAX_BODY)


async def _read(receive: Receive) -> bytes:
    """The body; of one that the reference finds too large, as much as it needs to find that."""
    body, more = bytearray(), True
    while more and len(body) <= MAX_BODY:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


async def _forward(inner: ASGIApp, call: Call) -> Reply:
    unread: list[Message] = [{"type": "http.request", "body": call.body, "more_body": False}]
    sent: list[Message] = []

    async def receive() -> Message:
        if not unread:
            await asyncio.Event().wait()
        return unread.pop()

    async def send(message: Message) -> None:
        sent.append(message)

    await inner(call.scope, receive, send)
    kept = tuple((key, value) for key, value in sent[0]["headers"] if key != b"content-length")
    return Reply(sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:]), kept)
