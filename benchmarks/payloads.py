"""The bodies that are measured. The same seed gives the same bodies."""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Sequence
from random import Random
from typing import Any

import orjson

DIMENSIONS = 1536
WORDS = ("vector", "café", "gateway", "re:", "naïve", "the", "answer", "42%", "embedding", "(so)")


def answer(chance: Random, count: int, encoding: str = "float") -> bytes:
    """A response with *count* vectors."""
    data = [
        {"object": "embedding", "index": index, "embedding": _vector(chance, encoding)}
        for index in range(count)
    ]
    usage = {"prompt_tokens": count, "total_tokens": count}
    return orjson.dumps({"object": "list", "data": data, "model": "m", "usage": usage})


def _vector(chance: Random, encoding: str) -> object:
    numbers = [chance.gauss(0, 0.03) for _ in range(DIMENSIONS)]
    return b64encode(struct.pack(f"<{DIMENSIONS}f", *numbers)).decode() if encoding == "base64" else numbers


def request(inputs: object, **others: Any) -> bytes:
    """A request with *inputs*."""
    return orjson.dumps({"model": "m", "input": inputs, **others})


def request_of(count: int, encoding: str) -> bytes:
    """The request that belongs to an ``answer``."""
    return request(["river"] * count, dimensions=DIMENSIONS, encoding_format=encoding)


def texts(chance: Random, count: int) -> Sequence[str]:
    """Texts of 60 words."""
    return [" ".join(chance.choices(WORDS, k=60)) for _ in range(count)]


def tokens(chance: Random, count: int) -> Sequence[Sequence[int]]:
    """Arrays of 256 tokens."""
    return [chance.choices(range(100_000), k=256) for _ in range(count)]
