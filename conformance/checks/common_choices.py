"""Find the choices that all failed combinations contain, and that no passed combination contains."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from conformance.engine import THE_SERVER
from conformance.generators.covering import Choice, Factors, Row

MAX_CAUSE = 3
"""Choices that are named together as the cause of a failure."""

MAX_OR = 2
"""Choices of one factor that are named as alternatives."""

MAX_NARROWED = 10
"""Causes of which each is tried by itself, if more than one explains the failures."""

MAX_CAUSES = 2
"""Causes that are named if more than one explains the failures."""


@dataclass(frozen=True, slots=True)
class Term:
    """A part of a cause: a choice of *factor* with one of *labels*, or one of *group*."""

    factor: str
    labels: tuple[str, ...]
    group: str = ""

    def matches(self, row: Row) -> bool:
        """Whether *row* has such a choice."""
        return self.factor in row and self.is_one(row[self.factor])

    def is_one(self, choice: Choice) -> bool:
        """Whether *choice*, of this factor, is such a choice."""
        return choice.group == self.group if self.group else choice.label in self.labels

    def __str__(self) -> str:
        return self.group or " or ".join(self.labels)


Cause = tuple[Term, ...]


def cause_of(failed: Iterable[Row], passed: Iterable[Row]) -> str:
    """The fewest choices that all *failed* rows have and no *passed* row has, as a sentence about the server.

    Up to MAX_OR choices of one factor, and all choices of a group, count as one. Without such choices: the choice that
    all failed rows have and only few passed rows have, or nothing.
    """
    failing, passing = list(failed), list(passed)
    if causes := causes_of(failing, passing):
        return f"{THE_SERVER}fails only with {', or with '.join(map(_in_words, causes[:MAX_CAUSES]))}"
    rare = min(
        ((term,) for term in _common(failing)), key=lambda chosen: _matching(passing, chosen), default=()
    )
    return (
        f"{THE_SERVER}fails mostly with {_in_words(rare)}"
        if rare and 2 * _matching(passing, rare) <= len(failing)
        else ""
    )


def causes_of(failing: Sequence[Row], passing: Sequence[Row]) -> list[Cause]:
    """Each smallest set of choices that all *failing* rows have and no *passing* row has."""
    terms = list(_common(failing))
    for size in range(1, MAX_CAUSE + 1):
        causes = [chosen for chosen in combinations(terms, size) if not _matching(passing, chosen)]
        if causes:
            return sorted(causes, key=lambda chosen: sum(len(term.labels) for term in chosen))
    return []


def narrowing_rows(failing: Sequence[Row], passing: Sequence[Row], factors: Factors) -> list[Row]:
    """Rows that tell which of several causes is the right one: each has one of them, and is usual otherwise."""
    causes = causes_of(failing, passing)
    if len(causes) < 2:
        return []
    usual = {factor: choices[0] for factor, choices in factors.items()}
    return [
        {**usual, **{term.factor: next(filter(term.is_one, factors[term.factor])) for term in cause}}
        for cause in causes[:MAX_NARROWED]
    ]


def _common(rows: Sequence[Row]) -> Iterator[Term]:
    """Each factor for which all *rows* have a choice with a label: these labels, or the group of all of them."""
    for factor in rows[0] if rows else ():
        choices = [row.get(factor) for row in rows]
        labels = tuple(dict.fromkeys(choice.label if choice else "" for choice in choices))
        groups = {choice.group if choice else "" for choice in choices}
        if all(labels) and len(labels) <= MAX_OR:
            yield Term(factor, labels)
        elif len(groups) == 1 and all(groups):
            yield Term(factor, labels[:1], *groups)


def _matching(rows: Iterable[Row], terms: Sequence[Term]) -> int:
    """The number of *rows* that have a choice of each of the *terms*."""
    return sum(all(term.matches(row) for term in terms) for row in rows)


def _in_words(terms: Iterable[Term]) -> str:
    return " and ".join(map(str, terms))
