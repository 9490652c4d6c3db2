"""Servers with one fault that what went before, or goes on at the same time, brings out."""

from __future__ import annotations

import asyncio

from starlette.types import ASGIApp

from tests.zoo.asking import Client, Faulty, ask, same, vectors
from tests.zoo.payloads import is_base64, is_batch, read, write
from tests.zoo.tools import Call, Forward, Reply, around

LONG = 500
RACE_SECONDS = 0.02


def _shared_scratch() -> ASGIApp:
    scratch = b""

    async def handler(call: Call, forward: Forward) -> Reply:
        nonlocal scratch
        reply = await forward(call)
        if not reply.good:
            return reply
        scratch = call.body
        await asyncio.sleep(RACE_SECONDS)
        return reply if scratch == call.body else await forward(call.with_body(scratch))

    return around(handler)


def _stale_tail() -> ASGIApp:
    buffer = ""

    async def handler(call: Call, forward: Forward) -> Reply:
        nonlocal buffer
        reply, text = await forward(call), call.payload.get("input")
        if not reply.good or not isinstance(text, str):
            return reply
        stale, buffer = (buffer[len(text) :] if len(buffer) > LONG else ""), text
        if not stale:
            return reply
        other = await forward(call.with_input(text + stale))
        return reply.with_embeddings(other.embeddings)

    return around(handler)


def _every_third_is_zero() -> ASGIApp:
    count = 0

    async def handler(call: Call, forward: Forward) -> Reply:
        nonlocal count
        reply = await forward(call)
        count += reply.good and is_batch(call.payload)
        if not reply.good or not is_batch(call.payload) or count % 3:
            return reply
        *others, last = reply.embeddings
        return reply.with_embeddings([*others, write(0 * read(last), as_base64=is_base64(call.payload))])

    return around(handler)


async def _shows_race(client: Client) -> bool:
    texts = ("one", "two")
    alone = [await vectors(client, input=text, dimensions=8) for text in texts]
    at_once = await asyncio.gather(*(vectors(client, input=text, dimensions=8) for text in texts))
    return any(not same(one[0], other[0]) for one, other in zip(alone, at_once, strict=True))


async def _shows_tail(client: Client) -> bool:
    (before,) = await vectors(client, input="short", dimensions=64)
    await ask(client, input="a long text with many words " * 20)
    (after,) = await vectors(client, input="short", dimensions=64)
    return not same(before, after)


async def _shows_zero(client: Client) -> bool:
    found = [(await vectors(client, input=["one", "two"], dimensions=8))[1].any() for _ in range(3)]
    return found == [True, True, False]


STATE = (
    Faulty(
        name="shared-scratch",
        app_factory=_shared_scratch,
        fault="Requests that are under way together are answered with the vectors of the last one.",
        bugs=("ggml-org/llama.cpp#5655", "ggml-org/llama.cpp#6722", "ollama/ollama#6262"),
        level="must",
        shows=_shows_race,
    ),
    Faulty(
        name="stale-tail",
        app_factory=_stale_tail,
        fault="After a text of more than 500 characters the next one keeps its tail.",
        bugs=("ROCm/FastFlowLM#647", "nobodywho-ooo/nobodywho#157"),
        level="must",
        shows=_shows_tail,
    ),
    Faulty(
        name="every-third-is-zero",
        app_factory=_every_third_is_zero,
        fault="The last vector of every third batch is zero.",
        bugs=("ollama/ollama#8713", "huggingface/text-embeddings-inference#557"),
        level="must",
        shows=_shows_zero,
    ),
)
