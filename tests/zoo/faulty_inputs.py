"""Servers with one fault in how they take what is to be embedded."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from .alterations import altered_inputs, altered_payloads
from .asking import Client, Faulty, ask, data, hangs_up, same, status, vectors
from .payloads import Json, is_batch, is_tokens
from .tools import Call, Forward, Reply, around, error

MAX_ITEMS = 2048
SMALL_BATCH = 100
HUNDRED_WORDS = re.compile(r"\s*(?:\S+\s+){99}\S+")


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


async def _crash_on_surrogate(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    return error(500, "Internal server error") if reply.code == "invalid_unicode" else reply


def _in_ascii(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("ascii", "replace").decode()
    return [_in_ascii(item) for item in value] if isinstance(value, list) else value


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
            raise ConnectionResetError("the engine has died")
    return reply


async def _one_too_many(call: Call, forward: Forward) -> Reply:
    reply, payload = await forward(call), call.payload
    if reply.good or not is_batch(payload) or len(payload["input"]) != MAX_ITEMS + 1:
        return reply
    most, last = [await forward(call.with_input(part)) for part in _parts(payload["input"])]
    if not most.good or not last.good:
        return reply
    answer, rest = most.json, last.json
    answer["data"].append(rest["data"][0] | {"index": MAX_ITEMS})
    answer["usage"] = {name: count + rest["usage"][name] for name, count in answer["usage"].items()}
    return most.with_json(answer)


def _parts(texts: list[Any]) -> tuple[list[Any], list[Any]]:
    return texts[:MAX_ITEMS], texts[MAX_ITEMS:]


async def _refuse_more_than_a_hundred(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if reply.good and is_batch(call.payload) and len(call.payload["input"]) > SMALL_BATCH:
        return error(400, "at most 100 requests can be in one batch", "batch_too_large")
    return reply


def _cut(value: Any) -> Any:
    if isinstance(value, str):
        found = HUNDRED_WORDS.match(value)
        return found[0] if found else value
    return [_cut(item) for item in value] if isinstance(value, list) else value


async def _shows_vector_per_token(client: Client) -> bool:
    return len(await data(client, input=[1212, 318, 257], dimensions=8)) == 3


async def _shows_booleans(client: Client) -> bool:
    return await status(client, input=[True, False]) == 200


async def _shows_surrogate(client: Client) -> bool:
    return await status(client, input="half \ud83d") == 500


async def _shows_ascii(client: Client) -> bool:
    one, other = await vectors(client, input=["今天天气很好", "他们喜欢音乐"], dimensions=64)
    return same(one, other)


async def _shows_poison(client: Client) -> bool:
    refused = await status(client, input=[[2, 999_999_999]])
    return (refused, await status(client), await status(client)) == (400, 500, 200)


async def _shows_death(client: Client) -> bool:
    return await hangs_up(client, input=[-1])


async def _shows_2049(client: Client) -> bool:
    answer = await ask(client, input=["a"] * 2049, dimensions=1, encoding_format="base64")
    return answer.status_code == 200


async def _shows_limit(client: Client) -> bool:
    return await status(client, input=["a"] * 101, dimensions=1) == 400


async def _shows_cut(client: Client) -> bool:
    start = "word " * 110
    one, other = await vectors(client, input=[start + "about ships", start + "of kings and cabbages"])
    return same(one, other)


_MORE = (
    ("poisoned-by-unknown-token", _poisoned_by_unknown_token, _shows_poison),
    ("killed-by-negative-token", partial(around, _die_of_negative_token), _shows_death),
)

INPUTS = (
    Faulty(
        "vector-per-token",
        partial(around, _vector_per_token),
        "The tokens of one text get one vector each.",
        ("EB-178", "REAL-SERVERS: LitServe"),
        "must",
        _shows_vector_per_token,
    ),
)
