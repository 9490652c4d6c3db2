"""Servers with one fault in the numbers of an embedding."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import orjson
from starlette.types import ASGIApp

from tests.zoo.alterations import altered_answers, altered_inputs
from tests.zoo.asking import Client, Faulty, ask, embeddings, same, vectors
from tests.zoo.payloads import Json, is_base64, is_batch, read, texts_of, tokens_in, write
from tests.zoo.tools import Call, Forward, Reply, around

HALF_PRECISION_BATCH = 16
PADDED_FROM = 128
BLANK = ord(" ")


def _nest(_payload: Json, answer: Json) -> None:
    for item in answer["data"]:
        item["embedding"] = [item["embedding"]]


def _text_from_cache() -> ASGIApp:
    seen: set[bytes] = set()

    async def handler(call: Call, forward: Forward) -> Reply:
        reply = await forward(call)
        if not reply.good or is_base64(call.payload):
            return reply
        if call.body in seen:
            return reply.with_embeddings([orjson.dumps(numbers).decode() for numbers in reply.embeddings])
        seen.add(call.body)
        return reply

    return around(handler)


async def _not_a_number(call: Call, forward: Forward) -> Reply:
    reply = await forward(call)
    if not reply.good or is_base64(call.payload) or len(texts_of(call.payload)) < HALF_PRECISION_BATCH:
        return reply
    *others, last = reply.embeddings
    marked = reply.with_embeddings([*others, ["NaN", *last[1:]]])
    return replace(marked, body=marked.body.replace(b'"NaN"', b"NaN"))


def _null_where_padded(payload: Json, answer: Json) -> None:
    lengths = [tokens_in(text) for text in texts_of(payload)]
    for item, length in zip(answer["data"], lengths, strict=True):
        if length < max(lengths) and max(lengths) >= PADDED_FROM:
            item["embedding"] = _nothing(len(read(item["embedding"])), as_base64=is_base64(payload))


def _nothing(size: int, *, as_base64: bool) -> Any:
    return write([float("nan")] * size, as_base64=True) if as_base64 else [None] * size


def _last_word(text: Any) -> Any:
    """The last word of a text; of tokens, what follows the last blank."""
    if isinstance(text, str):
        return (text.split() or [text])[-1]
    blanks = [position for position, token in enumerate(text[:-1]) if token == BLANK]
    return text[blanks[-1] + 1 :] if blanks else text


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
        app_factory=altered_answers(
            _nest, when=lambda payload: isinstance(payload["input"], str) and not is_base64(payload)
        ),
        fault="The embedding of an input that is one string is an array in an array.",
        bugs=("abetlen/llama-cpp-python#1588", "abetlen/llama-cpp-python#1380"),
        level="must",
        shows=_shows_nesting,
    ),
    Faulty(
        name="text-from-cache",
        app_factory=_text_from_cache,
        fault="The second identical request gets each vector as a string of JSON, as a database gives it.",
        bugs=("BerriAI/litellm#745", "langroid/langroid#922"),
        level="must",
        shows=_shows_text,
    ),
    Faulty(
        name="nan-in-batches",
        app_factory=partial(around, _not_a_number),
        fault="In batches of 16 or more, the last vector begins with NaN, which is not JSON.",
        bugs=("ollama/ollama#9639", "hang-in/seCall#5"),
        level="must",
        shows=_shows_nan,
    ),
    Faulty(
        name="null-where-padded",
        app_factory=altered_answers(_null_where_padded, when=is_batch),
        fault="In a batch with a long text, every shorter one gets a vector of null.",
        bugs=("jundot/omlx#3507", "ggml-org/llama.cpp#13854", "huggingface/text-embeddings-inference#51"),
        level="must",
        shows=_shows_null,
    ),
    Faulty(
        name="last-word-pooling",
        app_factory=altered_inputs(_last_words),
        fault="A vector is that of the text's last word alone.",
        bugs=("mozilla-ai/llamafile#747",),
        level="must",
        shows=_shows_last_word,
    ),
)
