"""The token counts of large batches."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.checks.meaning.batch_sizes import BORDERS, ROUND, batch_of
from conformance.checks.response.large_batch_usage import SMALLEST, Growth

SIZES = sorted(
    {n for n in (*ROUND, *(b + more for b in BORDERS for more in (-1, 0, 1)), 517) if n >= SMALLEST}
)
TOKENS = {n: [len(text.split()) for text in batch_of(n)] for n in SIZES}
"""The tokens of each text, if each word is one."""

Count = Callable[[list[int]], float]


def wrong(count: Count) -> list[int]:
    """The sizes of the batches whose counts are wrong."""
    counts = {n: int(count(tokens)) for n, tokens in TOKENS.items()}
    growth = Growth(counts)
    return [n for n in SIZES if not growth.expected(n)[0] <= counts[n] <= growth.expected(n)[1]]


@pytest.mark.parametrize(
    "count",
    [
        sum,
        lambda tokens: sum(tokens) + 400,
        lambda tokens: sum(tokens) + 3 + 8 * len(tokens),
        lambda tokens: 4 * sum(tokens),
        len,
        lambda tokens: len(tokens) + 150,
    ],
)
def test_counts_with_any_constants_are_right(count: Count) -> None:
    assert wrong(count) == []


@pytest.mark.parametrize(
    ("count", "first"),
    [
        (lambda tokens: sum(tokens[:512]), 999),
        (lambda tokens: sum(tokens[(len(tokens) - 1) // 256 * 256 :]), 257),
        (lambda tokens: sum(tokens) / (2 if len(tokens) >= 500 else 1), 500),
        (lambda tokens: sum(tokens) * (2 if len(tokens) > 256 else 1), 257),
        (lambda tokens: sum(tokens[:40]), 48),
    ],
)
def test_counts_of_a_part_are_wrong(count: Count, first: int) -> None:
    assert wrong(count)[:1] == [first]
