"""The batches of texts, and the samples that stand for all texts: the same for a recording and a comparison."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

BATCH = 32
"""Texts in a batch."""

SOME = 23
"""Texts that stand for all. A prime number: with two or three replicas in turn, repetitions reach different ones."""

FEW = 12
"""Texts of a quick check."""

LEAST_LENGTH = 16
"""Shorter vectors are not shortened."""

T = TypeVar("T")


def batches_of(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """*items* in batches of *size*; the last one may be smaller."""
    return [items[start : start + size] for start in range(0, len(items), size)]


def evenly_spread(items: Sequence[T], count: int = SOME) -> list[T]:
    """At most *count* of the *items*, at equal distances."""
    if len(items) <= count:
        return list(items)
    return [items[place * len(items) // count] for place in range(count)]


def shortened_length(length: int) -> int | None:
    """The length that is requested of vectors with *length* numbers: half of it; None if they are too short."""
    return length // 2 if length >= LEAST_LENGTH else None
