"""What is kept of each vector and token count, to compare exchanges with one another.

A vector is kept as a sketch: its numbers, with fixed random signs, are added up in SKETCH sums. The square of the
distance between two sketches is an estimate of that between the vectors (Charikar, Chen and Farach-Colton, 2002,
"Finding frequent items in data streams"); its relative standard deviation is about the square root of 2 / SKETCH.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b, shake_128
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from conformance.validation.embeddings import NORM, SAME

from .vectors import Matrix, Vectors

SKETCH: Final = 64

ERRORS: Final = 5
"""Standard deviations of the estimate that no difference of equal vectors exceeds."""

DISTANCE: Final = 2 * (1 - SAME) * (1 + ERRORS * (2 / SKETCH) ** 0.5)
"""The square of the distance between sketches up to which two vectors count as vectors of the same text."""

MAX_VECTORS: Final = 400_000
"""Vectors, and token counts, that are kept of one piece; of more, only those of every second text, and so on."""

WAITING_COUNTS: Final = 4096
"""Token counts that are packed together."""

MIX: Final = 0x9E3779B97F4A7C15
"""An odd number with random bits, which spreads the lengths of vectors over all bits of a hash."""

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

Where = tuple[int, int, float, int, bool]
"""An exchange: its piece, its record there, its time in seconds (-1: unknown), its group, and whether it is base64."""

WAITING: Final = 512
"""Vectors that are sketched together."""

WAITING_NUMBERS: Final = 2**21
"""Numbers of vectors that are sketched together."""


class Observations:
    """The vectors and token counts of some exchanges."""

    def __init__(self) -> None:
        self._rows: list[Rows] = []
        self._waiting: dict[int, _Waiting] = {}
        self._counts: list[tuple[bytes, Where, int]] = []
        self._count_rows: list[Rows] = []
        self.sampled = 0

    def add_vectors(self, keys: Sequence[bytes], vectors: Vectors, where: Where) -> None:
        """Add the vectors of one response, each with the hash of its text."""
        length = vectors.matrix.shape[1]
        waiting = self._waiting.get(length)
        if waiting is None:
            waiting = self._waiting[length] = _Waiting()
        waiting.keys += keys
        waiting.matrices.append(vectors.matrix)
        waiting.norms += vectors.norms
        waiting.places += [where] * len(keys)
        if len(waiting.keys) >= WAITING or len(waiting.keys) * length >= WAITING_NUMBERS:
            self._rows.append(self._sampled(waiting.rows(length)))
            del self._waiting[length]
            self._sample()

    def add_count(self, key: bytes, where: Where, tokens: int) -> None:
        """Add the token count of one response, with the hash of its request."""
        if tokens < 2**62:
            self._counts.append((key, where, tokens))
        if len(self._counts) >= WAITING_COUNTS:
            self._pack_counts()
            self._sample()

    def packed(self) -> tuple[Rows, Rows]:
        """All vectors, and all counts."""
        self._rows += [self._sampled(waiting.rows(length)) for length, waiting in self._waiting.items()]
        self._waiting.clear()
        self._pack_counts()
        self._sample()
        return _joined(self._rows, VECTOR), _joined(self._count_rows, COUNT)

    def _pack_counts(self) -> None:
        if self._counts:
            counts: Rows = np.empty(len(self._counts), COUNT)
            keys, places, tokens = zip(*self._counts, strict=True)
            _fill(counts, keys, places)
            counts["tokens"] = tokens
            self._count_rows.append(self._sampled(counts))
            self._counts.clear()

    def _sample(self) -> None:
        """Keep the vectors of fewer texts if there are too many."""
        while max(sum(map(len, self._rows)), sum(map(len, self._count_rows))) > MAX_VECTORS:
            self.sampled += 1
            self._rows = [*map(self._sampled, self._rows)]
            self._count_rows = [*map(self._sampled, self._count_rows)]

    def _sampled(self, rows: Rows) -> Rows:
        mask = np.uint64(2**self.sampled - 1)
        return rows[(rows["low"] & mask) == 0] if self.sampled else rows


class _Waiting:
    """Vectors of one length that are not sketched yet."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.matrices: list[Matrix] = []
        self.norms: list[float] = []
        self.places: list[Where] = []

    def rows(self, length: int) -> Rows:
        """The rows of VECTOR. Vectors of different lengths have different hashes, so they are not compared."""
        rows: Rows = np.empty(len(self.keys), VECTOR)
        _fill(rows, self.keys, self.places)
        rows["low"] ^= np.uint64(length * MIX % 2**64)
        norms = np.array(self.norms, np.float32)
        rows["norm"] = norms
        rows["sketch"] = vector_sketches(np.concatenate(self.matrices), norms)
        return rows


