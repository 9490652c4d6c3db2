"""Find out whether vectors have a reduced precision: few levels (quantized), or 16 bits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .observation import Numbers

MAX_LEVELS = 300
"""Levels of a quantized number: 8 bits have 256."""

MOST = 0.9
"""The share of vectors that must have few levels, or 16 bits."""

TOLERANCE = 0.02
"""The greatest distance of a number from a level, in steps."""

SOME = 64
"""Vectors that are examined."""

LEAST = 32
"""Shorter vectors have few levels by chance."""


def levels_of(vectors: Sequence[Numbers]) -> int | None:
    """The number of levels of most *vectors*; None if they are not quantized."""
    found = [_levels(vector) for vector in vectors[:SOME]]
    known = sorted(levels for levels in found if levels is not None)
    if not known or len(known) < MOST * len(found):
        return None
    return known[len(known) // 2]


def _levels(vector: Numbers) -> int | None:
    """The number of levels of a vector: all its numbers are at equal steps from the least one."""
    if vector.size < LEAST or not np.isfinite(vector).all():
        return None
    numbers = vector.astype(np.float64)
    above = np.unique(numbers - numbers.min())
    smallest = float(np.abs(numbers).max()) * 1e-6
    gaps = np.diff(above)
    gaps = gaps[gaps > smallest]
    if not gaps.size:
        return 1
    span = float(above[-1])
    if span / float(gaps.min()) > MAX_LEVELS:
        return None
    rough = float(gaps.min())
    step = span / round(span / rough)
    places = above / step
    if np.abs(places - np.round(places)).max() > TOLERANCE:
        return None
    return round(span / step) + 1


def half_format(vectors: Sequence[Numbers]) -> str:
    """The name of the 16-bit format that has the numbers of most *vectors*; empty if none has."""
    for name, is_rounded in (("bfloat16", _is_bfloat16), ("float16", _is_float16)):
        flags = [is_rounded(vector) for vector in vectors[:SOME]]
        if flags and sum(flags) >= MOST * len(flags):
            return name
    return ""


def _is_bfloat16(vector: Numbers) -> bool:
    return not (vector.view(np.uint32) & 0xFFFF).any()


def _is_float16(vector: Numbers) -> bool:
    with np.errstate(over="ignore"):
        return bool((vector.astype(np.float16).astype(np.float32) == vector).all())
