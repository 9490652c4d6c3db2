"""Read the vectors of responses, and compare vectors.

Real models are not bit-deterministic: batching, hardware and 16-bit arithmetic change the vector of a text slightly.
Measured on bfloat16, two vectors of one text have a cosine above 0.9999. The vector of another text, or of a text mixed
with the padding of its neighbor in a batch, has a cosine far below 0.99.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .base64_vectors import Base64Problem, decode_base64
from .semantic_rules import count_inputs
from .strict_json import parse

Vector = NDArray[np.float64]

SAME = 0.99
"""The least cosine of two vectors that count as vectors of the same text."""

IDENTICAL = 1e-5
"""The greatest distance from 1 of the cosine of two vectors that count as identical."""

NORM = 0.02
"""The greatest relative difference of norms that rounding explains."""


def first_embedding(response: bytes) -> object:
    """The first embedding of a *response* body as it was sent, or None without one."""
    match parse(response).value:
        case {"data": [{"embedding": embedding}, *_]}:
            return embedding
    return None


def cosine(one: Vector, other: Vector) -> float:
    """The cosine of the angle between two vectors; 0 if their lengths differ or one is zero."""
    if one.shape != other.shape:
        return 0.0
    norms = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / norms if norms else 0.0


def same(one: Vector, other: Vector) -> bool:
    """Whether two vectors are vectors of the same text, within the tolerances SAME and NORM."""
    return cosine(one, other) >= SAME and _norm_difference(one, other) <= NORM


def identical(one: Vector, other: Vector) -> bool:
    """Whether two vectors have the same direction, within the tolerance IDENTICAL."""
    return 1 - cosine(one, other) <= IDENTICAL


def describe_difference(one: Vector, other: Vector) -> str:
    """The difference between two vectors, in words: of their lengths, their norms, or their directions."""
    if one.shape != other.shape:
        return f"{one.size} and {other.size} numbers"
    if _norm_difference(one, other) > NORM:
        return f"norms of {np.linalg.norm(one):.4f} and {np.linalg.norm(other):.4f}"
    return f"a cosine similarity of {cosine(one, other):.6f}"


def _norm_difference(one: Vector, other: Vector) -> float:
    first, second = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    return abs(first - second) / max(first, second, 1e-12)


def vectors_of(response: bytes, request: bytes) -> list[Vector] | None:
    """The vectors of the *response* body in the order of the inputs of the *request* body, shape (dimensions,) each.

    None if they cannot be compared: the response needs one vector for each input, all of one length, with finite
    numbers that are not all zero.
    """
    try:
        data = parse(response).value["data"]  # type: ignore[index]  # a TypeError is caught
        placed = {item["index"]: _vector(item["embedding"]) for item in data}
        found = [placed[place] for place in range(len(data))]
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    complete = len(data) == count_inputs(json.loads(request)["input"])
    return found if complete and len({vector.size for vector in found}) == 1 else None


def _vector(embedding: Any) -> Vector:
    """The vector of *embedding*. Raises ValueError if it cannot be compared."""
    if isinstance(embedding, str):
        decoded = decode_base64(embedding)
        if isinstance(decoded, Base64Problem):
            raise ValueError(decoded.expected)
        with np.errstate(invalid="ignore"):
            vector = decoded.astype(np.float64)
    else:
        if not set(map(type, embedding)) <= {int, float}:
            raise ValueError("an item is not a number")
        vector = np.asarray(embedding, dtype=np.float64)
    if not (vector.any() and np.isfinite(vector).all()):
        raise ValueError("the vector is zero or not finite")
    return vector
