"""The geometry of a report's two pictures: the sets of credentials, and the latency by area."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor, log10
from string import ascii_uppercase
from typing import Any

MOST_SCHEMES = 8
"""Up to 2^8 sets can be told apart in a picture; of more, those that went wrong are listed."""

FEW_SCHEMES = 6
"""Up to 8 columns fit on the narrowest screens with cells of full size."""

SHORTEST = 1e-5
"""Seconds: nothing shorter is told apart on a logarithmic scale."""

LARGE_SPREAD = 50
"""From this ratio of longest to shortest on, a linear scale would press most boxes to its beginning."""


@dataclass(frozen=True, slots=True)
class Label:
    """A letter that says that a scheme's header is sent, at the head of a row or column."""

    x: float
    y: float
    letter: str


@dataclass(frozen=True, slots=True)
class Cell:
    """One set of credentials; ``entry`` is as in the report, ``wrong`` whether it differs from what is expected."""

    x: int
    y: int
    entry: Mapping[str, Any]
    wrong: bool


@dataclass(frozen=True, slots=True)
class Matrix:
    """All sets as a grid, in units of the picture: neighbours differ in one credential (Karnaugh, 1953)."""

    width: int
    height: int
    side: int
    labels: tuple[Label, ...]
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Box:
    """The latency of one area, in per cent of the axis."""

    entry: Mapping[str, Any]
    minimum: float
    lower_quartile: float
    median: float
    upper_quartile: float
    p95: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Plot:
    """Box plots over one axis; ``ticks`` are pairs of a place in per cent and seconds as text."""

    logarithmic: bool
    ticks: tuple[tuple[float, str], ...]
    boxes: tuple[Box, ...]


def is_wrong(entry: Mapping[str, Any]) -> bool:
    """Whether a set of credentials was tested, and found otherwise than expected."""
    return entry["found"] not in (None, entry["expected"])


def letters(schemes: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """A letter for the name of each of *schemes*, of which there are at most MOST_SCHEMES."""
    return {scheme["name"]: letter for scheme, letter in zip(schemes, ascii_uppercase, strict=False)}


def matrix(credentials: Mapping[str, Any]) -> Matrix | None:
    """The grid of all sets of *credentials*, as in the report; None where there are too many to draw."""
    names = letters(credentials["schemes"])
    if len(credentials["schemes"]) > MOST_SCHEMES:
        return None
    half = (len(names) + 1) // 2
    below, across = list(names)[:half], list(names)[half:]
    side, step = (32, 18) if len(names) <= FEW_SCHEMES else (20, 14)
    left, top = step * len(below), step * len(across)
    rows, columns = _gray(below), _gray(across)
    entries = {frozenset(entry["schemes"]): entry for entry in credentials["sets"]}
    cells = (
        Cell(left + column * side, top + row * side, entry, is_wrong(entry))
        for row, down in enumerate(rows)
        for column, right in enumerate(columns)
        for entry in (entries[down | right],)
    )
    beside = (
        Label(step * (i + 0.5), top + side * (row + 0.5), names[name])
        for row, sent in enumerate(rows)
        for i, name in enumerate(below)
        if name in sent
    )
    above = (
        Label(left + side * (column + 0.5), step * (i + 0.5), names[name])
        for column, sent in enumerate(columns)
        for i, name in enumerate(across)
        if name in sent
    )
    size = left + side * len(columns), top + side * len(rows)
    return Matrix(*size, side, (*beside, *above), tuple(cells))


def plot(latency: Sequence[Mapping[str, Any]]) -> Plot | None:
    """The box plots of *latency*, as in the report; None where no answer was timed."""
    if not latency:
        return None
    shortest: float = max(min(entry["minimum"] for entry in latency), SHORTEST)
    longest: float = max(*(entry["maximum"] for entry in latency), shortest)
    logarithmic = longest >= LARGE_SPREAD * shortest

    def place(seconds: float) -> float:
        if not logarithmic:
            part = seconds / longest
        else:
            part = log10(max(seconds, shortest) / shortest) / log10(longest / shortest)
        return round(1 + 98 * part, 2)

    parts = ("minimum", "lower_quartile", "median", "upper_quartile", "p95", "maximum")
    marks = _decades(shortest, longest) if logarithmic else _steps(longest)
    return Plot(
        logarithmic,
        tuple((place(mark), seconds_text(mark)) for mark in marks),
        tuple(Box(entry, *(place(entry[part]) for part in parts)) for entry in latency),
    )


def seconds_text(seconds: float) -> str:
    """*seconds* to the microsecond, without an exponent."""
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def _gray(names: Sequence[str]) -> list[frozenset[str]]:
    """All subsets of *names*, each different from the one before it in one name (reflected binary code)."""
    codes = (number ^ number >> 1 for number in range(2 ** len(names)))
    return [frozenset(name for i, name in enumerate(names) if code >> i & 1) for code in codes]


def _decades(shortest: float, longest: float) -> Iterator[float]:
    for exponent in range(floor(log10(shortest)), floor(log10(longest)) + 1):
        if 10.0**exponent >= shortest:
            yield 10.0**exponent


def _steps(longest: float) -> Iterator[float]:
    """Round numbers from 0 to *longest*, six at most."""
    decade = 10.0 ** floor(log10(longest))
    step = next(decade * factor for factor in (0.2, 0.5, 1, 2) if longest < decade * factor * 6)
    yield from (step * number for number in range(int(longest / step) + 1))
