"""Tools to build a server that is the reference with something changed: read a call, pass it on, edit the reply."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from conformance.contract import Contract
from conformance.reference import MAX_BODY, create_app, default_credentials

Json = dict[str, Any]
Vector = npt.NDArray[np.float32]
Headers = tuple[tuple[bytes, bytes], ...]
T = TypeVar("T")

JSON_TYPE = (b"content-type", b"application/json")
CONTRACT = Contract.load()
CREDENTIALS = default_credentials(CONTRACT)


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
        """The first value of the header *name*."""
        wanted = name.lower().encode()
        return next((value.decode("latin-1") for key, value in self.scope["headers"] if key == wanted), None)

    def with_body(self, body: bytes) -> Call:
        """The same call with another body."""
        kept = [(k, v) for k, v in self.scope["headers"] if k not in (b"content-length", b"transfer-encoding")]
        return Call({**self.scope, "headers": [*kept, (b"content-length", b"%d" % len(body))]}, body)

    def with_payload(self, payload: Json) -> Call:
        """The same call with another JSON object."""
        return self.with_body(json.dumps(payload).encode())

    def with_input(self, value: object) -> Call:
        """The same call with something else to embed."""
        return self.with_payload({**self.payload, "input": value})

    def with_header(self, name: str, value: str) -> Call:
        """The same call with the header *name* set to one *value*."""
        wanted = name.lower().encode()
        kept = [(k, v) for k, v in self.scope["headers"] if k != wanted]
        return Call({**self.scope, "headers": [*kept, (wanted, value.encode("latin-1"))]}, self.body)


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

    def with_json(self, value: object) -> Reply:
        """The same reply with another JSON body."""
        return replace(self, body=orjson.dumps(value))

    def with_vectors(self, vectors: list[Any]) -> Reply:
        """The same reply with other embeddings in the items of its data, in their order."""
        value = self.json
        for item, vector in zip(value["data"], vectors, strict=True):
            item["embedding"] = vector
        return self.with_json(value)

    async def send(self, send: Send) -> None:
        """Send it with the length of its body."""
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


def error(status: int, message: str, code: str | None = None, *, headers: Headers = ()) -> Reply:
    """An error in OpenAI's shape."""
    value = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    return Reply(status, orjson.dumps({"error": value}), (JSON_TYPE, *headers))


def around(handler: Handler) -> ASGIApp:
    """The reference behind *handler*, which answers itself or passes a call on, changed or not."""
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
    return Reply(sent[0]["status"], b"".join(m.get("body", b"") for m in sent[1:]), kept)


def altered_answers(alter: Callable[[Json, Json], None], *, when: Callable[[Json], bool]) -> Factory:
    """Servers whose good answers to payloads of a kind are edited in place by *alter(payload, answer)*."""

    async def handler(call: Call, forward: Forward) -> Reply:
        reply = await forward(call)
        if not reply.good or not when(call.payload):
            return reply
        answer = reply.json
        alter(call.payload, answer)
        return reply.with_json(answer)

    return lambda: around(handler)


def altered_payloads(alter: Callable[[Json], Json]) -> Factory:
    """Servers that see *alter(payload)* in place of each payload."""

    async def handler(call: Call, forward: Forward) -> Reply:
        payload = call.payload
        altered = alter(payload)
        return await forward(call if altered == payload else call.with_payload(altered))

    return lambda: around(handler)


async def with_vectors_of(value: object, call: Call, forward: Forward) -> Reply:
    """The good answer to *call*, with the embeddings of another input *value* of as many texts."""
    reply = await forward(call)
    if not reply.good or value == call.payload["input"]:
        return reply
    other = await forward(call.with_input(value))
    return reply.with_vectors([item["embedding"] for item in other.json["data"]]) if other.good else reply


def altered_inputs(alter: Callable[[Any], Any]) -> Factory:
    """Servers that embed *alter(input)*, and count and number the texts that were sent."""

    async def handler(call: Call, forward: Forward) -> Reply:
        payload = call.payload
        value = alter(payload["input"]) if "input" in payload else None
        return await (forward(call) if value is None else with_vectors_of(value, call, forward))

    return lambda: around(handler)


def is_base64(payload: Json) -> bool:
    return payload.get("encoding_format") == "base64"


def is_batch(payload: Json) -> bool:
    """Whether several texts could be in *payload*, as texts or as tokens."""
    value = payload.get("input")
    return isinstance(value, list) and bool(value) and isinstance(value[0], str | list)


def texts_of(payload: Json) -> list[Any]:
    """The texts of a valid *payload*: each a string, or a list of tokens."""
    return list(payload["input"]) if is_batch(payload) else [payload["input"]]


def read(embedding: Any) -> Vector:
    """The numbers of an embedding in either encoding."""
    if isinstance(embedding, str):
        return np.frombuffer(base64.b64decode(embedding), "<f4")
    return np.asarray(embedding, np.float32)


def write(vector: npt.ArrayLike, *, as_base64: bool) -> Any:
    """An embedding in the wanted encoding."""
    numbers = np.asarray(vector, "<f4")
    return base64.b64encode(numbers.tobytes()).decode() if as_base64 else numbers.tolist()


def each(texts: list[T], change: Callable[[int, T], T]) -> list[T]:
    """*texts* with each of them changed, given its position."""
    return [change(position, text) for position, text in enumerate(texts)]


def headers_of(*names: str) -> Mapping[str, str]:
    """The headers that carry the credentials of the schemes *names*."""
    schemes = {scheme.name: scheme for scheme in CONTRACT.security.schemes}
    return {schemes[name].header.lower(): schemes[name].prefix + CREDENTIALS[name] for name in names}
