"""Servers with one fault in token arrays."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from tests.faulty_servers.faults import converts_payload
from tests.faulty_servers.messages import Payload, Request, Response, error
from tests.faulty_servers.servers import Fault, Server
from tests.zoo.applications import with_fault, with_new_fault
from tests.zoo.asking import Client, Faulty, data, hangs_up, status
from tests.zoo.payloads import is_batch, is_tokens


async def _vector_per_token(request: Request, correct: Server) -> Response:
    response, payload = await correct(request), request.json_object
    if not response.ok or not is_tokens(payload) or is_batch(payload):
        return response
    return await correct(request.with_input([[token] for token in payload["input"]]))


def _with_numbers(payload: Payload) -> Payload:
    """Convert booleans to integers, as Python code does that does not distinguish them."""
    value = payload.get("input")
    if not isinstance(value, list) or not any(isinstance(item, bool | list) for item in value):
        return payload
    return {**payload, "input": [_number(item) for item in value]}


def _number(item: Any) -> Any:
    if isinstance(item, list):
        return [_number(part) for part in item]
    return int(item) if isinstance(item, bool) else item


def _fail_after_unknown_token() -> Fault:
    failing = False

    async def server(request: Request, correct: Server) -> Response:
        nonlocal failing
        response = await correct(request)
        if failing and response.ok:
            failing = False
            return error(500, "CUDA error: device-side assert triggered")
        failing = failing or response.error_code == "unknown_token"
        return response

    return server


async def _crash_on_negative_token(request: Request, correct: Server) -> Response:
    response, payload = await correct(request), request.json_object
    if response.error_code == "unknown_token":
        texts = payload["input"] if is_batch(payload) else [payload["input"]]
        if any(token < 0 for text in texts for token in text):
            return replace(error(500, "The engine crashed."), truncated=True)
    return response


async def _shows_vector_per_token(client: Client) -> bool:
    return len(await data(client, input=[1212, 318, 257], dimensions=8)) == 3


async def _shows_booleans(client: Client) -> bool:
    return await status(client, input=[True, False]) == 200


async def _shows_failure(client: Client) -> bool:
    rejected = await status(client, input=[[2, 999_999_999]])
    return (rejected, await status(client), await status(client)) == (400, 500, 200)


async def _shows_crash(client: Client) -> bool:
    return await hangs_up(client, input=[-1])


TOKENS = (
    Faulty(
        name="vector-per-token",
        app_factory=with_fault(_vector_per_token),
        fault="An array of tokens returns a vector for each token.",
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
        app_factory=with_fault(converts_payload(_with_numbers)),
        fault="true and false in an array are treated as the tokens 1 and 0.",
        bugs=("BerriAI/litellm#17850", "ogx-ai/ogx#4644"),
        level="must",
        shows=_shows_booleans,
    ),
    Faulty(
        name="fails-after-unknown-token",
        app_factory=with_new_fault(_fail_after_unknown_token),
        fault="After a token outside the vocabulary is rejected, the next valid request causes a 500.",
        bugs=("vllm-project/vllm#11375", "sgl-project/sglang#35903", "ggml-org/llama.cpp#10866"),
        level="must",
        shows=_shows_failure,
    ),
    Faulty(
        name="crash-on-negative-token",
        app_factory=with_fault(_crash_on_negative_token),
        fault="A negative token closes the connection without a response.",
        bugs=("sgl-project/sglang#8383", "vllm-project/vllm#51795"),
        level="must",
        shows=_shows_crash,
    ),
)
