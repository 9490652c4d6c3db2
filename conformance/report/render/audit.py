"""What an audit found besides verdicts, as lines of text and as the geometry of plots over time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from conformance.text import clip, counted

MAX_BARS: Final = 200
"""Bars of a plot; more hours are added up."""

Section = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Bar:
    """The exchanges of some hours, in percent of the plot, and how many failed. ``label`` is the first hour."""

    x: float
    width: float
    height: float
    label: str
    exchanges: int


@dataclass(frozen=True, slots=True)
class TimePlot:
    """Bars over time. ``first`` and ``last`` are the ends of the axis, ``most`` is the number of the highest bar."""

    id: str
    bars: tuple[Bar, ...]
    first: str
    last: str
    most: int
    total: int
    tested: int


def audit_lines(section: Section) -> Iterator[str]:
    """What was read, what was not judged, and why."""
    formats = ", ".join(f"{one['title']} ({one['records']:,})" for one in section["formats"]) or "none"
    yield f"Read {counted(section['records'], 'record')} in {counted(section['files'], 'file')}: {formats}."
    yield (
        f"Judged {counted(section['exchanges'], 'exchange')}; skipped"
        f" {counted(section['skipped'], 'record')} of other operations."
    )
    if section["first"]:
        yield f"From {section['first']} to {section['last']}."
    for one in section["unread"]:
        records = counted(one["records"], "record")
        yield f"Not judged: {records}: {clip(one['reason'])} (first: {clip(one['first'])})."
    for one in section["problems"]:
        yield f"{clip(one['file'])} was not read to its end: {clip(one['problem'])}."
    yield from map(clip, section["notes"])
    for one in section["failures"]:
        yield f"{one['id']}: {_where(one)}"


def time_plots(section: Section) -> list[TimePlot]:
    """A plot of all exchanges, and one of each failed requirement, over the same hours."""
    hours = [one["name"] for one in section["by_hour"] if one["name"]]
    if not hours:
        return []
    plots = [_plot("", hours, section, section["exchanges"], section["exchanges"])]
    plots += [_plot(one["id"], hours, one, one["exchanges"], one["tested"]) for one in section["failures"]]
    return [plot for plot in plots if plot.bars]


def _plot(id: str, hours: Sequence[str], counts: Section, total: int, tested: int) -> TimePlot:
    numbers = {one["name"]: one["exchanges"] for one in counts["by_hour"]}
    step = -(-len(hours) // MAX_BARS)
    groups = [hours[start : start + step] for start in range(0, len(hours), step)]
    sums = [sum(numbers.get(hour, 0) for hour in group) for group in groups]
    most = max(sums)
    width = 98 / len(groups)
    bars = (
        Bar(
            round(1 + number * width, 3), round(width * 0.9, 3), round(100 * value / most, 2), group[0], value
        )
        for number, (group, value) in enumerate(zip(groups, sums, strict=True))
        if value
    )
    return TimePlot(id, tuple(bars), hours[0], hours[-1], most, total, tested)


def _where(failure: Section) -> str:
    """Where the failures of a requirement are, if they are not everywhere."""
    parts = [
        f"{name} {clip(one['name'])} ({one['exchanges']:,})"
        for name in ("model", "provider", "status")
        for one in failure[f"by_{name}"][:3]
        if one["name"]
    ]
    hours = [one for one in failure["by_hour"] if one["name"]]
    if hours:
        worst = max(hours, key=lambda one: int(one["exchanges"]))
        parts.append(f"most in the hour {worst['name']} ({worst['exchanges']:,})")
    failed = f"{failure['exchanges']:,} of {counted(failure['tested'], 'exchange')} failed"
    return ": ".join([failed, ", ".join(parts)] if parts else [failed])
