"""The summary of some exchanges. Summaries can be merged in any order: the result is the same."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple, TypeVar

K = TypeVar("K")

MAX_EVIDENCE: Final = 5
"""Exchanges that are kept as evidence for one requirement: the first ones."""

MAX_GROUPS: Final = 20_000
"""Groups that a summary counts; further ones are counted together."""


class Position(NamedTuple):
    """A record: the number of its piece of a file, and its number in the piece, from 1."""

    piece: int
    line: int


class Group(NamedTuple):
    """What exchanges are counted by: model, provider, HTTP status, and hour (``2030-01-31T09``); empty if unknown."""

    model: str = ""
    provider: str = ""
    status: str = ""
    hour: str = ""


OTHERS: Final = Group("(others)", "(others)", "(others)", "(others)")


class Shown(NamedTuple):
    """One exchange as evidence: what was expected and found, the bodies as a report may show them, and its status."""

    position: Position
    expected: str
    found: str
    request: str | None = None
    response: str | None = None
    status: int | None = None
    seconds: float = 0.0


@dataclass
class Failures:
    """The exchanges that violate one requirement: counts by group, first and last time, and the first exchanges."""

    groups: Counter[Group] = field(default_factory=Counter)
    first: float | None = None
    last: float | None = None
    evidence: list[Shown] = field(default_factory=list)

    @property
    def total(self) -> int:
        """The number of exchanges."""
        return self.groups.total()

    def wants(self, position: Position) -> bool:
        """Whether the exchange at *position* would be kept as evidence."""
        return len(self.evidence) < MAX_EVIDENCE or position < self.evidence[-1].position

    def add(self, group: Group, time: float | None, shown: Shown | None) -> None:
        """Add an exchange, with what is shown of it unless enough exchanges before it are."""
        self.groups[_bounded(self.groups, group)] += 1
        self.first, self.last = _least(self.first, time), _greatest(self.last, time)
        if shown is not None:
            self.evidence = heapq.nsmallest(MAX_EVIDENCE, [*self.evidence, shown])

    def merge(self, other: Failures) -> None:
        """Add the exchanges of *other*."""
        _merge(self.groups, other.groups)
        self.first, self.last = _least(self.first, other.first), _greatest(self.last, other.last)
        self.evidence = heapq.nsmallest(MAX_EVIDENCE, [*self.evidence, *other.evidence])


@dataclass
class Summary:
    """What is known about some exchanges.

    ``records``: all records, ``formats``: by format. ``skipped``: records of other operations. ``unread``: records that
    were not judged, by reason. ``groups``: judged exchanges. ``without_body``: those of them that are successes, and of
    whose response no body was recorded. ``tested``: exchanges by the ids that they show.
    ``lengths``: by scope (a hash of model, provider, URL, credentials and options) and length.
    ``answered``: requested and answered models.
    ``credentials``: the schemes that a file has recorded; ``unauthorized``: accepted sets that must be rejected.
    """

    records: int = 0
    skipped: int = 0
    formats: Counter[str] = field(default_factory=Counter)
    unread: Counter[str] = field(default_factory=Counter)
    unread_places: dict[str, Position] = field(default_factory=dict)
    groups: Counter[Group] = field(default_factory=Counter)
    first: float | None = None
    last: float | None = None
    tokens: int = 0
    without_body: int = 0
    tested: Counter[frozenset[str]] = field(default_factory=Counter)
    failures: dict[str, Failures] = field(default_factory=dict)
    lengths: dict[tuple[str, int], Failures] = field(default_factory=dict)
    answered: Counter[tuple[str, str]] = field(default_factory=Counter)
    recorded_schemes: set[tuple[int, str]] = field(default_factory=set)
    unauthorized: dict[tuple[int, frozenset[str]], Failures] = field(default_factory=dict)
    rejected: Counter[tuple[int, frozenset[str]]] = field(default_factory=Counter)

    def add_unread(self, reason: str, position: Position) -> None:
        """Count a record that was not judged."""
        self.records += 1
        self.unread[reason] += 1
        self.unread_places[reason] = min(position, self.unread_places.get(reason, position))

    def add_exchange(self, group: Group, time: float | None) -> None:
        """Count an exchange of the operation."""
        self.groups[_bounded(self.groups, group)] += 1
        self.first, self.last = _least(self.first, time), _greatest(self.last, time)

    def merge(self, other: Summary) -> None:
        """Add what *other* knows."""
        self.records += other.records
        self.skipped += other.skipped
        self.tokens += other.tokens
        self.without_body += other.without_body
        self.formats.update(other.formats)
        self.unread.update(other.unread)
        for reason, position in other.unread_places.items():
            self.unread_places[reason] = min(position, self.unread_places.get(reason, position))
        _merge(self.groups, other.groups)
        self.first, self.last = _least(self.first, other.first), _greatest(self.last, other.last)
        self.tested.update(other.tested)
        self.answered.update(other.answered)
        self.recorded_schemes |= other.recorded_schemes
        self.rejected.update(other.rejected)
        _merge_failures(self.failures, other.failures.items())
        _merge_failures(self.lengths, other.lengths.items())
        _merge_failures(self.unauthorized, other.unauthorized.items())

    def tests(self) -> Counter[str]:
        """The number of exchanges that show each requirement, by id."""
        counts: Counter[str] = Counter()
        for ids, number in self.tested.items():
            for id in ids:
                counts[id] += number
        return counts


def _merge_failures(kept: dict[K, Failures], more: Iterable[tuple[K, Failures]]) -> None:
    for key, failures in more:
        kept.setdefault(key, Failures()).merge(failures)


def _merge(kept: Counter[Group], more: Counter[Group]) -> None:
    for group, number in more.items():
        kept[_bounded(kept, group)] += number


def _bounded(groups: Counter[Group], group: Group) -> Group:
    return group if len(groups) < MAX_GROUPS or group in groups else OTHERS


def _least(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return other if other < one else one


def _greatest(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return other if one is None else one
    return other if other > one else one


def numbers_by(groups: Counter[Group], name: str) -> dict[str, int]:
    """The numbers of *groups* by one of their members."""
    counts: Counter[str] = Counter()
    for group, number in groups.items():
        counts[getattr(group, name)] += number
    return dict(sorted(counts.items()))


def numbers_by_hour(groups: Counter[Group]) -> Iterator[tuple[str, int]]:
    """The numbers of *groups* by hour, without those whose time is unknown."""
    return ((hour, number) for hour, number in numbers_by(groups, "hour").items() if hour)
