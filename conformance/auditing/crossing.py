"""Compare exchanges with one another: the same text must get the same vector, and the same token count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.text import counted

from . import rules as ids
from .observations import Rows, estimated_cosine, vectors_differ
from .summary import Failures, Group, Position, Shown

Differ = Callable[[Any, Any], NDArray[np.bool_]]


@dataclass
class Compared:
    """The result of a comparison: the number of vectors or counts that each id was tested with, and the failures."""

    tested: dict[str, int] = field(default_factory=dict)
    failures: dict[str, Failures] = field(default_factory=dict)


class Comparison:
    """Compares rows with the same hash. *groups* gives the group of a row, *place* the name of its place."""

    def __init__(self, groups: Callable[[Any], Group], place: Callable[[Position], str]) -> None:
        self._groups, self._place = groups, place
        self.found = Compared()

    def vectors(self, parts: Iterable[Rows]) -> None:
        """Compare vectors: in one encoding, and in both."""
        self._compare(parts, vectors_differ, (ids.SAME_TEXT, ids.SAME_IN_ENCODINGS), self._vector)

    def counts(self, parts: Iterable[Rows]) -> None:
        """Compare token counts: in one encoding, and in both."""
        self._compare(parts, _counts_differ, (ids.SAME_COUNT, ids.SAME_COUNT_IN_ENCODINGS), self._count)

    def _compare(
        self,
        parts: Iterable[Rows],
        differ: Differ,
        names: tuple[str, str],
        describe: Callable[[Any, Any], tuple[str, str]],
    ) -> None:
        same, both = names
        for part in parts:
            rows = part[np.lexsort((part["line"], part["piece"], part["low"], part["high"]))]
            first = _first_of_each(rows)
            self._count_tested(rows, first, same, both)
            differing = differ(rows[first], rows)
            for start in np.unique(first[differing]):
                end = int(np.searchsorted(first, start, side="right"))
                for id, row, usual in _deviating(rows[start:end], differ, same, both):
                    self._fail(id, row, describe(row, usual))

    def _count_tested(self, rows: Rows, first: NDArray[np.int64], same: str, both: str) -> None:
        sizes = np.bincount(first, minlength=len(rows))
        texts = np.bincount(first, weights=rows["is_text"], minlength=len(rows)).astype(np.int64)
        others = sizes - texts
        tested = self.found.tested
        in_one = int(texts[texts > 1].sum() + others[others > 1].sum())
        in_both = int(sizes[(texts > 0) & (others > 0)].sum())
        tested[same] = tested.get(same, 0) + in_one
        tested[both] = tested.get(both, 0) + in_both

    def _fail(self, id: str, row: Any, finding: tuple[str, str]) -> None:
        failures = self.found.failures.setdefault(id, Failures())
        position, time = Position(int(row["piece"]), int(row["line"])), float(row["time"])
        shown = Shown(position, *finding) if failures.wants(position) else None
        failures.add(self._groups(row), time if time >= 0 else None, shown)

    def _vector(self, row: Any, usual: Any) -> tuple[str, str]:
        expected = f"the vector that the same text gets at {self._at(usual)}"
        return expected, f"a cosine similarity of about {estimated_cosine(row, usual):.2f}"

    def _count(self, row: Any, usual: Any) -> tuple[str, str]:
        expected = f"{counted(int(usual['tokens']), 'token')}, as for the same request at {self._at(usual)}"
        return expected, f"{int(row['tokens']):,}"

    def _at(self, row: Any) -> str:
        return self._place(Position(int(row["piece"]), int(row["line"])))


def _first_of_each(rows: Rows) -> NDArray[np.int64]:
    """For each of *rows*, which are sorted by hash, the number of the first row with its hash."""
    is_first = np.ones(len(rows), np.bool_)
    is_first[1:] = (rows["high"][1:] != rows["high"][:-1]) | (rows["low"][1:] != rows["low"][:-1])
    return np.maximum.accumulate(np.where(is_first, np.arange(len(rows)), 0))


def _deviating(rows: Rows, differ: Differ, same: str, both: str) -> Iterator[tuple[str, Any, Any]]:
    """Those of *rows*, all with one hash, that differ from most others, with one of these: id, row, and that one.

    If all rows of an encoding differ from those of the other, the encodings are not equal.
    """
    usual = _usual(rows, differ)
    is_other = differ(rows[usual], rows)
    encodings = {*rows["is_text"][~is_other].tolist()}
    for row in rows[is_other]:
        yield (same if int(row["is_text"]) in encodings else both), row, rows[usual]


def _usual(rows: Rows, differ: Differ) -> int:
    """The number of the first row to which most are equal."""
    waiting = np.arange(len(rows))
    best, most = 0, 0
    while len(waiting) > most:
        equal = ~differ(rows[waiting[0]], rows[waiting])
        equal[0] = True  # a vector that is not a number differs from itself
        if (number := int(equal.sum())) > most:
            best, most = int(waiting[0]), number
        waiting = waiting[~equal]
    return best


def _counts_differ(one: Any, other: Any) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = np.asarray(one["tokens"] != other["tokens"])
    return found


def compare_lengths(found: Mapping[tuple[str, int], Failures]) -> Compared:
    """Compare the lengths of the vectors of each model: all must have the one that most have."""
    compared = Compared({ids.CONSTANT_LENGTH: sum(one.total for one in found.values())})
    scopes: dict[str, dict[int, Failures]] = {}
    for (scope, length), one in found.items():
        scopes.setdefault(scope, {})[length] = one
    for by_length in scopes.values():
        usual = max(by_length, key=lambda length: (by_length[length].total, -length))
        for length, one in by_length.items():
            if length != usual:
                expected = f"{counted(usual, 'number')}, as most vectors of the model have"
                evidence = [shown._replace(expected=expected) for shown in one.evidence]
                failures = compared.failures.setdefault(ids.CONSTANT_LENGTH, Failures())
                failures.merge(Failures(one.groups, one.first, one.last, evidence))
    return compared


def hour_of(time: float) -> str:
    """The hour of a time in seconds, as groups have it; empty for one that is not known."""
    return "" if time < 0 else datetime.fromtimestamp(time, UTC).strftime("%Y-%m-%dT%H")
