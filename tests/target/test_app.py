from __future__ import annotations

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response as StarletteResponse
from starlette.responses import StreamingResponse
from starlette.routing import Route

from conformance.target import Exchange, FailureKind, Limits, Request, open_app

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


def test_an_application_sees_what_a_server_would_show_it() -> None:
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
    exchange = ask(handle, request, base_path="/v1/")
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
def test_the_base_path_goes_before_the_path(base_path: str, path: str) -> None:
    async def handle(scope: Message, _receive: Receive, send: Send) -> None:
        await start(send)
        await finish(send, scope["path"].encode())

    exchange = ask(handle, Request(path="/e"), base_path=base_path)
    assert exchange.response is not None
    assert exchange.response.body == path.encode()


def test_a_request_without_body_arrives_as_an_empty_one_and_then_the_client_is_gone() -> None:
    messages: list[Message] = []

    async def handle(_scope: Message, receive: Receive, send: Send) -> None:
        messages.append(await receive())
        await start(send)
        await finish(send)
        messages.append(await receive())

    assert ask(handle).failure is None
    assert messages == [
        {"type": "http.request", "body": b"", "more_body": False},
        {"type": "http.disconnect"},
    ]


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


def test_a_head_request_gets_no_body_and_keeps_its_length() -> None:
    undisturbed: list[bool] = []

    async def handle(_scope: Message, _receive: Receive, send: Send) -> None:
        await start(send, 200, (b"content-length", b"4"))
        await finish(send, b"body")
        undisturbed.append(True)

    response = ask(handle, Request(method="HEAD")).response
    assert response is not None
    assert (response.header("content-length"), response.body) == ("4", b"")
    assert undisturbed


def test_an_application_that_listens_for_the_client_may_stream_to_its_end() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for piece in (b"a", b"b", b"c"):
            await asyncio.sleep(0.01)
            yield piece

    def handle(_request: StarletteRequest) -> StreamingResponse:
        return StreamingResponse(pieces())  # it waits for http.disconnect meanwhile

    async def scenario() -> Exchange:
        app = Starlette(routes=[Route("/embeddings", handle, methods=["POST"])])
        async with open_app(app) as target:
            return await target.send(Request())

    response = asyncio.run(scenario()).response
    assert response is not None
    assert response.body == b"abc"


def test_codings_and_limits_hold_for_applications_too() -> None:
    async def packed(_scope: Message, _receive: Receive, send: Send) -> None:
        await start(send, 200, (b"content-encoding", b"gzip"))
        await finish(send, gzip.compress(b"hello" * 1000))

    async def endless(_scope: Message, _receive: Receive, send: Send) -> None:
        await start(send)
        while True:
            await finish(send, b"x" * 1000, more=True)

    response = ask(packed).response
    assert response is not None
    assert response.body == b"hello" * 1000
    assert kind_of(ask(packed, limits=Limits(body=100))) is FailureKind.TOO_LARGE
    assert kind_of(ask(endless, limits=Limits(body=1_000_000))) is FailureKind.TOO_LARGE


def test_an_application_that_takes_too_long_is_a_timeout_and_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def app(scope: Message, _receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await start(send)
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def scenario() -> Exchange:
        async with open_app(app, timeout=0.1) as target:
            exchange = await target.send(Request())
            await asyncio.wait_for(cancelled.wait(), 0.5)
            return exchange

    exchange = asyncio.run(scenario())
    assert kind_of(exchange) is FailureKind.TIMEOUT
    assert exchange.seconds < 1


def test_an_application_that_blocks_the_loop_is_a_timeout_too() -> None:
    async def handle(_scope: Message, _receive: Receive, send: Send) -> None:
        time.sleep(0.2)
        await start(send)
        await finish(send)

    assert kind_of(ask(handle, timeout=0.1)) is FailureKind.TIMEOUT


def test_an_application_that_ignores_its_cancellation_does_not_hold_us_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("conformance.target.app.GRACE_SECONDS", 0.05)

    async def handle(_scope: Message, _receive: Receive, _send: Send) -> None:
        for _ in range(20):
            try:
                await asyncio.sleep(0.05)
            except asyncio.CancelledError:
                continue

    started = time.perf_counter()
    assert kind_of(ask(handle, timeout=0.05)) is FailureKind.TIMEOUT
    assert time.perf_counter() - started < 3


def test_work_behind_an_answer_does_not_delay_it_and_is_awaited_at_the_end() -> None:
    done: list[str] = []

    async def work() -> None:
        await asyncio.sleep(0.2)
        done.append("work")

    def handle(_request: StarletteRequest) -> StarletteResponse:
        return StarletteResponse("ok", background=BackgroundTask(work))

    async def scenario() -> Exchange:
        app = Starlette(routes=[Route("/embeddings", handle, methods=["POST"])])
        async with open_app(app) as target:
            return await target.send(Request())

    assert asyncio.run(scenario()).seconds < 0.15
    assert done == ["work"]


def test_work_without_end_is_cancelled_before_the_shutdown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.target.app.GRACE_SECONDS", 0.05)
    events: list[str] = []

    async def app(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            events.append("shutdown")
            return await send({"type": "lifespan.shutdown.complete"})
        await start(send)
        await finish(send)
        try:
            return await asyncio.sleep(10)
        finally:
            events.append("cancelled")

    async def scenario() -> None:
        async with open_app(app) as target:
            await target.send(Request())

    asyncio.run(scenario())
    assert events == ["cancelled", "shutdown"]


def test_sixty_four_requests_are_served_at_once() -> None:
    waiting = 0
    all_here = asyncio.Event()

    async def app(scope: Message, _receive: Receive, send: Send) -> None:
        nonlocal waiting
        assert scope["type"] == "http"
        waiting += 1
        if waiting == 64:
            all_here.set()
        await all_here.wait()
        await start(send)
        await finish(send, scope["query_string"])

    async def scenario() -> list[Exchange]:
        async with open_app(app, timeout=5) as target:
            return await asyncio.gather(*(target.send(Request(query=str(n))) for n in range(64)))

    bodies = [exchange.response.body for exchange in asyncio.run(scenario()) if exchange.response]
    assert bodies == [str(n).encode() for n in range(64)]


def test_a_cancellation_passes_through() -> None:
    async def app(scope: Message, _receive: Receive, _send: Send) -> None:
        assert scope["type"] == "http"
        await asyncio.sleep(10)

    async def scenario() -> None:
        async with open_app(app) as target:
            task = asyncio.create_task(target.send(Request()))
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(scenario())
