"""The lengths of vectors that certainly have only finite numbers, one of which is not 0, from their JSON texts."""

from __future__ import annotations

from collections.abc import Iterable
from math import inf
from typing import Final

from pybase64 import b64decode

from .base64_vectors import FLOAT_BYTES
from .simd_numbers import number_reader

TOGETHER: Final = 512 * 1024
"""Characters in base64 that are decoded at once."""


def lengths_of_arrays(texts: Iterable[memoryview]) -> list[int | None] | None:
    """The length of each of *texts*, which are arrays of JSON; None if one may not be such a vector."""
    lengths: list[int | None] = []
    read = number_reader()
    for text in texts:
        numbers = read(text)
        if numbers is None or not any(numbers):
            return None
        lengths.append(len(numbers))
    return lengths


def lengths_of_base64(texts: Iterable[memoryview]) -> list[int | None] | None:
    """The length of each of *texts*, which are base64; None if one may not be such a vector, or if they differ."""
    found = list(texts)
    size = len(found[0]) if found else 0
    if not size or size % 4 or {*map(len, found)} != {size}:
        return None
    padding = bytes(found[0][-2:]).count(b"=")
    length, left = divmod(size // 4 * 3 - padding, FLOAT_BYTES)
    step = max(1, TOGETHER // size)
    groups = (found[n : n + step] for n in range(0, len(found), step))
    if left or not all(_are_vectors(group, padding, length) for group in groups):
        return None
    return [length] * len(found)


def _are_vectors(texts: list[memoryview], padding: int, length: int) -> bool:
    """Whether *texts*, all of one size, have so much *padding*, and are vectors of this *length*."""
    import numpy as np

    if padding:
        if {bytes(text[-padding:]) for text in texts} != {b"=" * padding}:
            return False
        texts = [text[:-padding] for text in texts]
    # The texts are decoded together. Instead of padding, each gets digits for zero bits, as the unused bits must be.
    zeros = b"A" * padding
    end = length * FLOAT_BYTES
    try:
        data = b64decode(zeros.join([*texts, b""]), validate=True)
        rows = np.frombuffer(data, dtype=np.uint8).reshape(len(texts), end + padding)
    except ValueError:
        return False
    if padding and rows[:, end:].any():
        return False
    vectors = np.ascontiguousarray(rows[:, :end]).view("<f4")
    numbers = vectors.ravel()
    with np.errstate(over="ignore", invalid="ignore"):
        are_finite = float(numbers.dot(numbers)) < inf
    return are_finite and bool(vectors[:, 0].all() or vectors.any(axis=1).all())
