"""Read the vectors of responses, and compare vectors.

Real models are not bit-deterministic: batching, hardware and 16-bit arithmetic change the vector of a text slightly.
Measured on bfloat16, two vectors of one text have a cosine above 0.9999. The vector of another text, or of a text mixed
with the padding of its neighbor in a batch, has a cosine far below 0.99.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from conformance.contract.roles import Roles

from .base64_vectors import Base64Problem, decode_base64
from .large_json import large_value
from .long_array import LongArray
from .semantic_rules import count_inputs

Vector = NDArray[np.float64]

SAME = 0.99
"""The least cosine of two vectors that count as vectors of the same text."""

IDENTICAL = 1e-5
"""The greatest distance from 1 of the cosine of two vectors that count as identical."""

NORM = 0.02
"""The greatest relative difference of norms that rounding explains."""


SINGLE_PRECISION = 1e-30
"""The least absolute value for which float32 is precise enough for all tolerances here."""

MAX_LENGTH = 2**20
"""Numbers in a vector. A longer one is not compared."""


def first_embedding(response: bytes, roles: Roles) -> object:
    """The first embedding of a *response* body as it was sent, or None without one."""
    return embedding_in(large_value(response), roles)


def embedding_in(response: object, roles: Roles) -> object:
    """The first embedding of a parsed *response* as it was sent, or None without one."""
    items = roles.items_of(response)
    return roles.vector_of(next(iter(items))) if items else None


def cosine(one: Vector, other: Vector) -> float:
    """The cosine of the angle between two vectors; 0 if their lengths differ or one is zero."""
    if one.shape != other.shape:
        return 0.0
    norms = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / norms if norms else 0.0


def same_vector(one: Vector, other: Vector) -> bool:
    """Whether two vectors are vectors of the same text, within the tolerances SAME and NORM."""
    return cosine(one, other) >= SAME and _norm_difference(one, other) <= NORM


def identical_vectors(one: Vector, other: Vector) -> bool:
    """Whether two vectors have the same direction, within the tolerance IDENTICAL."""
    return 1 - cosine(one, other) <= IDENTICAL


def describe_difference(one: Vector, other: Vector) -> str:
    """The difference between two vectors, in words: of their lengths, their norms, or their directions."""
    if one.shape != other.shape:
        half = ": half as many" if 2 * one.size == other.size else ""
        twice = ": twice as many" if one.size == 2 * other.size else ""
        return f"vectors of {one.size:,} and {other.size:,} numbers{half}{twice}"
    if _norm_difference(one, other) > NORM:
        return f"norms of {np.linalg.norm(one):.4f} and {np.linalg.norm(other):.4f}"
    return f"a cosine similarity of {cosine(one, other):.6f}"


def _norm_difference(one: Vector, other: Vector) -> float:
    first, second = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    return abs(first - second) / max(first, second, 1e-12)


@dataclass(frozen=True, slots=True, eq=False)
class ResponseVectors(Sequence[Vector]):
    """The vectors of a response, in the order of the inputs, each of shape (size,).

    Only the vectors at some places are kept, as float32 where that is precise enough. ``digests`` has a digest of each
    vector: equal ones belong to equal vectors.
    """

    length: int
    size: int
    kept: Mapping[int, NDArray[np.floating[Any]]]
    digests: Sequence[int] = ()

    def __len__(self) -> int:
        return self.length

    @overload
    def __getitem__(self, place: int) -> Vector: ...
    @overload
    def __getitem__(self, place: slice) -> list[Vector]: ...
    def __getitem__(self, place: int | slice) -> Vector | list[Vector]:
        """The vector at *place*. Raises LookupError if it is not kept."""
        if isinstance(place, slice):
            return [self[n] for n in range(self.length)[place]]
        return self.kept[range(self.length)[place]].astype(np.float64)

    def __iter__(self) -> Iterator[Vector]:
        return (self[place] for place in range(self.length))


def vectors_in(
    response: object, inputs: int | None, wanted: Container[int], roles: Roles
) -> ResponseVectors | None:
    """The vectors of a parsed *response* to a request with so many *inputs*; those at *wanted* places are kept.

    Without right indices, they are in the order of the list. None if they cannot be compared: the response needs one
    vector for each input, all of one length, with finite numbers that are not all zero.
    """
    try:
        ordered = _in_order(response, roles)
        kept, sizes, digests = {}, set(), array("q")
        for place, embedding in enumerate(ordered):
            if place in wanted or not isinstance(embedding, LongArray):
                vector = _vector(embedding)
                sizes.add(vector.size)
                if place in wanted:
                    kept[place] = _compact(vector)
            else:
                _require_comparable(embedding)
                sizes.add(len(embedding))
            digests.append(embedding.digest if isinstance(embedding, LongArray) else hash(vector.tobytes()))
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    if len(ordered) != inputs or len(sizes) != 1:
        return None
    return ResponseVectors(len(ordered), sizes.pop(), kept, digests)


def _in_order(response: object, roles: Roles) -> list[Any]:
    """The vectors of *response* as they were sent, by their indices. Raises TypeError without them.

    If the indices are wrong, the vectors are in the order of the list: many clients ignore the indices.
    """
    items = roles.items_of(response)
    if items is None or roles.vector is None:
        raise TypeError("there is no list of vectors")
    try:
        return roles.in_order(items)
    except (KeyError, TypeError):
        return roles.vectors_of(items)


def numbers_in(
    response: object, roles: Roles, most: int = MAX_LENGTH
) -> list[NDArray[np.float32] | None] | None:
    """The vectors of a parsed *response* in the order of the inputs, as they are: also zero, NaN and infinity.

    None in the place of a vector that cannot be read, or has more than *most* numbers; None without a list of vectors.
    """
    try:
        ordered = _in_order(response, roles)
    except (KeyError, TypeError, ValueError):
        return None
    return [_numbers(embedding, most) for embedding in ordered]


def _numbers(embedding: Any, most: int) -> NDArray[np.float32] | None:
    if isinstance(embedding, str):
        decoded = decode_base64(embedding) if len(embedding) <= 6 * most else None
        return decoded if isinstance(decoded, np.ndarray) and decoded.size <= most else None
    if not isinstance(embedding, list) or not 0 < len(embedding) <= most:
        return None
    types = embedding.types if isinstance(embedding, LongArray) else set(map(type, embedding))
    if not types <= {int, float}:
        return None
    with np.errstate(over="ignore"):
        return _array(embedding).astype(np.float32)


def vectors_of(response: bytes, request: bytes, roles: Roles) -> list[Vector] | None:
    """The vectors of the *response* body in the order of the inputs of the *request* body, shape (dimensions,) each.

    None if they cannot be compared, as by ``vectors_in``.
    """
    inputs = count_inputs(roles.texts_of(json.loads(request)))
    found = vectors_in(large_value(response), inputs, range(inputs or 0), roles)
    return None if found is None else list(found)


def _vector(embedding: Any) -> Vector:
    """The vector of *embedding*. Raises ValueError if it cannot be compared."""
    if isinstance(embedding, str):
        decoded = decode_base64(embedding)
        if isinstance(decoded, Base64Problem):
            raise ValueError(decoded.expected)
        with np.errstate(invalid="ignore"):
            vector = decoded.astype(np.float64)
    elif isinstance(embedding, LongArray):
        _require_comparable(embedding)
        vector = _array(embedding)
    else:
        if not set(map(type, embedding)) <= {int, float}:
            raise ValueError("an item is not a number")
        vector = _array(embedding)
    if not (vector.any() and np.isfinite(vector).all()):
        raise ValueError("the vector is zero or not finite")
    return vector


def _array(embedding: list[Any]) -> Vector:
    """The numbers of *embedding*, shape (size,)."""
    if not isinstance(embedding, LongArray):
        return np.asarray(embedding, dtype=np.float64)
    numbers = embedding.numbers()
    pieces = embedding.pieces() if numbers is None else (numbers,)
    return np.concatenate([np.asarray(piece, dtype=np.float64) for piece in pieces])


def _require_comparable(embedding: LongArray) -> None:
    if not embedding.types <= {int, float} or len(embedding) > MAX_LENGTH:
        raise ValueError("an item is not a number, or there are too many")
    if embedding.is_zero or embedding.non_finite is not None:
        raise ValueError("the vector is zero or not finite")


def _compact(vector: Vector) -> NDArray[np.floating[Any]]:
    """*vector* as float32, unless that changes more of it than the tolerances allow."""
    with np.errstate(over="ignore", under="ignore"):
        small = vector.astype(np.float32)
    return small if np.isfinite(small).all() and np.abs(small).max() > SINGLE_PRECISION else vector
