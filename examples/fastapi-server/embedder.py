"""A small, deterministic replacement for a real model. Its tokens are hashes of words."""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

import numpy as np
import numpy.typing as npt

NAME = "tiny-embedder"
DIMENSIONS = 256
MAX_TOKENS = 8192
VOCABULARY = 2**31


def tokenize(text: str) -> list[int]:
    """The token ids of *text*: one for each word and for each punctuation mark."""
    return [_number(word, VOCABULARY) for word in re.findall(r"\w+|[^\w\s]", text.lower())]


def encode(batch: list[list[int]]) -> npt.NDArray[np.float32]:
    """The embeddings of a batch of token sequences, of shape ``(len(batch), DIMENSIONS)`` and length 1."""
    vectors = np.stack([_vector(tokens) for tokens in batch])
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def _vector(tokens: list[int]) -> npt.NDArray[np.float64]:
    """The sum of the tokens' vectors, plus a small vector of the whole sequence, so that word order matters."""
    return sum((_random(f"{token}") for token in sorted({*tokens})), 0.2 * _random(f"{tokens}"))


@lru_cache(maxsize=10_000)
def _random(name: str) -> npt.NDArray[np.float64]:
    return np.random.default_rng(_number(name, 2**64)).standard_normal(DIMENSIONS)


def _number(text: str, below: int) -> int:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") % below
