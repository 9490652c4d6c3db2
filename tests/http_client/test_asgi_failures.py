from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response as StarletteResponse
from starlette.routing import Route

from conformance.http_client import Exchange, FailureKind, Request, open_app
from tests.http_client.asgi_apps import Message, Receive, Send, finish, send_to_app, start
from tests.http_client.outcomes import kind_of


def test_an_exception_before_the_response_is_a_500() -> None:
    async def handle(_scope: Message, _receive: Receive, _send: Send) -> None:
        raise RuntimeError("sk-secret")

    exchange = send_to_app(handle)
    assert exchange.response is not None
    assert (exchange.response.status, exchange.response.body) == (500, b"Internal Server Error")


@pytest.mark.parametrize(
    "error", [SystemExit(1), asyncio.CancelledError(), ExceptionGroup("g", [ValueError()])]
)
def test_an_exit_of_the_application_is_a_500(error: BaseException) -> None:
    async def handle(_scope: Message, _receive: Receive, _send: Send) -> None:
        raise error

    exchange = send_to_app(handle)
    assert exchange.response is not None
    assert exchange.response.status == 500


def test_an_exception_within_the_response_is_a_dropped_connection() -> None:
    async def handle(_scope: Message, _receive: Receive, send: Send) -> None:
        await start(send)
        await finish(send, b"half", more=True)
        raise ValueError("fault")

    exchange = send_to_app(handle)
    assert kind_of(exchange) is FailureKind.DROPPED
    assert exchange.failure is not None
    assert "ValueError" in exchange.failure.detail


def test_an_exception_after_a_complete_response_keeps_the_response() -> None:
    def handle(_request: StarletteRequest) -> StarletteResponse:
        raise ValueError("fault")  # Starlette responds with 500 and raises it again

    async def scenario() -> Exchange:
        app = Starlette(routes=[Route("/embeddings", handle, methods=["POST"])])
        async with open_app(app) as target:
            return await target.send(Request())

    exchange = asyncio.run(scenario())
    assert exchange.response is not None
    assert exchange.response.status == 500


def test_returning_without_a_response_is_a_500_and_within_one_a_dropped_connection() -> None:
    async def silent(_scope: Message, _receive: Receive, _send: Send) -> None:
        pass

    async def half(_scope: Message, _receive: Receive, send: Send) -> None:
        await start(send)
        await finish(send, b"half", more=True)

    response = send_to_app(silent).response
    assert response is not None
    assert response.status == 500
    assert kind_of(send_to_app(half)) is FailureKind.DROPPED


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
def test_a_response_that_no_server_can_write_is_a_dropped_connection(
    headers: list[Any], bodies: list[Any]
) -> None:
    async def handle(_scope: Message, _receive: Receive, send: Send) -> None:
        await start(send, 200, *headers)
        for body in bodies:
            await finish(send, body)

    assert kind_of(send_to_app(handle)) is FailureKind.DROPPED


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

    response = send_to_app(handle).response
    assert response is not None
    assert response.status == 500
