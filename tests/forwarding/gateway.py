"""A small correct gateway. Each behavior that a fault can change is a method."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx
from starlette.types import Receive, Scope, Send

from conformance import Contract
from conformance.reference import default_credentials
from conformance.reference.auth import Authenticator
from conformance.reference.errors import Rejection
from tests.faulty_servers.messages import Request, Response, respond
from tests.faulty_servers.servers import application

CONTRACT = Contract.load()
CREDENTIALS = default_credentials(CONTRACT)
HEADERS = dict(CONTRACT.security[name].render(value) for name, value in CREDENTIALS.items())
KEY = "fake-gateway-key"
"""The credential for the upstream if the client gave none."""

PATH = "/v1/embeddings"
SECONDS = 4.0
"""The timeout for the upstream, in steps of STEP. On a busy machine each step takes longer, as the response does."""

STEP = 0.1


def error(status: int, message: str = "The upstream failed.", **headers: str) -> Response:
    """An error response of the gateway; an underscore in the name of a header stands for a hyphen."""
    response = respond(status, {"error": {"message": message, "type": "upstream_error"}})
    for name, value in headers.items():
        response = response.with_header(name.replace("_", "-"), value)
    return response


def with_properties(request: Request, **properties: Any) -> Request:
    """*request* with other *properties* in its payload; None removes a property."""
    payload = {name: value for name, value in (request.payload() | properties).items() if value is not None}
    return request.with_payload(payload)


class Gateway:
    """An ASGI application, in front of the upstream at *base_url*, which ends with ``/v1``.

    ``response_headers`` are the headers of the upstream's response that reach the client.
    """

    response_headers: tuple[str, ...] = ("content-type", "retry-after")

    def __init__(self, base_url: str) -> None:
        self._origin = base_url.removesuffix("/v1")
        self._authenticator = Authenticator(CONTRACT.security, CREDENTIALS)
        self._app = application(self._respond, self._open_client)
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def _open_client(self) -> AsyncIterator[None]:
        async with httpx.AsyncClient(verify=False, trust_env=False) as self._client:
            yield

    async def _respond(self, request: Request) -> Response:
        if request.path != PATH:
            return error(404, "Not found.")
        if request.method != "POST":
            return error(405, "Expected POST.", Allow="POST")
        try:
            self._authenticator.authenticate(request.headers)
        except Rejection as rejection:
            rejected = rejection.response()
            return Response(tuple(rejected.raw_headers), bytes(rejected.body), rejected.status_code)
        return await self.handle(request)

    async def handle(self, request: Request) -> Response:
        """The response to a client with valid credentials."""
        try:
            response = await self.send_upstream(self.upstream_request(request))
        except httpx.TimeoutException:
            return self.on_timeout(request)
        except httpx.TransportError:
            return self.on_drop(request)
        return (
            self.on_success(request, response) if response.status == 200 else self.on_error(request, response)
        )

    def upstream_request(self, request: Request) -> Request:
        """The request to the upstream: the same body, and the credential for the upstream."""
        headers = {"authorization": f"Bearer {KEY}"}
        headers |= {n: v for n in ("authorization", "content-type") if (v := request.header(n)) is not None}
        pairs = tuple((name.encode(), value.encode("latin-1")) for name, value in headers.items())
        return Request(pairs, request.body, path=PATH)

    async def send_upstream(self, request: Request) -> Response:
        """Send a request to the upstream."""
        got = await self._in_time(request)
        response = Response((), b"", got.status_code).with_body(got.content)
        for name in self.response_headers:
            response = response.with_header(name, got.headers.get(name))
        return response

    async def _in_time(self, request: Request) -> httpx.Response:
        assert self._client is not None
        url = f"{self._origin}{request.path}{'?' if request.query else ''}{request.query.decode()}"
        sent = self._client.post(url, content=request.body, headers=[*request.headers], timeout=None)
        task = asyncio.ensure_future(sent)
        try:
            for _ in range(round(SECONDS / STEP)):
                if await asyncio.wait({task}, timeout=STEP) != (set(), {task}):
                    return await task
        finally:
            task.cancel()
        raise httpx.ReadTimeout("no response from the upstream in time")

    def on_success(self, request: Request, response: Response) -> Response:  # noqa: ARG002 - faults use it
        """The response to the client after a 200 from the upstream."""
        try:
            is_valid = isinstance(response.payload()["data"], list)
        except (ValueError, LookupError, TypeError):
            is_valid = False
        return response if is_valid else error(502)

    def on_error(self, request: Request, response: Response) -> Response:  # noqa: ARG002 - faults use it
        """The response to the client after an error from the upstream."""
        if "json" not in (response.header("content-type") or ""):
            return error(502)
        return replace(response, status=502) if response.status == 401 else response

    def on_drop(self, request: Request) -> Response:  # noqa: ARG002 - faults use it
        """The response to the client after a dropped connection to the upstream."""
        return error(502)

    def on_timeout(self, request: Request) -> Response:  # noqa: ARG002 - faults use it
        """The response to the client after a timeout at the upstream."""
        return error(504)
