"""Servers with one fault in a cache."""

from __future__ import annotations

import json
from typing import Any

from tests.faulty_servers.embeddings import inputs, is_base64
from tests.faulty_servers.messages import Payload, Request, Response
from tests.faulty_servers.servers import Fault, Server
from tests.zoo.applications import with_new_fault
from tests.zoo.asking import Client, Faulty, ask, data, vectors

PREFIX = 64
CACHED_BYTES = 2**20


def _settings(payload: Payload) -> tuple[object, ...]:
    """All that a vector depends on, without the text."""
    return payload["model"], payload.get("dimensions"), is_base64(payload)


def _cached_by_prefix() -> Fault:
    known: dict[tuple[object, ...], Any] = {}

    async def server(request: Request, correct: Server) -> Response:
        response, payload = await correct(request), request.json_object
        texts = inputs(payload["input"]) if response.ok else []
        if not any(isinstance(text, str) and len(text) > PREFIX for text in texts):
            return response
        keys = [
            (*_settings(payload), text[:PREFIX] if isinstance(text, str) else repr(text)) for text in texts
        ]
        found = zip(keys, response.embeddings, strict=True)
        return response.with_embeddings([known.setdefault(key, embedding) for key, embedding in found])

    return server


def _cached_without_dimensions() -> Fault:
    known: dict[str, Response] = {}

    async def server(request: Request, correct: Server) -> Response:
        response, payload = await correct(request), request.json_object
        if not response.ok or len(response.body) > CACHED_BYTES:
            return response
        key = json.dumps([payload["model"], is_base64(payload), payload["input"]])
        return known.setdefault(key, response)

    return server


def _index_of_uncached() -> Fault:
    known: set[tuple[object, ...]] = set()

    async def server(request: Request, correct: Server) -> Response:
        response, payload = await correct(request), request.json_object
        if not response.ok:
            return response
        keys = [(*_settings(payload), repr(text)) for text in inputs(payload["input"])]
        new = [position for position, key in enumerate(keys) if key not in known]
        known.update(keys)
        if len(new) in (0, len(keys)):
            return response
        result = response.payload()
        for local, position in enumerate(new):
            result["data"][position]["index"] = local
        return response.with_payload(result)

    return server


def _cached_without_credentials() -> Fault:
    known: dict[bytes, Response] = {}

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        if response.status == 401:
            return known.get(request.body, response)
        if response.ok and len(response.body) <= CACHED_BYTES:
            known[request.body] = response
        return response

    return server


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


async def _shows_anonymous_access(client: Client) -> bool:
    before = await ask(client, headers={})
    await ask(client)
    return (before.status_code, (await ask(client, headers={})).status_code) == (401, 200)


CACHES = (
    Faulty(
        name="cached-by-prefix",
        app_factory=with_new_fault(_cached_by_prefix),
        fault="The cache key has only the first 64 characters of a text.",
        bugs=("BerriAI/litellm#41799", "BerriAI/litellm#2990"),
        level="must",
        shows=_shows_prefix,
    ),
    Faulty(
        name="cached-without-dimensions",
        app_factory=with_new_fault(_cached_without_dimensions),
        fault="The cache key has no dimensions, so that a request for another length returns the old length.",
        bugs=("BerriAI/litellm#20949", "vercel/ai#16272"),
        level="must",
        shows=_shows_old_size,
    ),
    Faulty(
        name="index-of-uncached-texts",
        app_factory=with_new_fault(_index_of_uncached),
        fault="In a batch of cached and new texts, the indices of the new ones start at 0: 0, 1, 0.",
        bugs=("BerriAI/litellm#41002", "BerriAI/litellm#41799"),
        level="must",
        shows=_shows_numbers,
    ),
    Faulty(
        name="cache-before-credentials",
        app_factory=with_new_fault(_cached_without_credentials),
        fault="Anonymous requests are accepted if their response is in the cache.",
        bugs=("ray-project/ray#55369", "vllm-project/vllm#42591"),
        level="must",
        shows=_shows_anonymous_access,
    ),
)
