"""Distances between two vectors: of their directions, and of their norms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from .observation import Numbers

NOTATION = 1e-6
"""The greatest difference of numbers, relative to the largest one, that the notation of a float32 explains."""

ROUNDING = 1e-12
"""The least distance that is not a rounding error of this computation."""

LARGEST = 1e15
"""The greatest absolute value of a number in a recorded vector. Squares of larger ones may exceed float32."""


def double_precision(vector: Numbers) -> NDArray[np.float64]:
    """*vector* in double precision, shape (length,)."""
    with np.errstate(invalid="ignore"):  # for a signaling NaN
        return vector.astype(np.float64)


def cosine_distance(one: Numbers, other: Numbers) -> float:
    """1 minus the cosine of two vectors: from 0 to 2; 2 if their lengths differ, or one cannot be compared."""
    if np.array_equal(one, other):
        return 0.0
    if one.shape != other.shape or not (np.isfinite(one).all() and np.isfinite(other).all()):
        return 2.0
    first, second = double_precision(one), double_precision(other)
    norms = float(np.linalg.norm(first) * np.linalg.norm(second))
    if not norms > 0:
        return 2.0
    # The distance of the directions is precise also where the cosine is 1 but for the last digits.
    apart = first / np.linalg.norm(first) - second / np.linalg.norm(second)
    found = float(apart @ apart) / 2
    return found if found > ROUNDING else 0.0


def norm_difference(one: Numbers, other: Numbers) -> float:
    """The relative difference of the norms of two vectors, from 0 to 1."""
    if np.array_equal(one, other):
        return 0.0
    first, second = (
        float(np.linalg.norm(double_precision(one))),
        float(np.linalg.norm(double_precision(other))),
    )
    if not (np.isfinite(first) and np.isfinite(second) and max(first, second) > 0):
        return 1.0
    found = abs(first - second) / max(first, second)
    return found if found > ROUNDING else 0.0


def is_equal(one: Numbers, other: Numbers) -> bool:
    """Whether two vectors have the same numbers, but for their notation."""
    if one.shape != other.shape or np.array_equal(one, other):
        return one.shape == other.shape
    largest = float(np.abs(double_precision(one)).max(initial=0.0))
    with np.errstate(invalid="ignore"):
        return bool((np.abs(double_precision(one) - double_precision(other)) <= NOTATION * largest).all())


def can_be_recorded(vector: Numbers) -> bool:
    """Whether other vectors can be compared with *vector*: it is finite, not zero, and not too large."""
    return (
        bool((np.abs(vector) < LARGEST).all())
        and float(np.linalg.norm(double_precision(vector))) > 1 / LARGEST
    )
