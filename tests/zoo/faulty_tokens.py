"""Servers with one fault in how they take tokens."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from tests.zoo.alterations import altered_payloads
from tests.zoo.asking import Client, Faulty, data, hangs_up, status
from tests.zoo.payloads import Json, is_batch, is_tokens
from tests.zoo.tools import Call, Forward, Reply, around, error


async def _vector_per_token(call: Call, forward: Forward) -> Reply:
    reply, payload = await forward(call), call.payload
    if not reply.good or not is_tokens(payload) or is_batch(payload):
        return reply
    return await forward(call.with_input([[token] for token in payload["input"]]))


def _with_numbers(payload: Json) -> Json:
    """Python's bool is an int, and passes for one."""
    value = payload.get("input")
    if not isinstance(value, list) or not any(isinstance(item, bool | list) for item in value):
        return payload
    return {**payload, "input": [_number(item) for item in value]}


def _number(item: Any) -> Any:
    if isinstance(item, list):
        return [_number(part) for part in item]
    return int(item) if isinstance(item, bool) else item


def _poisoned_by_unknown_token() -> ASGIApp:
    poisoned = False

    async def handler(call: Call, forward: Forward) -> Reply:
        nonlocal poisoned
        reply = await forward(call)
        if poisoned and reply.good:
            poisoned = False
            return error(500, "CUDA error: device-side assert triggered")
        poisoned = poisoned or reply.code == "unknown_token"
        return reply

    return around(handler)


async def _die_of_negative_token(call: Call, forward: Forward) -> Reply:
    reply, payload = await forward(call), call.payload
    if reply.code == "unknown_token":
        texts = payload["input"] if is_batch(payload) else [payload["input"]]
        if any(token < 0 for text in texts for token in text):
            return replace(error(500, "The engine has died."), cut=True)
    return reply


async def _shows_vector_per_token(client: Client) -> bool:
    return len(await data(client, input=[1212, 318, 257], dimensions=8)) == 3


async def _shows_booleans(client: Client) -> bool:
    return await status(client, input=[True, False]) == 200


async def _shows_poison(client: Client) -> bool:
    refused = await status(client, input=[[2, 999_999_999]])
    return (refused, await status(client), await status(client)) == (400, 500, 200)


async def _shows_death(client: Client) -> bool:
    return await hangs_up(client, input=[-1])


TOKENS = (
    Faulty(
        name="vector-per-token",
        app_factory=partial(around, _vector_per_token),
        fault="The tokens of one text get a vector each.",
        bugs=(
            "oobabooga/textgen#3122",
            "huggingface/text-embeddings-inference#273",
            "seen: LitServe",
        ),
        level="must",
        shows=_shows_vector_per_token,
    ),
    Faulty(
        name="booleans-as-tokens",
        app_factory=altered_payloads(_with_numbers),
        fault="true and false in an array count as the tokens 1 and 0.",
        bugs=("BerriAI/litellm#17850", "ogx-ai/ogx#4644"),
        level="must",
        shows=_shows_booleans,
    ),
    Faulty(
        name="poisoned-by-unknown-token",
        app_factory=_poisoned_by_unknown_token,
        fault="After a token outside the vocabulary has been refused, the next good request fails with 500.",
        bugs=("vllm-project/vllm#11375", "sgl-project/sglang#35903", "ggml-org/llama.cpp#10866"),
        level="must",
        shows=_shows_poison,
    ),
    Faulty(
        name="killed-by-negative-token",
        app_factory=partial(around, _die_of_negative_token),
        fault="A negative token ends the connection without an answer.",
        bugs=("sgl-project/sglang#8383", "vllm-project/vllm#51795"),
        level="must",
        shows=_shows_death,
    ),
)
