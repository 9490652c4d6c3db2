from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
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
    monkeypatch.setattr("conformance.http_client.asgi.target.GRACE_SECONDS", 0.05)

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
    monkeypatch.setattr("conformance.http_client.asgi.target.GRACE_SECONDS", 0.05)
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
