"""Vectors of answers, and what it means that two are the same.

Real models are not bit-deterministic: batching, hardware and 16-bit arithmetic move a vector of the same text a little.
Measured on bfloat16, the cosine of two such vectors stays above 0.9999; a vector of another text, or of a text mixed
with its neighbour's padding, falls far below 0.99.
"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import Base64Problem, decode_base64
from .semantic_rules import inputs
from .strict_json import parse

Vector = NDArray[np.float64]

SAME = 0.99
"""Cosine from which on two vectors count as those of the same text."""

IDENTICAL = 1e-5
"""Distance from 1 of a cosine within which two vectors can not be told apart."""

NORM = 0.02
"""Relative difference of norms that rounding explains."""


def first_embedding(response: bytes) -> object:
    """The first embedding of a *response* body as it was sent, or None without one."""
    match parse(response).value:
        case {"data": [{"embedding": embedding}, *_]}:
            return embedding
    return None


def cosine(one: Vector, other: Vector) -> float:
    """The cosine of the angle between two vectors; 0 where their lengths differ or one is zero."""
    if one.shape != other.shape:
        return 0.0
    norms = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(one @ other) / norms if norms else 0.0


def same(one: Vector, other: Vector) -> bool:
    """Whether two vectors are those of the same text, within the tolerances."""
    return cosine(one, other) >= SAME and _ratio(one, other) <= NORM


def identical(one: Vector, other: Vector) -> bool:
    """Whether two vectors can not be told apart."""
    return 1 - cosine(one, other) <= IDENTICAL


def compared(one: Vector, other: Vector) -> str:
    """How two vectors compare, in words."""
    if one.shape != other.shape:
        return f"{one.size} numbers beside {other.size}"
    if _ratio(one, other) > NORM:
        return f"norms of {np.linalg.norm(one):.4f} and {np.linalg.norm(other):.4f}"
    return f"a cosine of {cosine(one, other):.6f}"


def _ratio(one: Vector, other: Vector) -> float:
    first, second = float(np.linalg.norm(one)), float(np.linalg.norm(other))
    return abs(first - second) / max(first, second, 1e-12)


def vectors_of(response: bytes, request: bytes) -> list[Vector] | None:
    """The vectors of the *response* body in the order of the inputs of the *request* body, shape (dimensions,) each.

    None if they cannot be compared: the response needs one vector for each input, all of one length, with finite
    numbers that are not all zero.
    """
    try:
        data = parse(response).value["data"]  # type: ignore[index]  # a TypeError counts
        placed = {item["index"]: _vector(item["embedding"]) for item in data}
        found = [placed[place] for place in range(len(data))]
    except (ValueError, KeyError, TypeError, OverflowError):
        return None
    fits = len(data) == inputs(json.loads(request)["input"]) and len({vector.size for vector in found}) == 1
    return found if fits else None


def _vector(embedding: Any) -> Vector:
    if isinstance(embedding, str):
        decoded = decode_base64(embedding)
        if isinstance(decoded, Base64Problem):
            raise ValueError(decoded.expected)
        with np.errstate(invalid="ignore"):
            vector = decoded.astype(np.float64)
    else:
        if not set(map(type, embedding)) <= {int, float}:
            raise ValueError("not of numbers alone")
        vector = np.asarray(embedding, dtype=np.float64)
    if not (vector.any() and np.isfinite(vector).all()):
        raise ValueError("no direction")
    return vector
