"""Servers with one fault in the encoding of embeddings."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import numpy as np

from tests.faulty_servers.embeddings import decode, is_base64
from tests.faulty_servers.faults import changes_result, converts_payload, only_for
from tests.faulty_servers.messages import Payload
from tests.zoo.applications import Factory, with_fault
from tests.zoo.asking import Client, Faulty, embeddings, status, vectors
from tests.zoo.payloads import is_batch, is_tokens


def _encoded(
    encode: Callable[[Any], Any], *, when: Callable[[Payload], bool] = lambda payload: True
) -> Factory:
    """Servers that encode vectors wrongly in responses to some requests for base64."""

    def change(result: Payload, _payload: Payload) -> None:
        for item in result["data"]:
            item["embedding"] = encode(decode(item["embedding"]))

    return with_fault(only_for(lambda payload: is_base64(payload) and when(payload), changes_result(change)))


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _unknown_as_float(payload: Payload) -> Payload:
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
        fault="Batches of two or more texts return numbers although base64 was requested.",
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
        fault="base64 contains 64-bit floats, which decode to twice as many 32-bit floats.",
        bugs=("vllm-project/vllm#6744",),
        level="must",
        shows=_shows_doubles,
    ),
    Faulty(
        name="url-safe-base64",
        app_factory=_encoded(lambda vector: base64.urlsafe_b64encode(vector.tobytes()).decode().rstrip("=")),
        fault="base64 uses the URL-safe alphabet and has no padding.",
        bugs=("lmstudio-ai/lmstudio-bug-tracker#756", "contract: encoding_format"),
        level="must",
        shows=_shows_other_alphabet,
    ),
    Faulty(
        name="base64-big-endian-for-tokens",
        app_factory=_encoded(lambda vector: _text(vector.astype(">f4").tobytes()), when=is_tokens),
        fault="base64 for tokens contains big-endian numbers.",
        bugs=("arabold/docs-mcp-server#469", "contract: encoding_format"),
        level="must",
        shows=_shows_other_byte_order,
    ),
    Faulty(
        name="unknown-format-as-float",
        app_factory=with_fault(converts_payload(_unknown_as_float)),
        fault="An unknown encoding_format returns numbers.",
        bugs=("sgl-project/sglang#30434", "lm-sys/FastChat#2281"),
        level="must",
        shows=_shows_unknown_format,
    ),
)
