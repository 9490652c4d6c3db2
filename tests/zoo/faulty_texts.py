"""Servers with one fault in how they take texts: what is in them, how many, how long."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from tests.zoo.alterations import altered_inputs
from tests.zoo.asking import Client, Faulty, ask, same, status, vectors
from tests.zoo.payloads import is_batch
from tests.zoo.tools import Call, Forward, Reply, around, error

MAX_ITEMS = 2048
SMALL_BATCH = 100
HUNDRED_WORDS = re.compile(r"\s*(?:\S+\s+){99}\S+")


async def _crash_on_surrogate(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    return error(500, "Internal server error") if reply.code == "invalid_unicode" else reply


def _in_ascii(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("ascii", "replace").decode()
    return [_in_ascii(item) for item in value] if isinstance(value, list) else value


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


async def _shows_surrogate(client: Client) -> bool:
    return await status(client, input="half \ud83d") == 500


async def _shows_ascii(client: Client) -> bool:
    one, other = await vectors(client, input=["今天天气很好", "他们喜欢音乐"], dimensions=64)
    return same(one, other)


async def _shows_2049(client: Client) -> bool:
    answer = await ask(client, input=["a"] * 2049, dimensions=1, encoding_format="base64")
    return answer.status_code == 200


async def _shows_limit(client: Client) -> bool:
    return await status(client, input=["a"] * 101, dimensions=1) == 400


async def _shows_cut(client: Client) -> bool:
    start = "word " * 110
    one, other = await vectors(client, input=[start + "about ships", start + "of kings and cabbages"])
    return same(one, other)


TEXTS = (
    Faulty(
        name="crash-on-surrogate",
        app_factory=partial(around, _crash_on_surrogate),
        fault="A text with half a surrogate pair gets a 500.",
        bugs=("openclaw/openclaw#27764", "latitude-dev/latitude-llm#3466"),
        level="must",
        shows=_shows_surrogate,
    ),
    Faulty(
        name="ascii-alone",
        app_factory=altered_inputs(_in_ascii),
        fault="What is not ASCII counts as a question mark: Chinese texts of equal length get one vector.",
        bugs=("nearai/nearai#830", "BerriAI/litellm#10113"),
        level="must",
        shows=_shows_ascii,
    ),
    Faulty(
        name="2049-texts-accepted",
        app_factory=partial(around, _one_too_many),
        fault="An array of 2049 texts is accepted, one too many.",
        bugs=("vllm-project/aibrix#2664", "MicrosoftDocs/azure-docs#124129", "contract: input.maxItems"),
        level="must",
        shows=_shows_2049,
    ),
    Faulty(
        name="101-texts-refused",
        app_factory=partial(around, _refuse_more_than_a_hundred),
        fault="More than 100 texts are refused.",
        bugs=(
            "cloudflare/cloudflare-docs#11316",
            "zosmaai/pi-llm-wiki#103",
            "stacklok/toolhive#4029",
            "apecloud/ApeRAG#724",
        ),
        level="must",
        shows=_shows_limit,
    ),
    Faulty(
        name="cut-after-100-words",
        app_factory=altered_inputs(_cut),
        fault="A text is cut after 100 words, in silence.",
        bugs=("jundot/omlx#1687", "jjang-ai/vmlx#255"),
        level="must",
        shows=_shows_cut,
    ),
)
