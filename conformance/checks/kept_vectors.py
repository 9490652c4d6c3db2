"""The vectors that a run keeps. Equal vectors are kept once, and all vectors together have a limit of memory."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from weakref import WeakValueDictionary, finalize

import numpy as np
from numpy.typing import NDArray

from conformance.validation.embeddings import ResponseVectors

Kept = NDArray[np.floating[Any]]


class KeptVectors:
    """The vectors of all responses, at most *limit* bytes. Each is freed with the last response that has it.

    Most responses of a run have the vector of the same text.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._known: WeakValueDictionary[int, Kept] = WeakValueDictionary()
        self._bytes = 0

    def shared(self, vectors: ResponseVectors) -> ResponseVectors | None:
        """*vectors*, which share those that are known; None if the others do not fit."""
        new: dict[int, Kept] = {}
        kept = {place: self._equal(vector, new) for place, vector in vectors.kept.items()}
        if self._bytes + sum(vector.nbytes for vector in new.values()) > self._limit:
            return None
        for key, vector in new.items():
            self._add(key, vector)
        return replace(vectors, kept=kept)

    def _equal(self, vector: Kept, new: dict[int, Kept]) -> Kept:
        """The known or *new* vector that is equal to *vector*; else *vector*, which is then a new one."""
        key = hash(vector.tobytes())
        known = self._known.get(key)
        if known is None:
            known = new.setdefault(key, vector)
        is_equal = known.dtype == vector.dtype and np.array_equal(known, vector)
        return known if is_equal else vector

    def _add(self, key: int, vector: Kept) -> None:
        self._known[key] = vector
        self._bytes += vector.nbytes
        finalize(vector, self._free, vector.nbytes).atexit = False

    def _free(self, size: int) -> None:
        self._bytes -= size
