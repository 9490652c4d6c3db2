"""Servers with one fault in what they remember of earlier requests."""

from __future__ import annotations

import json
from typing import Any

from starlette.types import ASGIApp

from tests.zoo.asking import Client, Faulty, ask, data, vectors
from tests.zoo.payloads import Json, is_base64, texts_of
from tests.zoo.tools import Call, Forward, Reply, around

PREFIX = 64
CACHED_BYTES = 2**20


def _space(payload: Json) -> tuple[object, ...]:
    """What a vector depends on, but for the text."""
    return payload["model"], payload.get("dimensions"), is_base64(payload)


def _cached_by_prefix() -> ASGIApp:
    known: dict[tuple[object, ...], Any] = {}

    async def handler(call: Call, forward: Forward) -> Reply:
        reply, payload = await forward(call), call.payload
        texts = texts_of(payload) if reply.good else []
        if not any(isinstance(text, str) and len(text) > PREFIX for text in texts):
            return reply
        keys = [(*_space(payload), text[:PREFIX] if isinstance(text, str) else repr(text)) for text in texts]
        found = zip(keys, reply.embeddings, strict=True)
        return reply.with_embeddings([known.setdefault(key, embedding) for key, embedding in found])

    return around(handler)


def _cached_without_dimensions() -> ASGIApp:
    known: dict[str, Reply] = {}

    async def handler(call: Call, forward: Forward) -> Reply:
        reply, payload = await forward(call), call.payload
        if not reply.good or len(reply.body) > CACHED_BYTES:
            return reply
        key = json.dumps([payload["model"], is_base64(payload), payload["input"]])
        return known.setdefault(key, reply)

    return around(handler)


def _numbered_by_cache() -> ASGIApp:
    known: set[tuple[object, ...]] = set()

    async def handler(call: Call, forward: Forward) -> Reply:
        reply, payload = await forward(call), call.payload
        if not reply.good:
            return reply
        keys = [(*_space(payload), repr(text)) for text in texts_of(payload)]
        new = [position for position, key in enumerate(keys) if key not in known]
        known.update(keys)
        if len(new) in (0, len(keys)):
            return reply
        answer = reply.json
        for local, position in enumerate(new):
            answer["data"][position]["index"] = local
        return reply.with_json(answer)

    return around(handler)


def _served_before_the_door() -> ASGIApp:
    known: dict[bytes, Reply] = {}

    async def handler(call: Call, forward: Forward) -> Reply:
        reply = await forward(call)
        if reply.status == 401:
            return known.get(call.body, reply)
        if reply.good and len(reply.body) <= CACHED_BYTES:
            known[call.body] = reply
        return reply

    return around(handler)


async def _shows_prefix(client: Client) -> bool:
    start = "the same words at the beginning of two texts that then go on to speak "
    (one,) = await vectors(client, input=start + "of ships", dimensions=64)
    (other,) = await vectors(client, input=start + "about kings", dimensions=64)
    return bool((one == other).all())


async def _shows_old_size(client: Client) -> bool:
    await ask(client, dimensions=16)
    (found,) = await vectors(client, dimensions=8)
    return len(found) == 16


async def _shows_numbers(client: Client) -> bool:
    await ask(client, input=["A", "B"], dimensions=8)
    return [item["index"] for item in await data(client, input=["A", "B", "Z"], dimensions=8)] == [0, 1, 0]


async def _shows_open_door(client: Client) -> bool:
    before = await ask(client, headers={})
    await ask(client)
    return (before.status_code, (await ask(client, headers={})).status_code) == (401, 200)


CACHES = (
    Faulty(
        name="cached-by-prefix",
        app_factory=_cached_by_prefix,
        fault="A cache keeps vectors by the first 64 characters of a text.",
        bugs=("BerriAI/litellm#41799", "BerriAI/litellm#2990"),
        level="must",
        shows=_shows_prefix,
    ),
    Faulty(
        name="cached-without-dimensions",
        app_factory=_cached_without_dimensions,
        fault="A cache keeps answers by model, text and encoding: another length comes from it as the old one.",
        bugs=("BerriAI/litellm#20949", "vercel/ai#16272"),
        level="must",
        shows=_shows_old_size,
    ),
    Faulty(
        name="numbered-by-cache",
        app_factory=_numbered_by_cache,
        fault="In a batch of cached and new texts the new ones are numbered by themselves: 0, 1, 0.",
        bugs=("BerriAI/litellm#41002", "BerriAI/litellm#41799"),
        level="must",
        shows=_shows_numbers,
    ),
    Faulty(
        name="served-before-the-door",
        app_factory=_served_before_the_door,
        fault="A body that has been answered before is answered from a cache to whoever sends it, without credentials.",
        bugs=("ray-project/ray#55369", "vllm-project/vllm#42591"),
        level="must",
        shows=_shows_open_door,
    ),
)
