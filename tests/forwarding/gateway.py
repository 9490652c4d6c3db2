"""A small gateway that does everything right; what could be otherwise is a method of its own."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from conformance import Contract
from conformance.reference import default_credentials
from conformance.reference.auth import Doorkeeper
from conformance.reference.errors import Refusal

CONTRACT = Contract.load()
CREDENTIALS = default_credentials(CONTRACT)
HEADERS = dict(CONTRACT.security[name].render(value) for name, value in CREDENTIALS.items())
KEY = "fake-key-of-the-gateways-own"
"""What it shows its upstream where the client gave nothing for it."""

PATH = "/v1/embeddings"
SECONDS = 0.6
"""How long it waits for its upstream."""

JSON = {"Content-Type": "application/json"}
ABOUT_THE_ANSWER = ("content-type", "retry-after")


@dataclass(frozen=True)
class Sent:
    """A request, from the client or to the upstream."""

    headers: dict[str, str]
    body: bytes
    url: str = PATH

    @property
    def payload(self) -> Any:
        return json.loads(self.body)

    def having(self, **properties: Any) -> Sent:
        """The request with other *properties* in its payload; None takes one away."""
        payload = {name: v for name, v in (self.payload | properties).items() if v is not None}
        return replace(self, body=json.dumps(payload).encode())


@dataclass(frozen=True)
class Got:
    """An answer, from the upstream or to the client."""

    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=lambda: dict(JSON))

    @property
    def payload(self) -> Any:
        return json.loads(self.body)

    def saying(self, payload: Any) -> Got:
        return replace(self, body=json.dumps(payload).encode())


def error(status: int, message: str = "The upstream failed.", **headers: str) -> Got:
    body = json.dumps({"error": {"message": message, "type": "upstream_error"}}).encode()
    return Got(status, body, JSON | {name.replace("_", "-"): value for name, value in headers.items()})


class Gateway:
    """An ASGI application, in front of the upstream at *base_url*."""

    def __init__(self, base_url: str) -> None:
        self._url = f"{base_url}/embeddings"
        self._door = Doorkeeper(CONTRACT.security, CREDENTIALS)
        self.client: httpx.AsyncClient | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive)
            await (await self._answer(request))(scope, receive, send)
            return
        while (message := await receive())["type"] == "lifespan.startup":
            self.client = httpx.AsyncClient(verify=False, trust_env=False)
            await send({"type": "lifespan.startup.complete"})
        assert message["type"] == "lifespan.shutdown"
        await self._http.aclose()
        await send({"type": "lifespan.shutdown.complete"})

    @property
    def _http(self) -> httpx.AsyncClient:
        assert self.client is not None
        return self.client

    async def _answer(self, request: Request) -> Response:
        if request.url.path != PATH:
            return _response(error(404, "Nothing is here."))
        if request.method != "POST":
            return _response(error(405, "Expected POST.", Allow="POST"))
        try:
            self._door.admit(request.headers.raw)
        except Refusal as refusal:
            return refusal.response()
        sent = Sent(dict(request.headers), await request.body())
        return _response(await self.handle(sent))

    async def handle(self, sent: Sent) -> Got:
        """The answer to a client with valid credentials."""
        try:
            got = await self.deliver(self.outgoing(sent))
        except httpx.TimeoutException:
            return self.silent(sent)
        except httpx.TransportError:
            return self.dropped(sent)
        return self.answered(sent, got) if got.status == 200 else self.failed(sent, got)

    def outgoing(self, sent: Sent) -> Sent:
        """What goes to the upstream: the body as it is, and the credential that is for the upstream."""
        own = {"authorization": f"Bearer {KEY}"}
        kept = {n: v for n, v in sent.headers.items() if n in ("authorization", "content-type")}
        return Sent(own | kept, sent.body, self._url)

    async def deliver(self, sent: Sent) -> Got:
        """Send one request."""
        response = await self._http.post(sent.url, content=sent.body, headers=sent.headers, timeout=SECONDS)
        headers = {name: value for name, value in response.headers.items() if name in ABOUT_THE_ANSWER}
        return Got(response.status_code, response.content, headers)

    def answered(self, sent: Sent, got: Got) -> Got:  # noqa: ARG002 - a fault uses it
        """The answer to a client, where the upstream gave one."""
        try:
            is_answer = isinstance(got.payload["data"], list)
        except (ValueError, LookupError, TypeError):
            is_answer = False
        return got if is_answer else error(502)

    def failed(self, sent: Sent, got: Got) -> Got:  # noqa: ARG002 - a fault uses it
        """The answer to a client, where the upstream gave an error."""
        if "json" not in got.headers.get("content-type", ""):
            return error(502)
        return replace(got, status=502) if got.status == 401 else got

    def dropped(self, sent: Sent) -> Got:  # noqa: ARG002 - a fault uses it
        """The answer to a client, where the upstream went away."""
        return error(502)

    def silent(self, sent: Sent) -> Got:  # noqa: ARG002 - a fault uses it
        """The answer to a client, where the upstream says nothing."""
        return error(504)


def _response(got: Got) -> Response:
    return Response(got.body, got.status, headers=got.headers)
