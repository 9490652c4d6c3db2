"""Covering arrays: few rows, in which each two choices of different factors occur together at least once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations, product
from typing import Any

MAX_CAUSE = 3
"""Choices that are named together as the cause of a failure."""

MAX_OR = 2
"""Choices of one factor that are named as alternatives."""

MAX_CAUSES = 2
"""Causes that are named if more than one explains the failures."""


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
    order = list(factors)
    chosen = {choice.factor: choice for choice in first}

    def gain(choice: Choice) -> int:
        pairs = (
            (choice, other) if order.index(choice.factor) < order.index(other.factor) else (other, choice)
            for other in chosen.values()
        )
        return sum(pair in uncovered for pair in pairs)

    for factor in order:
        if factor not in chosen:
            allowed = [c for c in factors[factor] if is_allowed([*chosen.values(), c])]
            chosen[factor] = max(allowed, key=gain)
    return {factor: chosen[factor] for factor in order}


def without(factors: Factors, removed: Iterable[Choice]) -> Factors:
    """Return *factors* without the choices that are *removed*."""
    gone = set(removed)
    return {name: [choice for choice in choices if choice not in gone] for name, choices in factors.items()}


def cause_of(failed: Iterable[Row], passed: Iterable[Row]) -> str:
    """The fewest choices that all *failed* rows have and no *passed* row has, in words.

    Up to MAX_OR choices of one factor count as one. Without such choices: the choice that all failed rows have and only
    few passed rows have, or nothing.
    """
    failing, passing = list(failed), list(passed)
    terms = list(_common(failing))
    for size in range(1, MAX_CAUSE + 1):
        causes = [chosen for chosen in combinations(terms, size) if not _matching(passing, chosen)]
        if causes:
            fewest = sorted(causes, key=lambda chosen: sum(len(labels) for _, labels in chosen))
            return f"only with {', or with '.join(map(_in_words, fewest[:MAX_CAUSES]))}"
    rare = min(((term,) for term in terms), key=lambda chosen: _matching(passing, chosen), default=())
    return f"mostly with {_in_words(rare)}" if rare and 2 * _matching(passing, rare) <= len(failing) else ""


Term = tuple[str, tuple[str, ...]]
"""A factor, and the labels of some of its choices."""


def _common(rows: Sequence[Row]) -> Iterator[Term]:
    """Each factor for which all *rows* have a choice with a label, and these labels."""
    for factor in rows[0] if rows else ():
        labels = tuple(dict.fromkeys(row[factor].label if factor in row else "" for row in rows))
        if all(labels) and len(labels) <= MAX_OR:
            yield factor, labels


def _matching(rows: Iterable[Row], terms: Sequence[Term]) -> int:
    """The number of *rows* that have a choice of each of the *terms*."""
    return sum(all(f in row and row[f].label in labels for f, labels in terms) for row in rows)


def _in_words(terms: Iterable[Term]) -> str:
    return " and ".join(" or ".join(labels) for _, labels in terms)
