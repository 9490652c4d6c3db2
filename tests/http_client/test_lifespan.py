from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from conformance.http_client import AppStartError, Request, Response, open_app

Message = dict[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


def ask(app: object, timeout: float = 5) -> Response:
    async def scenario() -> Response:
        async with open_app(app, timeout=timeout) as target:
            exchange = await target.send(Request())
            assert exchange.response is not None
            return exchange.response

    return asyncio.run(scenario())


async def answer(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"ok"})


def test_startup_and_shutdown_run_around_the_requests_and_pass_state_on() -> None:
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
    assert ask(app).body == b"from startup"
    assert events == ["startup", "request", "shutdown"]


async def asserts(scope: Message, _receive: Receive, send: Send) -> None:
    assert scope["type"] == "http"
    await answer(send)


async def returns(scope: Message, _receive: Receive, send: Send) -> None:
    if scope["type"] == "http":
        await answer(send)


async def answers_whatever_it_is(_scope: Message, _receive: Receive, send: Send) -> None:
    await answer(send)


async def reads_whatever_it_is(_scope: Message, receive: Receive, send: Send) -> None:
    await receive()
    await answer(send)


@pytest.mark.parametrize("app", [asserts, returns, answers_whatever_it_is, reads_whatever_it_is])
def test_an_application_without_lifespan_works_at_once(app: object) -> None:
    assert ask(app, timeout=1).body == b"ok"


def starting(behaviour: str) -> object:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            return await answer(send)
        await receive()
        if behaviour == "raises":
            raise ValueError("no model")
        if behaviour == "fails":
            await send({"type": "lifespan.startup.failed", "message": "no model"})
        if behaviour == "hangs":
            await asyncio.sleep(10)
        return None

    return app


@asynccontextmanager
async def broken(_app: Starlette) -> AsyncIterator[None]:
    raise ValueError("no model")
    yield


@pytest.mark.parametrize(
    ("app", "said"),
    [
        (starting("raises"), "ValueError: no model"),
        (starting("fails"), "no model"),
        (Starlette(lifespan=broken), "ValueError: no model"),
        (starting("hangs"), "longer than 0.2 s"),
    ],
)
def test_a_startup_that_fails_is_a_clear_error(app: object, said: str) -> None:
    with pytest.raises(AppStartError, match="did not start") as caught:
        ask(app, timeout=0.2)
    assert said in caught.value.problem
    assert "\n" not in str(caught.value)


def stopping(behaviour: str) -> object:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            return await answer(send)
        await receive()
        await send({"type": "lifespan.startup.complete"})
        if behaviour == "dies":
            return None
        await receive()
        if behaviour == "fails":
            await send({"type": "lifespan.shutdown.failed", "message": "no time"})
        if behaviour == "raises":
            raise ValueError("no time")
        if behaviour == "hangs":
            await asyncio.sleep(10)
        return None

    return app


@pytest.mark.parametrize("behaviour", ["fails", "raises", "hangs"])
def test_a_shutdown_that_fails_is_logged_and_leaves_the_answers(
    behaviour: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert ask(stopping(behaviour), timeout=0.2).body == b"ok"
    assert [record.levelno for record in caplog.records if record.name == "conformance.http_client"] == [
        logging.WARNING
    ]


def test_a_lifespan_that_ends_early_is_no_failure(caplog: pytest.LogCaptureFixture) -> None:
    assert ask(stopping("dies"), timeout=1).body == b"ok"
    assert [record for record in caplog.records if record.name == "conformance.http_client"] == []
