"""Find the vectors of a response that are certainly valid: only finite numbers, at least one of them not 0."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, inf
from typing import Any

from .base64_vectors import nonzero_length
from .long_array import LongArray

ARRAY = (list, tuple)


def nonzero_lengths(embeddings: Sequence[Any]) -> list[int | None]:
    """The length of each of *embeddings* that is such a vector, as an array or in base64. None for all others."""
    if str not in set(map(type, embeddings)):
        return list(map(_length, embeddings))
    import numpy as np

    with np.errstate(over="ignore", invalid="ignore"):
        return list(map(_length, embeddings))


def _length(embedding: Any) -> int | None:
    if isinstance(embedding, LongArray):
        return len(embedding) if embedding.non_finite is None and not embedding.is_zero else None
    if isinstance(embedding, str):
        return nonzero_length(embedding)
    if isinstance(embedding, ARRAY):
        try:
            return len(embedding) if 0 < hypot(*embedding) < inf else None
        except (TypeError, OverflowError):
            pass
    return None
