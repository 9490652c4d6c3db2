"""The mock upstream: a reference server that records the requests of a gateway, and can misbehave."""

from __future__ import annotations

import asyncio
import gzip
import json
import zlib
from collections.abc import Callable, Collection
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.contract import Contract, Scheme
from conformance.contract.roles import Roles
from conformance.reference.application import BASE_PATH, create_app
from conformance.reference.auth import default_credentials
from conformance.reference.fault_injection import ConnectionDropped
from conformance.reference.tokenizer import BYTES

from .recording import (
    MAX_ELSEWHERE,
    MAX_REQUESTS,
    Compressed,
    Late,
    Misbehavior,
    Recording,
    Rewrite,
    UpstreamRequest,
    UpstreamResponse,
)

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BYTES = 64 * 2**20
"""Bytes of a decompressed request body. A larger body is cut, and therefore rejected."""

GZIP_OR_ZLIB = 47
"""The ``wbits`` with which zlib detects the format itself."""

POLL_SECONDS = 0.05
"""The interval at which a hanging response checks whether its recording is still active."""


class MockUpstream:
    """An ASGI application: the reference server of *contract* at every path that ends like the contract's path.

    Requests are known to be valid while it is ``learning``, which it is at first, and while a recording is active. A
    property of such a request that is optional and null, or unknown to the contract, is an addition of the gateway. The
    mock upstream accepts additions of the same name in all requests. *on_credential* is called with each credential of
    such a request.

    Clients may send *credentials* for the upstream. If there are any, the mock upstream accepts only them and the
    credentials of requests that are known to be valid. Otherwise it accepts every request.
    """

    def __init__(
        self,
        contract: Contract,
        address: str,
        *,
        tokenizer: str = BYTES,
        credentials: Collection[str] = (),
        on_credential: Callable[[str], object] = lambda credential: None,
    ) -> None:
        contract = replace(contract, parameters=())  # those of the gateway's clients
        own = default_credentials(contract)
        self._contract, self._on_credential, self.address = contract, on_credential, address
        self.roles = contract.roles
        self._own_headers = [contract.security[name].render(value) for name, value in own.items()]
        self._app: ASGIApp = create_app(contract, own, base_path=BASE_PATH, tokenizer=tokenizer)
        self._additions: set[str] = set()
        self._accepted: set[str | None] = set(credentials)
        self._checked = [s for s in contract.security.schemes if s.upstream == "as-given" and credentials]
        self.learning = True
        self._recording: Recording | None = None

    def record(self, recording: Recording | None) -> None:
        """Add all requests from now on to *recording*, or stop recording."""
        self._recording = recording

    def accept(self, credentials: Collection[str]) -> None:
        """Accept *credentials* too, from now on."""
        self._accepted.update(credentials)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to one request."""
        ending = self._contract.path.rpartition("/")[2]
        recording = self._recording
        if scope["type"] != "http" or not scope["path"].endswith(f"/{ending}"):
            if scope["type"] == "http" and recording is not None and len(recording.elsewhere) < MAX_ELSEWHERE:
                recording.elsewhere.append(f"{scope['method']} {scope['path']}")
            await self._app(scope, receive, send)
            return
        request = await _read(scope, receive, self.roles)
        if recording is not None or self.learning:
            self._learn(request)
        if recording is not None and len(recording.requests) < MAX_REQUESTS:
            recording.requests.append(request)
        match recording.script if recording is not None else None:
            case UpstreamResponse() as response:
                await _send(response, request, send)
            case Misbehavior() as misbehavior:
                while misbehavior is Misbehavior.HANG and recording is not None and recording.active:
                    await asyncio.sleep(POLL_SECONDS)
                raise ConnectionDropped(misbehavior)
            case Late() as late:
                await asyncio.sleep(
                    late.seconds if late.text in request.body.decode("utf-8", "replace") else 0
                )
                await _send(await self._correct_response(scope, request), request, send)
            case Compressed() as scripted:
                request.compressed = request.accepts_gzip
                response = scripted.response or await self._correct_response(scope, request)
                await _send(response, request, send)
            case rewrite:
                correct = await self._correct_response(scope, request)
                await _send(_rewritten(correct, rewrite), request, send)

    def _learn(self, request: UpstreamRequest) -> None:
        self._additions |= {name for name, v in request.payload.items() if self._is_addition(name, v)}
        self._accepted |= {_credential_for(scheme, request) for scheme in self._checked}
        for credential in request.credentials():
            self._on_credential(credential)

    async def _correct_response(self, scope: Scope, request: UpstreamRequest) -> UpstreamResponse:
        """The response of the reference server. Accepted requests get the credentials of the reference server."""
        replaced = {name.lower() for name, _ in self._own_headers} | {"content-encoding", "content-length"}
        accepted = all(_credential_for(scheme, request) in self._accepted for scheme in self._checked)
        headers = [(n, v) for n, v in request.headers if n.lower() not in replaced]
        headers += self._own_headers if accepted else []
        path = BASE_PATH + self._contract.path
        inner: Scope = {
            **scope,
            "path": path,
            "raw_path": path.encode(),
            "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers],
        }
        return await _call(self._app, inner, self._without_additions(request))

    def _without_additions(self, request: UpstreamRequest) -> bytes:
        payload = request.payload
        found = {n for n, v in payload.items() if n in self._additions and self._is_addition(n, v)}
        if not found:
            return request.body
        return json.dumps({n: v for n, v in payload.items() if n not in found}).encode()

    def _is_addition(self, name: str, value: Any) -> bool:
        schema = self._contract.form
        return name not in schema.required and (value is None or name not in schema.properties)


def _credential_for(scheme: Scheme, request: UpstreamRequest) -> str | None:
    values = [scheme.extract(v) for name, v in request.headers if name.lower() == scheme.header.lower()]
    return values[0] if values else None


async def _read(scope: Scope, receive: Receive, roles: Roles) -> UpstreamRequest:
    """The whole request. Raises ConnectionDropped if the gateway disconnects first."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ConnectionDropped("the gateway disconnected")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"])
    compressed = any(name == "content-encoding" for name, _ in headers)
    query = scope["query_string"].decode("latin-1")
    path = scope["path"] + (f"?{query}" if query else "")
    content = _decompressed(bytes(body)) if compressed else bytes(body)
    return UpstreamRequest(path, headers, content, roles=roles)


