"""The geometry of the charts in an HTML report: areas, sets of credentials, and response times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from string import ascii_uppercase
from typing import Any

MAX_SCHEMES = 8
"""A chart shows up to 2^8 sets. For more schemes, the report only lists the sets with a wrong result."""

FEW_SCHEMES = 6
"""With up to 8 columns, cells of full size fit on the narrowest screens."""

MIN_SECONDS = 1e-5
"""The lower end of a logarithmic scale."""

LARGE_SPREAD = 50
"""From this ratio of longest to shortest on, a linear scale would squeeze most boxes into its beginning."""


BARS = {"bad": 10, "known": 7, "open": 2, "good": 4}
"""The height of the bar of a requirement, by its standing, most severe first."""

BAR_HEIGHT = max(BARS.values())
BAR_WIDTH = 0.8
"""The width of a bar; each begins 1 after the one before."""


@dataclass(frozen=True, slots=True)
class Label:
    """A letter at a row or column: the header of that scheme is sent."""

    x: float
    y: float
    letter: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One set of credentials. ``entry`` is its entry in the report; ``unexpected`` is about its result."""

    x: int
    y: int
    entry: Mapping[str, Any]
    unexpected: bool


@dataclass(frozen=True, slots=True)
class CredentialChart:
    """All sets as a grid, in units of the chart: adjacent cells differ in one credential (Karnaugh, 1953)."""

    width: int
    height: int
    side: int
    labels: tuple[Label, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """The latency of one area, in percent of the axis."""

    entry: Mapping[str, Any]
    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    p95: float
    maximum: float


@dataclass(frozen=True, slots=True)
class LatencyChart:
    """Box plots over one axis. ``ticks`` are pairs of a position in percent and seconds as text."""

    logarithmic: bool
    ticks: tuple[tuple[float, str], ...]
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class SeriesChart:
    """Response times during the run: points, in percent of the axes. ``end`` and ``top`` are the ends of the axes."""

    points: tuple[tuple[float, float], ...]
    end: str
    top: str


@dataclass(frozen=True, slots=True)
class AreaBars:
    """An area as a row of bars, one for each of its *rows*, those that make the run fail first.

    ``counts`` has the number of rows by verdict. ``paths`` has the bars of each standing as a path of SVG, in a box of
    the size ``total`` x BAR_HEIGHT. The height of a bar shows its standing without its color.
    """

    rows: Sequence[Mapping[str, Any]]
    counts: Mapping[str, int]
    paths: Mapping[str, str]

    @property
    def total(self) -> int:
        """The number of bars."""
        return len(self.rows)


def area_bars(rows: Iterable[Mapping[str, Any]]) -> dict[str, AreaBars]:
    """The bars of each area in the ``requirements`` of a JSON report, in the catalogue's order."""
    areas: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        areas.setdefault(row["area"], []).append(row)
    return {
        area: AreaBars(some, Counter(row["verdict"] for row in some), _bars(some))
        for area, some in areas.items()
    }


def _bars(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    standings = sorted((row["standing"] for row in rows), key=list(BARS).index)
    paths: dict[str, str] = {}
    for x, standing in enumerate(standings):
        height = BARS[standing]
        bar = f"M{x} {BAR_HEIGHT - height}h{BAR_WIDTH}v{height}h-{BAR_WIDTH}z"
        paths[standing] = paths.get(standing, "") + bar
    return paths


def is_unexpected(entry: Mapping[str, Any]) -> bool:
    """Whether a set of credentials was tested with an unexpected result."""
    return entry["found"] not in (None, entry["expected"])


def scheme_letters(schemes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """A letter for the name of each of *schemes*, up to MAX_SCHEMES of them."""
    return {scheme["name"]: letter for scheme, letter in zip(schemes, ascii_uppercase, strict=False)}


def given_credentials(credentials: Mapping[str, Any]) -> dict[str, Any]:
    """``credentials`` of a JSON report, with the given ones only: those of a tested set that must be accepted.

    The suite sends made-up values for the others, in sets that must be rejected.
    """
    names = {
        name
        for entry in credentials["sets"]
        if entry["expected"] == "accepted" and entry["found"] is not None
        for name in entry["schemes"]
    }
    return {
        "schemes": [scheme for scheme in credentials["schemes"] if scheme["name"] in names],
        "sets": [entry for entry in credentials["sets"] if names.issuperset(entry["schemes"])],
    }


def credential_chart(credentials: Mapping[str, Any]) -> CredentialChart | None:
    """The chart of ``credentials`` in a JSON report; None for more than MAX_SCHEMES schemes, or without all sets."""
    names = scheme_letters(credentials["schemes"])
    if len(credentials["schemes"]) > MAX_SCHEMES or len(credentials["sets"]) < 2 ** len(names):
        return None
    half = (len(names) + 1) // 2
    row_names, column_names = list(names)[:half], list(names)[half:]
    side, step = (32, 18) if len(names) <= FEW_SCHEMES else (20, 14)
    left, top = step * len(row_names), step * len(column_names)
    rows, columns = _gray_code(row_names), _gray_code(column_names)
    entries = {frozenset(entry["schemes"]): entry for entry in credentials["sets"]}
    cells = (
        Cell(left + column * side, top + row * side, entry, is_unexpected(entry))
        for row, sent_by_row in enumerate(rows)
        for column, sent_by_column in enumerate(columns)
        for entry in (entries[sent_by_row | sent_by_column],)
    )
    row_labels = (
        Label(step * (i + 0.5), top + side * (row + 0.5), names[name])
        for row, sent in enumerate(rows)
        for i, name in enumerate(row_names)
        if name in sent
    )
    column_labels = (
        Label(left + side * (column + 0.5), step * (i + 0.5), names[name])
        for column, sent in enumerate(columns)
        for i, name in enumerate(column_names)
        if name in sent
    )
    size = left + side * len(columns), top + side * len(rows)
    return CredentialChart(*size, side, (*row_labels, *column_labels), tuple(cells))


def latency_chart(latency: Sequence[Mapping[str, Any]]) -> LatencyChart | None:
    """The chart of ``latency`` in a JSON report; None without a measured response."""
    if not latency:
        return None
    shortest: float = max(min(entry["minimum"] for entry in latency), MIN_SECONDS)
    longest: float = max(*(entry["maximum"] for entry in latency), shortest)
    logarithmic = longest >= LARGE_SPREAD * shortest

    def position(seconds: float) -> float:
        if not logarithmic:
            part = seconds / longest
        else:
            part = log10(max(seconds, shortest) / shortest) / log10(longest / shortest)
        return round(1 + 98 * part, 2)

    parts = ("minimum", "lower_quartile", "median", "upper_quartile", "p95", "maximum")
    marks = _decades(shortest, longest) if logarithmic else _steps(longest)
    return LatencyChart(
        logarithmic,
        tuple((position(mark), seconds_text(mark)) for mark in marks),
        tuple(Box(entry, *(position(entry[part]) for part in parts)) for entry in latency),
    )


def series_chart(canaries: Sequence[Mapping[str, float]]) -> SeriesChart | None:
    """The chart of ``canaries`` in a JSON report; None with fewer than two."""
    if len(canaries) < 2:
        return None
    end = max(max(one["after"] for one in canaries), MIN_SECONDS)
    top = max(max(one["seconds"] for one in canaries), MIN_SECONDS)
    points = (
        (round(1 + 98 * one["after"] / end, 2), round(2 + 96 * (1 - one["seconds"] / top), 2))
        for one in canaries
    )
    return SeriesChart(tuple(points), seconds_text(round(end, 1)), seconds_text(round(top, 4)))


def seconds_text(seconds: float) -> str:
    """*seconds* with up to six decimals, without an exponent."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def _gray_code(names: Sequence[str]) -> list[frozenset[str]]:
    """All subsets of *names*; each differs from the previous one in one name (reflected binary code)."""
    codes = (number ^ number >> 1 for number in range(2 ** len(names)))
    return [frozenset(name for i, name in enumerate(names) if code >> i & 1) for code in codes]


def _decades(shortest: float, longest: float) -> Iterator[float]:
    for exponent in range(floor(log10(shortest)), floor(log10(longest)) + 1):
        if 10.0**exponent >= shortest:
            yield 10.0**exponent


def _steps(longest: float) -> Iterator[float]:
    """At most six round numbers from 0 to *longest*."""
    decade = 10.0 ** floor(log10(longest))
    step = next(decade * factor for factor in (0.2, 0.5, 1, 2) if longest < decade * factor * 6)
    yield from (step * number for number in range(int(longest / step) + 1))
