"""Servers with one fault in the contents, number or length of texts."""

from __future__ import annotations

import re
from typing import Any

from tests.faulty_servers.embeddings import embeds_input
from tests.faulty_servers.messages import Request, Response, error
from tests.faulty_servers.servers import Server
from tests.zoo.applications import with_fault
from tests.zoo.asking import Client, Faulty, ask, same, status, vectors
from tests.zoo.payloads import is_batch

MAX_ITEMS = 2048
SMALL_BATCH = 100
HUNDRED_WORDS = re.compile(r"\s*(?:\S+\s+){99}\S+")


async def _crash_on_surrogate(request: Request, correct: Server) -> Response:
    response = await correct(request)
    return error(500, "Internal server error") if response.error_code == "invalid_unicode" else response


def _in_ascii(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("ascii", "replace").decode()
    return [_in_ascii(item) for item in value] if isinstance(value, list) else value


async def _accept_one_too_many(request: Request, correct: Server) -> Response:
    response, payload = await correct(request), request.json_object
    if response.ok or not is_batch(payload) or len(payload["input"]) != MAX_ITEMS + 1:
        return response
    most, last = [await correct(request.with_input(part)) for part in _parts(payload["input"])]
    if not most.ok or not last.ok:
        return response
    result, rest = most.payload(), last.payload()
    result["data"].append(rest["data"][0] | {"index": MAX_ITEMS})
    result["usage"] = {name: count + rest["usage"][name] for name, count in result["usage"].items()}
    return most.with_payload(result)


def _parts(texts: list[Any]) -> tuple[list[Any], list[Any]]:
    return texts[:MAX_ITEMS], texts[MAX_ITEMS:]


async def _reject_more_than_a_hundred(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if response.ok and is_batch(request.json_object) and len(request.json_object["input"]) > SMALL_BATCH:
        return error(400, "at most 100 requests can be in one batch", "batch_too_large")
    return response


def _truncated(value: Any) -> Any:
    if isinstance(value, str):
        found = HUNDRED_WORDS.match(value)
        return found[0] if found else value
    return [_truncated(item) for item in value] if isinstance(value, list) else value


async def _shows_surrogate(client: Client) -> bool:
    return await status(client, input="half \ud83d") == 500


async def _shows_ascii(client: Client) -> bool:
    one, other = await vectors(client, input=["今天天气很好", "他们喜欢音乐"], dimensions=64)
    return same(one, other)


async def _shows_2049(client: Client) -> bool:
    response = await ask(client, input=["a"] * 2049, dimensions=1, encoding_format="base64")
    return response.status_code == 200


async def _shows_limit(client: Client) -> bool:
    return await status(client, input=["a"] * 101, dimensions=1) == 400


async def _shows_truncation(client: Client) -> bool:
    start = "word " * 110
    one, other = await vectors(client, input=[start + "about ships", start + "of kings and cabbages"])
    return same(one, other)


TEXTS = (
    Faulty(
        name="crash-on-surrogate",
        app_factory=with_fault(_crash_on_surrogate),
        fault="A text with a lone surrogate causes a 500.",
        bugs=("openclaw/openclaw#27764", "latitude-dev/latitude-llm#3466"),
        level="must",
        shows=_shows_surrogate,
    ),
    Faulty(
        name="ascii-only",
        app_factory=with_fault(embeds_input(_in_ascii)),
        fault="Non-ASCII characters are replaced by question marks, so that many Chinese texts have the same vector.",
        bugs=("nearai/nearai#830", "BerriAI/litellm#10113"),
        level="must",
        shows=_shows_ascii,
    ),
    Faulty(
        name="2049-texts-accepted",
        app_factory=with_fault(_accept_one_too_many),
        fault="An array of 2049 texts is accepted, which is one above the limit.",
        bugs=("vllm-project/aibrix#2664", "MicrosoftDocs/azure-docs#124129", "contract: input.maxItems"),
        level="must",
        shows=_shows_2049,
    ),
    Faulty(
        name="101-texts-rejected",
        app_factory=with_fault(_reject_more_than_a_hundred),
        fault="More than 100 texts are rejected.",
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
        name="truncated-after-100-words",
        app_factory=with_fault(embeds_input(_truncated)),
        fault="A text is cut after 100 words, in silence.",
        bugs=("jundot/omlx#1687", "jjang-ai/vmlx#255"),
        level="must",
        shows=_shows_truncation,
    ),
)
