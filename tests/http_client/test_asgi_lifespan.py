from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from conformance.http_client import AppStartError, Request, Response, open_app
from tests.http_client.asgi_apps import Message, Receive, Send


def send_request(app: object, timeout: float = 5) -> Response:
    async def scenario() -> Response:
        async with open_app(app, timeout=timeout) as target:
            exchange = await target.send(Request())
            assert exchange.response is not None
            return exchange.response

    return asyncio.run(scenario())


async def respond(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def test_startup_runs_before_the_requests_with_its_state_and_shutdown_after_them() -> None:
    events: list[str] = []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, str]]:
        events.append("startup")
        yield {"model": "from startup"}
        events.append("shutdown")

    def handle(request: StarletteRequest) -> PlainTextResponse:
        events.append("request")
        return PlainTextResponse(request.state.model)

    app = Starlette(routes=[Route("/embeddings", handle, methods=["POST"])], lifespan=lifespan)
    assert send_request(app).body == b"from startup"
    assert events == ["startup", "request", "shutdown"]


async def raises_without_http(scope: Message, _receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    await respond(send)


async def returns_without_http(scope: Message, _receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await respond(send)


async def responds_to_every_scope(_scope: Message, _receive: Receive, send: Send) -> None:
    await respond(send)


async def reads_every_scope(_scope: Message, receive: Receive, send: Send) -> None:
    await receive()
    await respond(send)


@pytest.mark.parametrize(
    "app", [raises_without_http, returns_without_http, responds_to_every_scope, reads_every_scope]
)
def test_an_application_without_lifespan_needs_no_wait(app: object) -> None:
    assert send_request(app, timeout=30).body == b"ok"


def starting(behavior: str) -> object:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            return await respond(send)
        await receive()
        if behavior == "raises":
            raise ValueError("no model")
        if behavior == "fails":
            await send({"type": "lifespan.startup.failed", "message": "no model"})
        if behavior == "hangs":
            await asyncio.sleep(3600)
        return None

    return app


@asynccontextmanager
async def failing_lifespan(_app: Starlette) -> AsyncIterator[None]:
    raise ValueError("no model")
    yield


@pytest.mark.parametrize(
    ("app", "expected"),
    [
        (starting("raises"), "ValueError: no model"),
        (starting("fails"), "no model"),
        (Starlette(lifespan=failing_lifespan), "ValueError: no model"),
        (starting("hangs"), "longer than 0.2 s"),
    ],
)
def test_a_startup_that_fails_is_a_clear_error(app: object, expected: str) -> None:
    with pytest.raises(AppStartError, match="did not start") as caught:
        send_request(app, timeout=0.2 if expected.startswith("longer") else 30)
    assert expected in caught.value.problem
    assert "\n" not in str(caught.value)


def stopping(behavior: str) -> object:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            return await respond(send)
        await receive()
        await send({"type": "lifespan.startup.complete"})
        if behavior == "dies":
            return None
        await receive()
        if behavior == "fails":
            await send({"type": "lifespan.shutdown.failed", "message": "no time"})
        if behavior == "raises":
            raise ValueError("no time")
        if behavior == "hangs":
            await asyncio.sleep(3600)
        return None

    return app


@pytest.mark.parametrize("behavior", ["fails", "raises", "hangs"])
def test_a_shutdown_that_fails_is_logged_and_keeps_the_responses(
    behavior: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert send_request(stopping(behavior), timeout=2 if behavior == "hangs" else 30).body == b"ok"
    assert [record.levelno for record in caplog.records if record.name == "conformance.http_client"] == [
        logging.WARNING
    ]


def test_a_lifespan_that_ends_early_is_not_a_failure(caplog: pytest.LogCaptureFixture) -> None:
    assert send_request(stopping("dies"), timeout=30).body == b"ok"
    assert [record for record in caplog.records if record.name == "conformance.http_client"] == []
