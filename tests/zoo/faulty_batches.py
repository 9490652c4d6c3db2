"""Servers with one fault that several texts in one request bring out."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.zoo.alterations import altered_answers, altered_inputs
from tests.zoo.asking import Client, Faulty, ask, data, same, vectors
from tests.zoo.payloads import Json, is_base64, is_batch, is_tokens, texts_of, tokens_in
from tests.zoo.tools import Call, Forward, Reply, around

SORTED_FROM = 9
PART = 100
MUCH_LONGER = 4
MAX_PADS = 32


def _sort_by_length(payload: Json, answer: Json) -> None:
    texts, found = texts_of(payload), answer["data"]
    order = sorted(range(len(texts)), key=lambda position: -tokens_in(texts[position]))
    embeddings = [found[position]["embedding"] for position in order]
    for item, embedding in zip(found, embeddings, strict=True):
        item["embedding"] = embedding


async def _drop_duplicates(call: Call, forward: Forward) -> Reply:
    reply, payload = await forward(call), call.payload
    if not reply.good or not is_batch(payload):
        return reply
    different = {repr(text): text for text in texts_of(payload)}
    if len(different) == len(payload["input"]):
        return reply
    fewer = await forward(call.with_input(list(different.values())))
    return reply.with_json(reply.json | {"data": fewer.json["data"]})


def _number_by_part(_payload: Json, answer: Json) -> None:
    for item in answer["data"]:
        item["index"] %= PART


def _mix_equal_lengths(value: Any) -> Any:
    if not is_batch({"input": value}):
        return value
    lengths = [tokens_in(text) for text in value]
    positions = range(len(value))
    return [text + _neighbour(value, lengths, n) for n, text in zip(positions, value, strict=True)]


def _neighbour(texts: list[Any], lengths: list[int], position: int) -> Any:
    """The nearest other text of the same length; nothing where there is none."""
    around_it = [n for n in (position - 1, position + 1) if 0 <= n < len(texts)]
    equal = [texts[n] for n in around_it if lengths[n] == lengths[position]]
    return equal[0] if equal else type(texts[position])()


def _pad(value: Any) -> Any:
    if not is_batch({"input": value}):
        return value
    longest = max(tokens_in(text) for text in value)
    return [text + _padding(text, longest) for text in value]


def _padding(text: Any, longest: int) -> Any:
    length = tokens_in(text)
    count = min(MAX_PADS, longest - length) if longest >= MUCH_LONGER * length else 0
    return " ".join(["", *(f"pad{n}" for n in range(count))]) if isinstance(text, str) else [0] * count


def _empty(_payload: Json, answer: Json) -> None:
    answer["data"] = []


async def _shows_wrong_order(client: Client) -> bool:
    texts = [f"number {n} " + "and more " * n for n in range(12)]
    found = await vectors(client, input=texts, dimensions=64)
    (alone,) = await vectors(client, input=texts[0], dimensions=64)
    return not same(found[0], alone) and same(found[-1], alone)


async def _shows_fewer(client: Client) -> bool:
    return len(await data(client, input=["one", "two", "one"], dimensions=8)) == 2


async def _shows_parts(client: Client) -> bool:
    found = await data(client, input=["a"] * 101, dimensions=1)
    return bool(found[100]["index"] == 0)


async def _changes(client: Client, texts: list[str]) -> bool:
    (first, *_) = await vectors(client, input=texts, dimensions=64)
    (alone,) = await vectors(client, input=texts[0], dimensions=64)
    return not same(first, alone)


async def _shows_mix(client: Client) -> bool:
    return await _changes(client, ["dove", "hawk"]) and not await _changes(client, ["dove", "pigeon"])


async def _shows_padding(client: Client) -> bool:
    long = "a much longer text than the other one is"
    return await _changes(client, ["short", long]) and not await _changes(client, ["short", "shorter"])


async def _shows_nothing(client: Client) -> bool:
    answer = await ask(client, input=[[1212, 318]], encoding_format="base64")
    return bool(answer.json()["data"] == [])


BATCHES = (
    Faulty(
        name="sorted-by-length",
        app_factory=altered_answers(
            _sort_by_length, when=lambda payload: is_batch(payload) and len(payload["input"]) >= SORTED_FROM
        ),
        fault="Batches of 9 or more texts get their vectors in the order of the texts' lengths.",
        bugs=("ollama/ollama#6187", "ggml-org/llama.cpp#14225"),
        level="must",
        shows=_shows_wrong_order,
    ),
    Faulty(
        name="duplicates-dropped",
        app_factory=partial(around, _drop_duplicates),
        fault="Equal texts of a batch get one item together.",
        bugs=("ROCm/FastFlowLM#373", "vercel/ai#20359"),
        level="must",
        shows=_shows_fewer,
    ),
    Faulty(
        name="index-by-part",
        app_factory=altered_answers(_number_by_part, when=is_batch),
        fault="Batches are split into parts of 100, and index begins at 0 in each.",
        bugs=("BerriAI/litellm#29284", "BerriAI/litellm#41002"),
        level="must",
        shows=_shows_parts,
    ),
    Faulty(
        name="equal-lengths-mixed",
        app_factory=altered_inputs(_mix_equal_lengths),
        fault="Neighbours of equal length in a batch flow into each other's vectors.",
        bugs=("huggingface/text-embeddings-inference#882",),
        level="must",
        shows=_shows_mix,
    ),
    Faulty(
        name="padding-counts",
        app_factory=altered_inputs(_pad),
        fault="The padding of a text counts where another text of the batch is at least 4 times as long.",
        bugs=("huggingface/text-embeddings-inference#648", "ollama/ollama#6262"),
        level="must",
        shows=_shows_padding,
    ),
    Faulty(
        name="no-data-for-tokens-in-base64",
        app_factory=altered_answers(_empty, when=lambda payload: is_base64(payload) and is_tokens(payload)),
        fault="Tokens with base64, as langchain sends them, get an empty array of data.",
        bugs=("langchain-ai/langchain#35204", "plastic-labs/honcho#932"),
        level="must",
        shows=_shows_nothing,
    ),
)
