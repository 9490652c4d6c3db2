"""Servers with one fault in the numbers of embeddings."""

from __future__ import annotations

from typing import Any

import orjson

from tests.faulty_servers.embeddings import count_tokens, decode, embeds_input, encode, inputs, is_base64
from tests.faulty_servers.faults import changes_result, only_for
from tests.faulty_servers.messages import Payload, Request, Response
from tests.faulty_servers.servers import Fault, Server
from tests.zoo.applications import with_fault, with_new_fault
from tests.zoo.asking import Client, Faulty, ask, embeddings, same, vectors
from tests.zoo.payloads import is_batch

HALF_PRECISION_BATCH = 16
PADDED_FROM = 128
SPACE = ord(" ")


def _nest(result: Payload, _payload: Payload) -> None:
    for item in result["data"]:
        item["embedding"] = [item["embedding"]]


def _json_text_from_cache() -> Fault:
    seen: set[bytes] = set()

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        if not response.ok or is_base64(request.json_object):
            return response
        if request.body in seen:
            return response.with_embeddings(
                [orjson.dumps(numbers).decode() for numbers in response.embeddings]
            )
        seen.add(request.body)
        return response

    return server


async def _not_a_number(request: Request, correct: Server) -> Response:
    response = await correct(request)
    if (
        not response.ok
        or is_base64(request.json_object)
        or len(inputs(request.json_object["input"])) < HALF_PRECISION_BATCH
    ):
        return response
    *others, last = response.embeddings
    marked = response.with_embeddings([*others, ["NaN", *last[1:]]])
    return marked.with_body(marked.body.replace(b'"NaN"', b"NaN"))


def _null_for_padded(result: Payload, payload: Payload) -> None:
    lengths = [count_tokens(text) for text in inputs(payload["input"])]
    for item, length in zip(result["data"], lengths, strict=True):
        if length < max(lengths) and max(lengths) >= PADDED_FROM:
            item["embedding"] = _nulls(len(decode(item["embedding"])), as_base64=is_base64(payload))


def _nulls(size: int, *, as_base64: bool) -> Any:
    return encode([float("nan")] * size, as_base64=True) if as_base64 else [None] * size


def _last_word(text: Any) -> Any:
    """The last word of a text; for tokens, those after the last space."""
    if isinstance(text, str):
        return (text.split() or [text])[-1]
    spaces = [position for position, token in enumerate(text[:-1]) if token == SPACE]
    return text[spaces[-1] + 1 :] if spaces else text


def _last_words(value: Any) -> Any:
    return [_last_word(text) for text in value] if is_batch({"input": value}) else _last_word(value)


async def _shows_nesting(client: Client) -> bool:
    (found,) = await embeddings(client, dimensions=8)
    return isinstance(found[0], list)


async def _shows_text(client: Client) -> bool:
    await ask(client, dimensions=8)
    (found,) = await embeddings(client, dimensions=8)
    return isinstance(found, str)


async def _shows_nan(client: Client) -> bool:
    return "NaN" in (await ask(client, input=[f"text {n}" for n in range(20)], dimensions=8)).text


async def _shows_null(client: Client) -> bool:
    found = await embeddings(client, input=["short", "long " * 40], dimensions=8)
    return bool(found[0] == [None] * 8)


async def _shows_last_word(client: Client) -> bool:
    one, other = await vectors(client, input=["red apples taste sweet", "no storm is sweet"], dimensions=64)
    return same(one, other)


VECTORS = (
    Faulty(
        name="nested-for-one-text",
        app_factory=with_fault(
            only_for(
                lambda payload: isinstance(payload.get("input"), str) and not is_base64(payload),
                changes_result(_nest),
            )
        ),
        fault="The embedding of a single string is an array inside an array.",
        bugs=("abetlen/llama-cpp-python#1588", "abetlen/llama-cpp-python#1380"),
        level="must",
        shows=_shows_nesting,
    ),
    Faulty(
        name="json-text-from-cache",
        app_factory=with_new_fault(_json_text_from_cache),
        fault="The second of two equal requests returns each vector as a string of JSON, from a database.",
        bugs=("BerriAI/litellm#745", "langroid/langroid#922"),
        level="must",
        shows=_shows_text,
    ),
    Faulty(
        name="nan-in-batches",
        app_factory=with_fault(_not_a_number),
        fault="In batches of 16 or more texts, the last vector starts with NaN, which is not JSON.",
        bugs=("ollama/ollama#9639", "hang-in/seCall#5"),
        level="must",
        shows=_shows_nan,
    ),
    Faulty(
        name="null-for-padded-texts",
        app_factory=with_fault(only_for(is_batch, changes_result(_null_for_padded))),
        fault="In a batch with a long text, the vector of every shorter text contains only null.",
        bugs=("jundot/omlx#3507", "ggml-org/llama.cpp#13854", "huggingface/text-embeddings-inference#51"),
        level="must",
        shows=_shows_null,
    ),
    Faulty(
        name="last-word-pooling",
        app_factory=with_fault(embeds_input(_last_words)),
        fault="Only the last word of a text is embedded.",
        bugs=("mozilla-ai/llamafile#747",),
        level="must",
        shows=_shows_last_word,
    ),
)
