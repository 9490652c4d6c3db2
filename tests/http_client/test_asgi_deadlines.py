from __future__ import annotations

import asyncio
import time
from contextlib import suppress

import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request as StarletteRequest
from starlette.responses import Response as StarletteResponse
from starlette.routing import Route

from conformance.http_client import Exchange, FailureKind, Request, open_app
from tests.http_client.asgi_apps import Message, Receive, Send, finish, send_to_app, start
from tests.http_client.outcomes import kind_of
from tests.virtual_time import run_in_virtual_time


def test_a_slow_application_is_a_timeout_and_is_cancelled() -> None:
    cancelled = asyncio.Event()

    async def app(scope: Message, _receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        await start(send)
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def scenario() -> Exchange:
        async with open_app(app, timeout=0.1) as target:
            exchange = await target.send(Request())
            await asyncio.wait_for(cancelled.wait(), 30)
            return exchange

    exchange = asyncio.run(scenario())
    assert kind_of(exchange) is FailureKind.TIMEOUT
    assert exchange.seconds < 30


def test_an_application_that_blocks_the_event_loop_is_a_timeout() -> None:
    async def handle(_scope: Message, _receive: Receive, send: Send) -> None:
        time.sleep(0.2)
        await start(send)
        await finish(send)

    assert kind_of(send_to_app(handle, timeout=0.1)) is FailureKind.TIMEOUT


def test_an_application_that_ignores_its_cancellation_does_not_block_the_client() -> None:
    """In virtual time: a busy machine could otherwise use up the timeout before the startup ends."""
    closed = asyncio.Event()

    async def app(scope: Message, _receive: Receive, _send: Send) -> None:
        assert scope["type"] == "http"
        while not closed.is_set():
            with suppress(asyncio.CancelledError):
                await closed.wait()

    async def scenario() -> Exchange:
        async with asyncio.timeout(60), open_app(app, timeout=1) as target:
            exchange = await target.send(Request())
        closed.set()
        return exchange

    assert kind_of(run_in_virtual_time(scenario())) is FailureKind.TIMEOUT


def test_a_background_task_does_not_delay_the_response_and_is_awaited_at_the_end() -> None:
    done: list[str] = []
    received = asyncio.Event()

    async def work() -> None:
        await received.wait()
        done.append("work")

    def handle(_request: StarletteRequest) -> StarletteResponse:
        return StarletteResponse("ok", background=BackgroundTask(work))

    async def scenario() -> Exchange:
        app = Starlette(routes=[Route("/embeddings", handle, methods=["POST"])])
        async with open_app(app, timeout=30) as target:
            exchange = await target.send(Request())
            received.set()
            return exchange

    assert asyncio.run(scenario()).status == 200
    assert done == ["work"]


def test_an_endless_background_task_is_cancelled_before_the_shutdown(monkeypatch: pytest.MonkeyPatch) -> None:
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
            return await asyncio.sleep(3600)
        finally:
            events.append("cancelled")

    async def scenario() -> None:
        async with open_app(app) as target:
            await target.send(Request())

    asyncio.run(scenario())
    assert events == ["cancelled", "shutdown"]


def test_sixty_four_requests_are_in_flight_concurrently() -> None:
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
        async with open_app(app, timeout=30) as target:
            return await asyncio.gather(*(target.send(Request(query=str(n))) for n in range(64)))

    bodies = [exchange.response.body for exchange in asyncio.run(scenario()) if exchange.response]
    assert bodies == [str(n).encode() for n in range(64)]


def test_a_cancellation_is_raised_to_the_caller() -> None:
    async def app(scope: Message, _receive: Receive, _send: Send) -> None:
        assert scope["type"] == "http"
        await asyncio.sleep(3600)

    async def scenario() -> None:
        async with open_app(app) as target:
            task = asyncio.create_task(target.send(Request()))
            await asyncio.sleep(0.02)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(scenario())
