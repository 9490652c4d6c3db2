"""The lengths of vectors, from their JSON texts. Each vector must have only finite numbers, and not only zeros."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import inf
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
    length = _common_length(found)
    if length is None or any(_vectors_in(group, length) is None for group in _groups(found)):
        return None
    return [length] * len(found)


def read_base64(texts: Sequence[memoryview]) -> NDArray[np.float32] | None:
    """The vectors in *texts*, shape (texts, dimensions); None if one may not be such a vector, or if they differ."""
    import numpy as np

    length = _common_length(texts)
    if length is None:
        return None
    groups = []
    for group in _groups(texts):
        vectors = _vectors_in(group, length)
        if vectors is None:
            return None
        groups.append(vectors)
    return groups[0] if len(groups) == 1 else np.concatenate(groups)


def _common_length(texts: Sequence[memoryview]) -> int | None:
    """The length of each vector in *texts* by their common size; None if they have none."""
    size = len(texts[0]) if texts else 0
    if not size or size % 4 or {*map(len, texts)} != {size}:
        return None
    length, left = divmod(size // 4 * 3 - _padding(texts), FLOAT_BYTES)
    return None if left else length


def _padding(texts: Sequence[memoryview]) -> int:
    return bytes(texts[0][-2:]).count(b"=")


def _groups(texts: Sequence[memoryview]) -> Iterator[Sequence[memoryview]]:
    """Texts that are decoded together."""
    step = max(1, TOGETHER // len(texts[0]))
    return (texts[n : n + step] for n in range(0, len(texts), step))


def _vectors_in(texts: Sequence[memoryview], length: int) -> NDArray[np.float32] | None:
    """The vectors of this *length* in *texts*, all of one size; None if one may not be such a vector."""
    import numpy as np

    padding = _padding(texts)
    if padding:
        if {bytes(text[-padding:]) for text in texts} != {b"=" * padding}:
            return None
        texts = [text[:-padding] for text in texts]
    # The texts are decoded together. Instead of padding, each gets digits for zero bits, as the unused bits must be.
    zeros = b"A" * padding
    end = length * FLOAT_BYTES
    try:
        data = b64decode(zeros.join([*texts, b""]), validate=True)
        rows = np.frombuffer(data, dtype=np.uint8).reshape(len(texts), end + padding)
    except ValueError:
        return None
    if padding and rows[:, end:].any():
        return None
    vectors = np.ascontiguousarray(rows[:, :end]).view("<f4")
    numbers = vectors.ravel()
    with np.errstate(over="ignore", invalid="ignore"):
        are_finite = float(numbers.dot(numbers)) < inf
    are_nonzero = bool(vectors[:, 0].all() or vectors.any(axis=1).all())
    return vectors if are_finite and are_nonzero else None
