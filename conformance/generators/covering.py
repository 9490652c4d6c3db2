"""Covering arrays: few rows, in which each two choices of different factors occur together at least once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a factor. The usual choice of a factor has no label: it explains no failure."""

    factor: str
    label: str
    value: Any = field(compare=False)


Row = Mapping[str, Choice]
"""One choice for each factor."""

Factors = Mapping[str, Sequence[Choice]]


def covering_rows(
    factors: Factors, is_allowed: Callable[[Sequence[Choice]], bool] = lambda chosen: True
) -> list[Row]:
    """Return rows that cover each pair of choices that is allowed; the same rows each time.

    *is_allowed* judges some choices of different factors. If it allows a set, it must allow each subset of it, and the
    set together with the first choice of each other factor.
    """
    uncovered = {
        pair: None
        for one, other in combinations(factors, 2)
        for pair in product(factors[one], factors[other])
        if is_allowed(pair)
    }
    rows: list[Row] = []
    while uncovered:
        row = _row(factors, next(iter(uncovered)), uncovered, is_allowed)
        for pair in combinations(row.values(), 2):
            uncovered.pop(pair, None)
        rows.append(row)
    return rows


def _row(
    factors: Factors,
    first: Sequence[Choice],
    uncovered: Collection[Sequence[Choice]],
    is_allowed: Callable[[Sequence[Choice]], bool],
) -> Row:
    """A row with the pair *first*, and with the choices that cover the most pairs with those before them."""
    place = {factor: number for number, factor in enumerate(factors)}
    chosen = {choice.factor: choice for choice in first}

    def gain(choice: Choice) -> int:
        pairs = (
            (choice, other) if place[choice.factor] < place[other.factor] else (other, choice)
            for other in chosen.values()
        )
        return sum(pair in uncovered for pair in pairs)

    for factor in factors:
        if factor not in chosen:
            allowed = [c for c in factors[factor] if is_allowed([*chosen.values(), c])]
            chosen[factor] = max(allowed, key=gain)
    return {factor: chosen[factor] for factor in factors}


def without(factors: Factors, removed: Iterable[Choice]) -> Factors:
    """Return *factors* without the choices that are *removed*."""
    gone = set(removed)
    return {name: [choice for choice in choices if choice not in gone] for name, choices in factors.items()}
