"""Covering arrays: few rows, in which every two choices of different factors occur together at least once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, product
from typing import Any


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a factor. The usual choice of a factor has no label: it explains no failure.

    ``group`` names several similar choices of one factor together; empty for most.
    """

    factor: str
    label: str
    value: Any = field(compare=False)
    group: str = ""


Row = Mapping[str, Choice]
"""One choice for each factor."""

Factors = Mapping[str, Sequence[Choice]]


Chosen = Sequence[Choice]


def covering_rows(
    factors: Factors,
    is_allowed: Callable[[Chosen], bool] = lambda chosen: True,
    *,
    together: tuple[str, str] | None = None,
    all_together: bool = True,
) -> list[Row]:
    """Return rows that cover each pair of choices that is allowed; the same rows each time.

    *is_allowed* judges some choices of different factors. If it allows a set, it must allow each subset of it, and the
    set together with the first choice of each other factor. Each pair of choices of the two factors *together* also
    occurs with each unusual choice of the others; without *all_together*, only as far as the rows for all pairs allow.
    """
    pairs: dict[tuple[Choice, ...], None] = {
        pair: None
        for one, other in combinations(factors, 2)
        for pair in product(factors[one], factors[other])
        if is_allowed(pair)
    }
    triples = dict.fromkeys(_triples(factors, together, is_allowed)) if together else {}
    array = _Array(factors, is_allowed, together, pairs, triples)
    rows: list[Row] = []
    while first := next(chain(pairs, triples if all_together else ()), None):
        row = array.row(first)
        array.cover(row)
        rows.append(row)
    return rows


def _triples(
    factors: Factors, together: tuple[str, str], is_allowed: Callable[[Chosen], bool]
) -> Iterator[tuple[Choice, Choice, Choice]]:
    """The allowed sets of a choice of each of two factors and an unusual one of another factor."""
    for third in (factors[name] for name in factors if name not in together):
        for chosen in product(factors[together[0]], factors[together[1]], third):
            if chosen[-1].label and is_allowed(chosen):
                yield chosen


@dataclass(frozen=True, slots=True)
class _Array:
    """What is not covered so far: pairs in the order of their factors, and triples that begin with those *together*."""

    factors: Factors
    is_allowed: Callable[[Chosen], bool]
    together: tuple[str, str] | None
    pairs: dict[tuple[Choice, ...], None]
    triples: dict[tuple[Choice, Choice, Choice], None]

    def row(self, first: Chosen) -> Row:
        """A row with the choices *first*, and with those that cover the most together with the ones before them."""
        chosen = {choice.factor: choice for choice in first}
        for factor in self.factors:
            if factor not in chosen:
                allowed = [c for c in self.factors[factor] if self.is_allowed([*chosen.values(), c])]
                chosen[factor] = max(allowed, key=lambda choice: self._gain(chosen, choice))
        return {factor: chosen[factor] for factor in self.factors}

    def cover(self, row: Row) -> None:
        """Note what *row* covers."""
        for pair in combinations(row.values(), 2):
            self.pairs.pop(pair, None)
        for triple in self._triples_of(row):
            self.triples.pop(triple, None)

    def _gain(self, chosen: Row, choice: Choice) -> tuple[int, int]:
        """The pairs, and then the triples, that *choice* covers with those that were *chosen*."""
        found = {**chosen, choice.factor: choice}
        row = {factor: found[factor] for factor in self.factors if factor in found}
        pairs = (pair for pair in combinations(row.values(), 2) if choice in pair)
        return (
            sum(pair in self.pairs for pair in pairs),
            sum(triple in self.triples for triple in self._triples_of(row) if choice in triple),
        )

    def _triples_of(self, row: Row) -> Iterator[tuple[Choice, Choice, Choice]]:
        """The triples in a row, or in the part of one."""
        if self.together is not None and {*self.together} <= row.keys():
            one, other = (row[factor] for factor in self.together)
            yield from ((one, other, row[factor]) for factor in row if factor not in self.together)


def without_choices(factors: Factors, removed: Iterable[Choice]) -> Factors:
    """Return *factors* without the choices that are *removed*."""
    gone = set(removed)
    return {name: [choice for choice in choices if choice not in gone] for name, choices in factors.items()}