def _decompressed(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(GZIP_OR_ZLIB).decompress(body, MAX_BYTES)
    except zlib.error:
        return body


async def _call(app: ASGIApp, scope: Scope, body: bytes) -> UpstreamResponse:
    """The response of *app* to a request with *body*."""
    messages: list[Message] = []
    unread = iter([body])

    async def receive() -> Message:
        for whole in unread:
            return {"type": "http.request", "body": whole, "more_body": False}
        await asyncio.get_running_loop().create_future()  # Starlette waits for the client to disconnect
        raise AssertionError("a request has one body")

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    head, *parts = messages
    headers = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in head["headers"])
    return UpstreamResponse(head["status"], b"".join(part.get("body", b"") for part in parts), headers)


def _rewritten(correct: UpstreamResponse, rewrite: Rewrite | None) -> UpstreamResponse:
    if rewrite is None or not 200 <= correct.status < 300:
        return correct
    return UpstreamResponse(correct.status, json.dumps(rewrite(json.loads(correct.body))).encode())


async def _send(response: UpstreamResponse, request: UpstreamRequest, send: Send) -> None:
    """Send *response*, in gzip if *request* says so. The recorded body is the one without coding."""
    request.status, request.response = response.status, response.body
    body = gzip.compress(response.body) if request.compressed else response.body
    headers = [(n.lower().encode(), v.encode()) for n, v in response.headers if n.lower() != "content-length"]
    headers += [(b"content-encoding", b"gzip")] if request.compressed else []
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": response.status, "headers": [*headers, length]})
    await send({"type": "http.response.body", "body": body})
