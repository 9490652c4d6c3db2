"""Servers with one fault in requests with several texts."""

from __future__ import annotations

from typing import Any

from tests.faulty_servers.embeddings import count_tokens, embeds_input, inputs, is_base64
from tests.faulty_servers.faults import changes_result, only_for
from tests.faulty_servers.messages import Payload, Request, Response
from tests.faulty_servers.servers import Server
from tests.zoo.applications import with_fault
from tests.zoo.asking import Client, Faulty, ask, data, same, vectors
from tests.zoo.payloads import is_batch, is_tokens

SORTED_FROM = 9
PART = 100
MUCH_LONGER = 4
MAX_PADS = 32


def _sort_by_length(result: Payload, payload: Payload) -> None:
    texts, found = inputs(payload["input"]), result["data"]
    order = sorted(range(len(texts)), key=lambda position: -count_tokens(texts[position]))
    embeddings = [found[position]["embedding"] for position in order]
    for item, embedding in zip(found, embeddings, strict=True):
        item["embedding"] = embedding


async def _remove_duplicates(request: Request, correct: Server) -> Response:
    response, payload = await correct(request), request.json_object
    if not response.ok or not is_batch(payload):
        return response
    different = {repr(text): text for text in inputs(payload["input"])}
    if len(different) == len(payload["input"]):
        return response
    fewer = await correct(request.with_input(list(different.values())))
    return response.with_payload(response.payload() | {"data": fewer.payload()["data"]})


def _number_by_part(result: Payload, _payload: Payload) -> None:
    for item in result["data"]:
        item["index"] %= PART


def _mix_equal_lengths(value: Any) -> Any:
    if not is_batch({"input": value}):
        return value
    lengths = [count_tokens(text) for text in value]
    positions = range(len(value))
    return [text + _neighbor(value, lengths, n) for n, text in zip(positions, value, strict=True)]


def _neighbor(texts: list[Any], lengths: list[int], position: int) -> Any:
    """A text of the same length directly before or after it; an empty text if there is none."""
    neighbors = [n for n in (position - 1, position + 1) if 0 <= n < len(texts)]
    equal = [texts[n] for n in neighbors if lengths[n] == lengths[position]]
    return equal[0] if equal else type(texts[position])()


def _pad(value: Any) -> Any:
    if not is_batch({"input": value}):
        return value
    longest = max(count_tokens(text) for text in value)
    return [text + _padding(text, longest) for text in value]


def _padding(text: Any, longest: int) -> Any:
    length = count_tokens(text)
    count = min(MAX_PADS, longest - length) if longest >= MUCH_LONGER * length else 0
    return " ".join(["", *(f"pad{n}" for n in range(count))]) if isinstance(text, str) else [0] * count


def _empty(result: Payload, _payload: Payload) -> None:
    result["data"] = []


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
    response = await ask(client, input=[[1212, 318]], encoding_format="base64")
    return bool(response.json()["data"] == [])


BATCHES = (
    Faulty(
        name="sorted-by-length",
        app_factory=with_fault(
            only_for(
                lambda payload: is_batch(payload) and len(payload["input"]) >= SORTED_FROM,
                changes_result(_sort_by_length),
            )
        ),
        fault="Batches of 9 or more texts have their vectors in the order of the lengths of the texts.",
        bugs=("ollama/ollama#6187", "ggml-org/llama.cpp#14225"),
        level="must",
        shows=_shows_wrong_order,
    ),
    Faulty(
        name="duplicates-removed",
        app_factory=with_fault(_remove_duplicates),
        fault="Equal texts of a batch have only one item.",
        bugs=("ROCm/FastFlowLM#373", "vercel/ai#20359"),
        level="must",
        shows=_shows_fewer,
    ),
    Faulty(
        name="index-by-part",
        app_factory=with_fault(only_for(is_batch, changes_result(_number_by_part))),
        fault="Batches are split into parts of 100, and the index starts at 0 in each part.",
        bugs=("BerriAI/litellm#29284", "BerriAI/litellm#41002"),
        level="must",
        shows=_shows_parts,
    ),
    Faulty(
        name="equal-lengths-mixed",
        app_factory=with_fault(embeds_input(_mix_equal_lengths)),
        fault="Neighboring texts of equal length in a batch affect each other's vectors.",
        bugs=("huggingface/text-embeddings-inference#882",),
        level="must",
        shows=_shows_mix,
    ),
    Faulty(
        name="padding-embedded",
        app_factory=with_fault(embeds_input(_pad)),
        fault="Padding affects the vector of a text if another text of the batch is at least 4 times as long.",
        bugs=("huggingface/text-embeddings-inference#648", "ollama/ollama#6262"),
        level="must",
        shows=_shows_padding,
    ),
    Faulty(
        name="no-data-for-tokens-in-base64",
        app_factory=with_fault(
            only_for(lambda payload: is_base64(payload) and is_tokens(payload), changes_result(_empty))
        ),
        fault="Requests with tokens and base64, as LangChain sends them, return an empty array as data.",
        bugs=("langchain-ai/langchain#35204", "plastic-labs/honcho#932"),
        level="must",
        shows=_shows_nothing,
    ),
)
