"""What is kept of each vector and token count, to compare exchanges with one another.

A vector is kept as a sketch: its numbers, with fixed random signs, are added up in SKETCH sums. The square of the
distance between two sketches is an estimate of that between the vectors (Charikar, Chen and Farach-Colton, 2002,
"Finding frequent items in data streams"); its relative standard deviation is about the square root of 2 / SKETCH.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b, shake_128
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from conformance.validation.embeddings import NORM, SAME

from .vectors import Matrix

SKETCH: Final = 64

ERRORS: Final = 5
"""Standard deviations of the estimate that no difference of equal vectors exceeds."""

DISTANCE: Final = 2 * (1 - SAME) * (1 + ERRORS * (2 / SKETCH) ** 0.5)
"""The square of the distance between sketches up to which two vectors count as vectors of the same text."""

KEY: Final = 16
"""Bytes of the hash of a text with its model and options."""

PLACE: Final = [("piece", "<u4"), ("line", "<u4"), ("time", "<f8"), ("group", "<u2")]

VECTOR: Final = np.dtype(
    [
        ("high", "<u8"),
        ("low", "<u8"),
        *PLACE,
        ("is_text", "u1"),
        ("norm", "<f4"),
        ("sketch", "<f2", (SKETCH,)),
    ]
)
"""A vector: the hash of its text, its place, its encoding, its norm, and the sketch of it with norm 1."""

COUNT: Final = np.dtype([("high", "<u8"), ("low", "<u8"), *PLACE, ("is_text", "u1"), ("tokens", "<i8")])
"""A count of prompt tokens: the hash of its request, its place, its encoding, and the count."""

Rows = NDArray[np.void]

Where = tuple[int, int, float, int]
"""The place of an exchange: its piece, its record there, its time in seconds (-1: unknown), and its group."""


@dataclass
class Observations:
    """The vectors and token counts of some exchanges."""

    vectors: list[Rows] = field(default_factory=list)
    counts: list[tuple[bytes, int, int, float, int, bool, int]] = field(default_factory=list)

    def add_vectors(
        self, keys: Sequence[bytes], matrix: Matrix, norms: Matrix, place: Where, is_text: bool
    ) -> Rows:
        """Add the vectors of one response, each with the hash of its text. Returns them."""
        rows: Rows = np.empty(len(keys), VECTOR)
        hashes = np.frombuffer(b"".join(keys), "<u8").reshape(-1, 2)
        rows["high"], rows["low"] = hashes[:, 0], hashes[:, 1]
        rows["piece"], rows["line"], rows["time"], rows["group"] = place
        rows["is_text"], rows["norm"] = is_text, norms
        rows["sketch"] = sketches(matrix, norms)
        self.vectors.append(rows)
        return rows

    def add_count(self, key: bytes, place: Where, is_text: bool, tokens: int) -> None:
        """Add the token count of one response, with the hash of its request."""
        if tokens < 2**62:
            self.counts.append((key, *place, is_text, tokens))

    def packed(self) -> tuple[Rows, Rows]:
        """All vectors, and all counts."""
        counts: Rows = np.empty(len(self.counts), COUNT)
        if self.counts:
            keys, pieces, lines, times, groups, are_texts, tokens = zip(*self.counts, strict=True)
            hashes = np.frombuffer(b"".join(keys), "<u8").reshape(-1, 2)
            counts["high"], counts["low"] = hashes[:, 0], hashes[:, 1]
            counts["piece"], counts["line"], counts["time"] = pieces, lines, times
            counts["group"], counts["is_text"], counts["tokens"] = groups, are_texts, tokens
        return (np.concatenate(self.vectors) if self.vectors else np.empty(0, VECTOR)), counts


def norms_of(matrix: Matrix) -> Matrix:
    """The norm of each row of *matrix*, shape (vectors,)."""
    norms: Matrix = np.sqrt(np.einsum("ij,ij->i", matrix, matrix))
    return norms


def sketches(matrix: Matrix, norms: Matrix) -> Matrix:
    """The sketches of the rows of *matrix*, scaled to norm 1, shape (vectors, SKETCH)."""
    length = matrix.shape[1]
    signed = matrix * _signs(length)
    whole = length - length % SKETCH
    sums: Matrix = signed[:, :whole].reshape(len(matrix), -1, SKETCH).sum(axis=1)
    if whole < length:
        sums[:, : length - whole] += signed[:, whole:]
    scaled: Matrix = sums / norms[:, np.newaxis]
    return scaled


def differ(one: Any, other: Any) -> NDArray[np.bool_]:
    """Whether vectors are not vectors of the same text: rows of VECTOR, or one row and several."""
    difference = one["sketch"].astype(np.float32) - other["sketch"].astype(np.float32)
    squares = np.einsum("...j,...j->...", difference, difference)
    first, second = one["norm"], other["norm"]
    are_apart: NDArray[np.bool_] = (squares > DISTANCE) | (
        np.abs(first - second) > NORM * np.maximum(first, second)
    )
    return are_apart


def similarity(one: Any, other: Any) -> float:
    """An estimate of the cosine of two vectors, rows of VECTOR."""
    difference = one["sketch"].astype(np.float32) - other["sketch"].astype(np.float32)
    return float(max(-1.0, 1 - float(difference @ difference) / 2))


def hashed(scope: bytes, text: bytes) -> bytes:
    """The hash of a *text* in a *scope* of at most 64 bytes: its model and its options."""
    return blake2b(text, digest_size=KEY, key=scope).digest()


@lru_cache(maxsize=64)
def _signs(length: int) -> Matrix:
    """Random signs, the same on every machine."""
    bits = np.unpackbits(np.frombuffer(shake_128(b"signs").digest(length // 8 + 1), np.uint8))[:length]
    return bits.astype(np.float32) * 2 - 1
