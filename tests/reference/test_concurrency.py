from __future__ import annotations

import asyncio
import threading
from typing import Any

import httpx
import pytest
from starlette.types import ASGIApp

from conformance.reference.embedder import embed_text
from conformance.reference.operation import CHUNK

PATH = "http://test/v1/embeddings"


def payload(value: object, model: str = "text-embedding-3-small", **options: object) -> dict[str, object]:
    return {"model": model, "input": value} | options


def test_concurrent_requests_get_their_own_responses(app: ASGIApp, headers: dict[str, str]) -> None:
    payloads = [
        payload([f"text {number}", "shared"], dimensions=8 + number, encoding_format=encoding)
        for number in range(16)
        for encoding in ("float", "base64")
    ]

    async def exchange() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=headers) as client:
            alone = [(await client.post(PATH, json=each)).content for each in payloads]
            together = await asyncio.gather(*(client.post(PATH, json=each) for each in payloads))
        assert len(set(alone)) == len(payloads)
        assert [response.content for response in together] == alone

    asyncio.run(exchange())


@pytest.mark.parametrize("count", [1, CHUNK + 1])
def test_embeddings_are_not_computed_in_the_event_loop_thread(
    app: ASGIApp, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    threads: list[threading.Thread] = []

    def recording_embed(*args: Any, **options: Any) -> Any:
        threads.append(threading.current_thread())
        return embed_text(*args, **options)

    async def exchange() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=headers) as client:
            assert (await client.post(PATH, json=payload(["hello"] * count))).status_code == 200

    monkeypatch.setattr("conformance.reference.operation.embed_text", recording_embed)
    asyncio.run(exchange())
    assert len(threads) == count
    assert threading.current_thread() not in threads


def test_a_small_request_completes_while_a_large_one_is_in_flight(
    app: ASGIApp, headers: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    finished: list[str] = []
    begun = threading.Event()

    def announced_embed(*args: Any, **options: Any) -> Any:
        begun.set()
        return embed_text(*args, **options)

    monkeypatch.setattr("conformance.reference.operation.embed_text", announced_embed)

    async def post(client: httpx.AsyncClient, name: str, body: dict[str, Any]) -> None:
        assert (await client.post(PATH, json=body, timeout=60)).status_code == 200
        finished.append(name)

    async def exchange() -> None:
        large = payload([f"text number {n}" for n in range(2048)], model="text-embedding-3-large")
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=headers) as client:
            in_flight = asyncio.create_task(post(client, "large", large))
            assert await asyncio.to_thread(begun.wait, 60)
            for _ in range(3):
                await post(client, "small", payload("hello"))
            await in_flight

    asyncio.run(exchange())
    assert finished == ["small", "small", "small", "large"]


def test_a_rejected_request_does_not_affect_the_next_one(app: ASGIApp, headers: dict[str, str]) -> None:
    async def exchange() -> None:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), headers=headers) as client:
            before = await client.post(PATH, json=payload("hello"))
            inputs: list[object] = [[2**31], [[-1]], [None], {}, "a" * 9000]
            for bad in inputs:
                assert (await client.post(PATH, json=payload(bad))).status_code == 400
            assert (await client.post(PATH, json=payload("hello"))).content == before.content

    asyncio.run(exchange())
