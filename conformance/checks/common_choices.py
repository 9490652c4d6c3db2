"""What failing combinations have in common, and passing ones do not have."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations

from conformance.engine import THE_SERVER
from conformance.generators.covering import Row

MAX_CAUSE = 3
"""Choices that are named together as the cause of a failure."""

MAX_OR = 2
"""Choices of one factor that are named as alternatives."""

MAX_CAUSES = 2
"""Causes that are named if more than one explains the failures."""


def cause_of(failed: Iterable[Row], passed: Iterable[Row]) -> str:
    """The fewest choices that all *failed* rows have and no *passed* row has, as a sentence about the server.

    Up to MAX_OR choices of one factor count as one. Without such choices: the choice that all failed rows have and only
    few passed rows have, or nothing.
    """
    failing, passing = list(failed), list(passed)
    terms = list(_common(failing))
    for size in range(1, MAX_CAUSE + 1):
        causes = [chosen for chosen in combinations(terms, size) if not _matching(passing, chosen)]
        if causes:
            fewest = sorted(causes, key=lambda chosen: sum(len(labels) for _, labels in chosen))
            return f"{THE_SERVER}fails only with {', or with '.join(map(_in_words, fewest[:MAX_CAUSES]))}"
    rare = min(((term,) for term in terms), key=lambda chosen: _matching(passing, chosen), default=())
    return (
        f"{THE_SERVER}fails mostly with {_in_words(rare)}"
        if rare and 2 * _matching(passing, rare) <= len(failing)
        else ""
    )


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
