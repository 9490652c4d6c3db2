from __future__ import annotations

import asyncio
import gzip
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request as StarletteRequest
from starlette.responses import StreamingResponse
from starlette.routing import Route

from conformance.http_client import Exchange, FailureKind, Limits, Request, Transport, open_app
from tests.http_client.asgi_apps import Message, Receive, Send, finish, send_to_app, start
from tests.http_client.outcomes import kind_of


def test_a_request_that_is_not_valid_http_gets_a_400_and_does_not_reach_the_application() -> None:
    seen: list[Message] = []

    async def handle(scope: Message, _: Receive, send: Send) -> None:
        seen.append(scope)
        await start(send)
        await finish(send, b"ok")

    assert send_to_app(handle, Request(body=b"12345")).status == 200
    assert send_to_app(handle, Request(body=b"12345", transport=Transport(lengths=(4,)))).status == 400
    assert len(seen) == 1


def test_an_application_receives_the_scope_and_events_of_a_server() -> None:
    seen: Message = {}

    async def handle(scope: Message, receive: Receive, send: Send) -> None:
        seen.update(scope)
        seen["messages"] = [await receive(), await receive()]
        await start(send, 201, (b"X-Two", b"1"), (b"x-two", b"2"))
        await finish(send, b"ok")

    request = Request(
        headers=(("X-Key", " sk "), ("x-key", "2")),
        body=(b"ab", b"c"),
        method="put",
        path="/em%20b/ü",
        query="a=b",
    )
    exchange = send_to_app(handle, request, base_path="/v1/")
    assert (seen["method"], seen["path"], seen["query_string"]) == ("put", "/v1/em b/ü", b"a=b")
    assert seen["raw_path"] == b"/v1/em%20b/%C3%BC"
    assert seen["headers"][:3] == [(b"host", b"testserver"), (b"x-key", b"sk"), (b"x-key", b"2")]
    assert (b"transfer-encoding", b"chunked") in seen["headers"]
    assert seen["messages"] == [
        {"type": "http.request", "body": b"ab", "more_body": True},
        {"type": "http.request", "body": b"c", "more_body": False},
    ]
    assert exchange.response is not None
    assert (exchange.response.status, exchange.response.body) == (201, b"ok")
    assert exchange.response.headers[:2] == (("x-two", "1"), ("x-two", "2"))
    assert exchange.response.header("transfer-encoding") == "chunked"


@pytest.mark.parametrize(
    ("base_path", "path"),
    [("", "/e"), ("/v1", "/v1/e"), ("/v1/", "/v1/e"), ("v1", "/v1/e"), ("/v 1", "/v 1/e")],
)
def test_the_base_path_comes_before_the_path(base_path: str, path: str) -> None:
    async def handle(scope: Message, _receive: Receive, send: Send) -> None:
        await start(send)
        await finish(send, scope["path"].encode())

    exchange = send_to_app(handle, Request(path="/e"), base_path=base_path)
    assert exchange.response is not None
    assert exchange.response.body == path.encode()


def test_a_request_without_a_body_has_an_empty_body_event_and_then_a_disconnect() -> None:
    messages: list[Message] = []

    async def handle(_scope: Message, receive: Receive, send: Send) -> None:
        messages.append(await receive())
        await start(send)
        await finish(send)
        messages.append(await receive())

    assert send_to_app(handle).failure is None
    assert messages == [
        {"type": "http.request", "body": b"", "more_body": False},
        {"type": "http.disconnect"},
    ]


def test_a_response_to_head_has_no_body_and_keeps_its_length() -> None:
    finished: list[bool] = []

    async def handle(_scope: Message, _receive: Receive, send: Send) -> None:
        await start(send, 200, (b"content-length", b"4"))
        await finish(send, b"body")
        finished.append(True)

    response = send_to_app(handle, Request(method="HEAD")).response
    assert response is not None
    assert (response.header("content-length"), response.body) == ("4", b"")
    assert finished


def test_an_application_that_waits_for_a_disconnect_can_stream_its_whole_response() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"a", b"b", b"c"):
            await asyncio.sleep(0.01)
            yield piece

    def handle(_request: StarletteRequest) -> StreamingResponse:
        return StreamingResponse(pieces())  # Starlette waits for http.disconnect meanwhile

    async def scenario() -> Exchange:
        app = Starlette(routes=[Route("/embeddings", handle, methods=["POST"])])
        async with open_app(app) as target:
            return await target.send(Request())

    response = asyncio.run(scenario()).response
    assert response is not None
    assert response.body == b"abc"


def test_content_codings_and_limits_apply_to_applications() -> None:
    async def packed(_scope: Message, _receive: Receive, send: Send) -> None:
        await start(send, 200, (b"content-encoding", b"gzip"))
        await finish(send, gzip.compress(b"hello" * 1000))

    async def endless(_scope: Message, _receive: Receive, send: Send) -> None:
        await start(send)
        while True:
            await finish(send, b"x" * 1000, more=True)

    response = send_to_app(packed).response
    assert response is not None
    assert response.body == b"hello" * 1000
    assert kind_of(send_to_app(packed, limits=Limits(body=100))) is FailureKind.TOO_LARGE
    assert kind_of(send_to_app(endless, limits=Limits(body=1_000_000))) is FailureKind.TOO_LARGE
