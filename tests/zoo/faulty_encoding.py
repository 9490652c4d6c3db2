"""Servers with one fault in how an embedding is encoded."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.zoo.alterations import altered_answers, altered_payloads
from tests.zoo.asking import Client, Faulty, embeddings, status, vectors
from tests.zoo.payloads import Json, is_base64, is_batch, is_tokens, read
from tests.zoo.tools import Factory


def _encoded(encode: Callable[[Any], Any], *, when: Callable[[Json], bool] = lambda payload: True) -> Factory:
    """Servers that encode numbers their own way where base64 is asked for, in payloads of a kind."""

    def alter(_payload: Json, answer: Json) -> None:
        for item in answer["data"]:
            item["embedding"] = encode(read(item["embedding"]))

    return altered_answers(alter, when=lambda payload: is_base64(payload) and when(payload))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _unknown_as_float(payload: Json) -> Json:
    wanted = payload.get("encoding_format")
    known = not isinstance(wanted, str) or wanted in ("float", "base64")
    return payload if known else {**payload, "encoding_format": "float"}


async def _shows_numbers(client: Client) -> bool:
    found = await embeddings(client, input=["one", "two"], encoding_format="base64", dimensions=8)
    return isinstance(found[0], list)


async def _shows_doubles(client: Client) -> bool:
    (found,) = await vectors(client, encoding_format="base64", dimensions=8)
    return len(found) == 16


async def _shows_other_alphabet(client: Client) -> bool:
    (found,) = await embeddings(client, encoding_format="base64", dimensions=1024)
    return "-" in found and not found.endswith("=")


async def _shows_other_byte_order(client: Client) -> bool:
    (plain,) = await vectors(client, input=[[1, 2]], dimensions=8)
    (found,) = await vectors(client, input=[[1, 2]], dimensions=8, encoding_format="base64")
    return not np.allclose(plain, found)


async def _shows_unknown_format(client: Client) -> bool:
    return await status(client, encoding_format="hex") == 200


ENCODING = (
    Faulty(
        name="base64-ignored-in-batches",
        app_factory=_encoded(
            lambda vector: vector.tolist(),
            when=lambda payload: is_batch(payload) and len(payload["input"]) > 1,
        ),
        fault="A batch of two or more texts comes back as numbers although base64 was asked for.",
        bugs=(
            "runpod-workers/worker-infinity-embedding#30",
            "ggml-org/llama.cpp#10887",
            "mudler/LocalAI#9135",
        ),
        level="must",
        shows=_shows_numbers,
    ),
    Faulty(
        name="base64-of-doubles",
        app_factory=_encoded(lambda vector: _text(vector.astype("<f8").tobytes())),
        fault="base64 holds float64, so that it decodes to twice as many float32.",
        bugs=("vllm-project/vllm#6744",),
        level="must",
        shows=_shows_doubles,
    ),
    Faulty(
        name="base64-for-urls",
        app_factory=_encoded(lambda vector: base64.urlsafe_b64encode(vector.tobytes()).decode().rstrip("=")),
        fault="base64 is of the URL-safe alphabet and without padding.",
        bugs=("lmstudio-ai/lmstudio-bug-tracker#756", "contract: encoding_format"),
        level="must",
        shows=_shows_other_alphabet,
    ),
    Faulty(
        name="base64-big-endian-for-tokens",
        app_factory=_encoded(lambda vector: _text(vector.astype(">f4").tobytes()), when=is_tokens),
        fault="base64 for tokens holds big-endian numbers, as in network order.",
        bugs=("arabold/docs-mcp-server#469", "contract: encoding_format"),
        level="must",
        shows=_shows_other_byte_order,
    ),
    Faulty(
        name="unknown-format-as-float",
        app_factory=altered_payloads(_unknown_as_float),
        fault="An encoding_format that does not exist is answered with numbers.",
        bugs=("sgl-project/sglang#30434", "lm-sys/FastChat#2281"),
        level="must",
        shows=_shows_unknown_format,
    ),
)
