from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response as StarletteResponse
from starlette.routing import Route

from conformance.http_client import Exchange, FailureKind, Request, open_app

Message = dict[str, Any]


Receive = Callable[[], Awaitable[Message]]


Send = Callable[[Message], Awaitable[None]]


Body = Callable[[Message, Receive, Send], Awaitable[None]]


def ask(handle: Body, request: Request | None = None, **options: Any) -> Exchange:
    """Send one request to an application whose HTTP part is `handle`."""
    return ask_all(handle, [request or Request()], **options)[0]


def ask_all(handle: Body, requests: list[Request], **options: Any) -> list[Exchange]:
    async def app(scope: Message, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await handle(scope, receive, send)

    async def scenario() -> list[Exchange]:
        async with open_app(app, **{"timeout": 5.0, **options}) as target:
            return [await target.send(request) for request in requests]

    return asyncio.run(scenario())


async def start(send: Send, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": status, "headers": list(headers)})


async def finish(send: Send, body: bytes = b"", *, more: bool = False) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": more})


def kind_of(exchange: Exchange) -> FailureKind:
    assert exchange.response is None
    assert exchange.failure is not None
    return exchange.failure.kind


def test_an_exception_before_the_answer_is_a_500() -> None:
    async def handle(_scope: Message, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("sk-secret")

    exchange = ask(handle)
    assert exchange.response is not None
    assert (exchange.response.status, exchange.response.body) == (500, b"Internal Server Error")


@pytest.mark.parametrize(
    "error", [SystemExit(1), asyncio.CancelledError(), ExceptionGroup("g", [ValueError()])]
)
def test_not_even_an_exit_of_the_application_is_a_crash_of_ours(error: BaseException) -> None:
    async def handle(_scope: Message, _receive: Receive, _send: Send) -> None:
        raise error

    exchange = ask(handle)
    assert exchange.response is not None
    assert exchange.response.status == 500


def test_an_exception_within_the_answer_is_a_dropped_connection() -> None:
    async def handle(_scope: Message, _receive: Receive, send: Send) -> None:
        await start(send)
        await finish(send, b"half", more=True)
        raise ValueError("broken")

    exchange = ask(handle)
    assert kind_of(exchange) is FailureKind.DROPPED
    assert exchange.failure is not None
    assert "ValueError" in exchange.failure.detail


def test_an_exception_behind_a_complete_answer_leaves_the_answer() -> None:
    def handle(_request: StarletteRequest) -> StarletteResponse:
        raise ValueError("broken")  # Starlette answers 500 and raises it again

    async def scenario() -> Exchange:
        app = Starlette(routes=[Route("/embeddings", handle, methods=["POST"])])
        async with open_app(app) as target:
            return await target.send(Request())

    exchange = asyncio.run(scenario())
    assert exchange.response is not None
    assert exchange.response.status == 500


def test_returning_without_an_answer_is_a_500_and_within_one_a_drop() -> None:
    async def silent(_scope: Message, _receive: Receive, _send: Send) -> None:
        pass

    async def half(_scope: Message, _receive: Receive, send: Send) -> None:
        await start(send)
        await finish(send, b"half", more=True)

    response = ask(silent).response
    assert response is not None
    assert response.status == 500
    assert kind_of(ask(half)) is FailureKind.DROPPED


@pytest.mark.parametrize(
    ("headers", "bodies"),
    [
        ([(b"content-length", b"5")], [b"123"]),
        ([(b"content-length", b"1")], [b"123"]),
        ([(b"x", b"a\r\nb: c")], [b""]),
        ([(b"bad name", b"a")], [b""]),
        ([(b"content-length", b"1"), (b"content-length", b"2")], [b"1"]),
        ([("x", "é")], [b""]),
        ([], ["text"]),
    ],
)
def test_an_answer_that_no_server_could_write_is_a_dropped_connection(
    headers: list[Any], bodies: list[Any]
) -> None:
    async def handle(_scope: Message, _receive: Receive, send: Send) -> None:
        await start(send, 200, *headers)
        for body in bodies:
            await finish(send, body)

    assert kind_of(ask(handle)) is FailureKind.DROPPED


@pytest.mark.parametrize(
    "messages",
    [
        [{"type": "http.response.body", "body": b""}],
        [{"type": "nonsense"}],
        [{}],
        [{"type": "websocket.accept"}],
    ],
)
def test_events_out_of_order_are_a_500(messages: list[Message]) -> None:
    async def handle(_scope: Message, _receive: Receive, send: Send) -> None:
        for message in messages:
            await send(message)

    response = ask(handle).response
    assert response is not None
    assert response.status == 500