def _fill(rows: Rows, keys: Sequence[bytes], places: Sequence[Where]) -> None:
    hashes = np.frombuffer(b"".join(keys), "<u8").reshape(-1, 2)
    rows["high"], rows["low"] = hashes[:, 0], hashes[:, 1]
    for name, values in zip(
        ("piece", "line", "time", "group", "is_text"), zip(*places, strict=True), strict=True
    ):
        rows[name] = values


def _joined(rows: list[Rows], kind: np.dtype[np.void]) -> Rows:
    """All *rows* of one *kind*; the list is empty then."""
    whole: Rows = np.empty(sum(map(len, rows)), kind)
    end = len(whole)
    while rows:
        some = rows.pop()
        whole[end - len(some) : end] = some
        end -= len(some)
    return whole


def row_of(vectors: Vectors, number: int) -> Any:
    """One of *vectors*, as a row of VECTOR."""
    norms = np.array([vectors.norms[number]], np.float32)
    row = np.zeros(1, VECTOR)
    row["norm"], row["sketch"] = norms, vector_sketches(vectors.matrix[number : number + 1], norms)
    return row[0]


def vector_sketches(matrix: Matrix, norms: Matrix) -> Matrix:
    """The sketches of the rows of *matrix*, scaled to norm 1, shape (vectors, SKETCH)."""
    length = matrix.shape[1]
    signs = _signs(length)
    whole = length - length % SKETCH
    parts = matrix[:, :whole].reshape(len(matrix), -1, SKETCH)
    sums: Matrix = np.einsum("ijk,jk->ik", parts, signs[:whole].reshape(-1, SKETCH))
    if whole < length:
        sums[:, : length - whole] += matrix[:, whole:] * signs[whole:]
    scaled: Matrix = sums / norms[:, np.newaxis]
    return scaled


def vectors_differ(one: Any, other: Any) -> NDArray[np.bool_]:
    """Whether vectors are not vectors of the same text: rows of VECTOR, or one row and several."""
    difference = one["sketch"].astype(np.float32) - other["sketch"].astype(np.float32)
    squares = np.einsum("...j,...j->...", difference, difference)
    first, second = one["norm"], other["norm"]
    are_apart: NDArray[np.bool_] = (squares > DISTANCE) | (
        np.abs(first - second) > NORM * np.maximum(first, second)
    )
    return are_apart


def estimated_cosine(one: Any, other: Any) -> float:
    """An estimate of the cosine of two vectors, rows of VECTOR."""
    difference = one["sketch"].astype(np.float32) - other["sketch"].astype(np.float32)
    return float(max(-1.0, 1 - float(difference @ difference) / 2))


def text_hash(scope: bytes, text: bytes) -> bytes:
    """The hash of a *text* in a *scope* of at most 64 bytes: its model and its options."""
    return blake2b(text, digest_size=KEY, key=scope).digest()


@lru_cache(maxsize=64)
def _signs(length: int) -> Matrix:
    """Random signs, the same on every machine."""
    bits = np.unpackbits(np.frombuffer(shake_128(b"signs").digest(length // 8 + 1), np.uint8))[:length]
    return bits.astype(np.float32) * 2 - 1
