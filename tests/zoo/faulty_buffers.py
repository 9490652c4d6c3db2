"""Servers with one fault that earlier or concurrent requests cause."""

from __future__ import annotations

import asyncio

from tests.faulty_servers.embeddings import decode, encode, is_base64
from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Fault, Server
from tests.zoo.applications import with_new_fault
from tests.zoo.asking import Client, Faulty, ask, same, vectors
from tests.zoo.payloads import is_batch

LONG = 500
RACE_SECONDS = 0.02
RACES = 50
"""On a busy machine, two requests may come one after the other."""


def _shared_buffer() -> Fault:
    buffer = b""

    async def server(request: Request, correct: Server) -> Response:
        nonlocal buffer
        response = await correct(request)
        if not response.ok:
            return response
        buffer = request.body
        await asyncio.sleep(RACE_SECONDS)
        return response if buffer == request.body else await correct(request.with_body(buffer))

    return server


def _stale_buffer() -> Fault:
    buffer = ""

    async def server(request: Request, correct: Server) -> Response:
        nonlocal buffer
        response, text = await correct(request), request.json_object.get("input")
        if not response.ok or not isinstance(text, str):
            return response
        stale, buffer = (buffer[len(text) :] if len(buffer) > LONG else ""), text
        if not stale:
            return response
        other = await correct(request.with_input(text + stale))
        return response.with_embeddings(other.embeddings)

    return server


def _every_third_is_zero() -> Fault:
    count = 0

    async def server(request: Request, correct: Server) -> Response:
        nonlocal count
        response = await correct(request)
        count += response.ok and is_batch(request.json_object)
        if not response.ok or not is_batch(request.json_object) or count % 3:
            return response
        *others, last = response.embeddings
        return response.with_embeddings(
            [*others, encode(0 * decode(last), as_base64=is_base64(request.json_object))]
        )

    return server


async def _shows_race(client: Client) -> bool:
    texts = ("one", "two")
    alone = [await vectors(client, input=text, dimensions=8) for text in texts]
    for _ in range(RACES):
        at_once = await asyncio.gather(*(vectors(client, input=text, dimensions=8) for text in texts))
        if any(not same(one[0], other[0]) for one, other in zip(alone, at_once, strict=True)):
            return True
    return False


async def _shows_stale_buffer(client: Client) -> bool:
    (before,) = await vectors(client, input="short", dimensions=64)
    await ask(client, input="a long text with many words " * 20)
    (after,) = await vectors(client, input="short", dimensions=64)
    return not same(before, after)


async def _shows_zero(client: Client) -> bool:
    found = [(await vectors(client, input=["one", "two"], dimensions=8))[1].any() for _ in range(3)]
    return found == [True, True, False]


BUFFERS = (
    Faulty(
        name="shared-buffer",
        app_factory=with_new_fault(_shared_buffer),
        fault="Concurrent requests return the vectors of the last one.",
        bugs=("ggml-org/llama.cpp#5655", "ggml-org/llama.cpp#6722", "ollama/ollama#6262"),
        level="must",
        shows=_shows_race,
    ),
    Faulty(
        name="stale-buffer",
        app_factory=with_new_fault(_stale_buffer),
        fault="After a text of more than 500 characters, its end is embedded with the next text.",
        bugs=("ROCm/FastFlowLM#647", "nobodywho-ooo/nobodywho#157"),
        level="must",
        shows=_shows_stale_buffer,
    ),
    Faulty(
        name="every-third-is-zero",
        app_factory=with_new_fault(_every_third_is_zero),
        fault="The last vector of every third batch is zero.",
        bugs=("ollama/ollama#8713", "huggingface/text-embeddings-inference#557"),
        level="must",
        shows=_shows_zero,
    ),
)
