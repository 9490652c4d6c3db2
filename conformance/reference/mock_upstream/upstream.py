"""The server behind a gateway: the reference, which records what arrives and answers wrongly where it is told to."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any

from conformance.contract import Contract, Scheme
from conformance.reference.app import BASE_PATH, create_app
from conformance.reference.auth import default_credentials
from conformance.reference.fault_injection import ConnectionDropped
from conformance.reference.tokenizer import BYTES

from .recording import MOST, Arrival, Misbehaviour, Reply, Rewrite, Window

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST_BYTES = 64 * 2**20
"""Bytes of a compressed request's body, unpacked; a larger one is left as it is, and refused."""

GZIP_OR_ZLIB = 47
"""What zlib wants as ``wbits`` to tell the two by themselves."""

POLL = 0.05
"""Seconds between two looks at whether a window is still open."""


class Upstream:
    """An ASGI application: the reference of *contract* at every path that ends as the contract's does.

    What arrives while it is ``learning``, as it does at first, and while a window is open, is known to be plainly
    valid. So what such a request has beside the required properties, and is null or unknown to the contract, is the
    gateway's own addition, and overlooked by its name. *heard* is told the credentials of these. Where *passed* names
    those that clients give for the upstream, it takes them and those of these requests, and no others; else whatever
    arrives.
    """

    def __init__(
        self,
        contract: Contract,
        address: str,
        *,
        tokenizer: str = BYTES,
        passed: Collection[str] = (),
        heard: Callable[[str], object] = lambda credential: None,
    ) -> None:
        credentials = default_credentials(contract)
        self._contract, self._heard, self.address = contract, heard, address
        self._door = [contract.security[name].render(value) for name, value in credentials.items()]
        self._app: ASGIApp = create_app(contract, credentials, tokenizer=tokenizer)
        self._additions: set[str] = set()
        self._known: set[str | None] = set(passed)
        self._is_known_by = [s for s in contract.security.schemes if s.upstream == "as-given" and passed]
        self.learning = True
        self._window: Window | None = None

    def watch(self, window: Window | None) -> None:
        """Let *window* have what arrives from now on, or nobody."""
        self._window = window

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        ending = self._contract.path.rpartition("/")[2]
        if scope["type"] != "http" or not scope["path"].endswith(f"/{ending}"):
            await self._app(scope, receive, send)
            return
        arrival = await _read(scope, receive)
        window = self._window
        if window is not None or self.learning:
            self._learn(arrival)
        if window is not None and len(window.arrivals) < MOST:
            window.arrivals.append(arrival)
        match window.script if window is not None else None:
            case Reply() as reply:
                await _play(reply, arrival, send)
            case Misbehaviour() as misbehaviour:
                while misbehaviour is Misbehaviour.HANG and window is not None and window.open:
                    await asyncio.sleep(POLL)
                raise ConnectionDropped(misbehaviour)
            case rewrite:
                await _play(_rewritten(await self._answer(scope, arrival), rewrite), arrival, send)

    def _learn(self, arrival: Arrival) -> None:
        self._additions |= {name for name, v in arrival.payload.items() if self._is_addition(name, v)}
        self._known |= {self._shown(scheme, arrival) for scheme in self._is_known_by}
        for credential in arrival.credentials():
            self._heard(credential)

    def _shown(self, scheme: Scheme, arrival: Arrival) -> str | None:
        values = [scheme.extract(v) for name, v in arrival.headers if name.lower() == scheme.header.lower()]
        return values[0] if values else None

    async def _answer(self, scope: Scope, arrival: Arrival) -> Reply:
        """The reference's answer."""
        own = {name.lower() for name, _ in self._door} | {"content-encoding", "content-length"}
        admitted = all(self._shown(scheme, arrival) in self._known for scheme in self._is_known_by)
        headers = [(n, v) for n, v in arrival.headers if n.lower() not in own]
        headers += self._door if admitted else []
        path = BASE_PATH + self._contract.path
        inner: Scope = {
            **scope,
            "path": path,
            "raw_path": path.encode(),
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        }
        return await _asked(self._app, inner, self._without_additions(arrival))

    def _without_additions(self, arrival: Arrival) -> bytes:
        payload = arrival.payload
        found = {n for n, v in payload.items() if n in self._additions and self._is_addition(n, v)}
        if not found:
            return arrival.body
        return json.dumps({n: v for n, v in payload.items() if n not in found}).encode()

    def _is_addition(self, name: str, value: Any) -> bool:
        request = self._contract.request
        return name not in request.required and (value is None or name not in request.properties)


async def _read(scope: Scope, receive: Receive) -> Arrival:
    """The request, whole. One whose sender goes away meanwhile is dropped: nobody waits for its answer."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionDropped("the gateway went away")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    coded = any(name == "content-encoding" for name, _ in headers)
    query = scope["query_string"].decode("latin-1")
    path = scope["path"] + (f"?{query}" if query else "")
    return Arrival(path, headers, _unpacked(bytes(body)) if coded else bytes(body))


def _unpacked(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(GZIP_OR_ZLIB).decompress(body, MOST_BYTES)
    except zlib.error:
        return body


async def _asked(app: ASGIApp, scope: Scope, body: bytes) -> Reply:
    """The answer of *app* to a request with *body*."""
    parts: list[Message] = []
    unread = iter([body])

    async def receive() -> Message:
        for whole in unread:
            return {"type": "http.request", "body": whole, "more_body": False}
        await asyncio.get_running_loop().create_future()  # Starlette waits for the client to go away
        raise AssertionError("a request has one body")

    async def send(message: Message) -> None:
        parts.append(message)

    await app(scope, receive, send)
    head, *rest = parts
    headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in head["headers"])
    return Reply(head["status"], b"".join(part.get("body", b"") for part in rest), headers)


def _rewritten(right: Reply, rewrite: Rewrite | None) -> Reply:
    if rewrite is None or right.status != 200:
        return right
    return Reply(200, json.dumps(rewrite(json.loads(right.body))).encode())


async def _play(reply: Reply, arrival: Arrival, send: Send) -> None:
    arrival.status, arrival.answer = reply.status, reply.body
    headers = [(n.lower().encode(), v.encode()) for n, v in reply.headers if n.lower() != "content-length"]
    length = (b"content-length", str(len(reply.body)).encode())
    await send({"type": "http.response.start", "status": reply.status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": reply.body})
