"""A whole report for a terminal: the failures by cause, the areas, and one line that concludes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from conformance.engine import Verdict
from conformance.report.model.alike import alike, hint
from conformance.report.model.root_causes import Cause, Row, causes

from .text import clip, exchanges, head, target_named, visible

VERDICTS = tuple(verdict.value for verdict in Verdict)
STYLES = {
    "pass": "green",
    "fail": "bold red",
    "blocked": "red",
    "inconclusive": "yellow",
    "error": "bold magenta",
}
CONCLUSIONS = {"conformant": "bold green", "nonconformant": "bold red", "partial": "bold yellow"}
MOST_BLOCKED = 6
"""Ids of blocked requirements that are named beside their cause."""


class Line(NamedTuple):
    """A line of text, and how it is coloured where colours are shown."""

    text: str
    style: str = ""


def overview(document: Mapping[str, Any], *, every: bool = False) -> Iterator[Line]:
    """The report: failures, known failures in a line each, areas, conclusion; with *every*, a line for each verdict."""
    if every:
        yield from table(document)
    found = causes(document["requirements"])
    for group in alike(cause for cause in found if cause.standing == "bad"):
        yield Line("")
        yield from _failures(group)
    if known := [cause for cause in found if cause.standing == "known"]:
        yield from (Line(""), Line("Known, or below the level that fails", "bold"))
        for cause in known:
            row, more = cause.row, f" (blocks {len(cause.blocked)} more)" if cause.blocked else ""
            yield Line(f"  {row['id']} ({row['level'].upper()}){more}  {clip(row['reason'])}")
    yield Line("")
    yield from areas(document)
    yield Line("")
    if look_first := hint(document):
        yield Line(look_first, "bold")
    yield Line(
        f"{target_named(document['target'])}: {conclusion(document)}", CONCLUSIONS[document["verdict"]]
    )


def table(document: Mapping[str, Any]) -> Iterator[Line]:
    """The verdict on each selected requirement, a line each, by area."""
    rows = sorted(_told(document), key=lambda row: str(row["area"]))
    width = max((len(row["id"]) for row in rows), default=0)
    area = ""
    for row in rows:
        if row["area"] != area:
            area = row["area"]
            yield from (Line(""), Line(area, "bold"))
        note = f"  {clip(row['reason'])}" if row["reason"] else ""
        text = f"  {row['verdict']:<12} {row['level']:<6} {row['id']:<{width}}{note}"
        yield Line(text.rstrip(), STYLES.get(row["verdict"], "dim") if row["standing"] != "good" else "")


def areas(document: Mapping[str, Any]) -> Iterator[Line]:
    """How many requirements of each area have which verdict."""
    counts: dict[str, Counter[str]] = {}
    for row in _told(document):
        counts.setdefault(row["area"], Counter())[row["verdict"]] += 1
    shown = [verdict for verdict in VERDICTS if any(count[verdict] for count in counts.values())]
    total: Counter[str] = sum(counts.values(), Counter())
    width = max(map(len, [*counts, "total"]))
    yield Line("  ".join(["area".ljust(width), *(f"{verdict:>10}" for verdict in shown)]), "bold")
    for area, count in [*counts.items(), ("total", total)]:
        cells = (f"{count[verdict] or '-':>10}" for verdict in shown)
        style = "red" if count["fail"] else "bold" if area == "total" else ""
        yield Line("  ".join([area.ljust(width), *cells]), style)


def conclusion(document: Mapping[str, Any]) -> str:
    """One line: verdict, counts, size and time of the run."""
    counts = Counter(row["verdict"] for row in _told(document))
    listed = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    cut_short = " (interrupted)" if document["interrupted"] else ""
    return (
        f"{document['verdict']}{cut_short}: {listed or 'nothing tested'}; {document['requests']} requests,"
        f" about {document['prompt_tokens']:,} prompt tokens, {document['seconds']:.1f} s"
    )


def _failures(group: Sequence[Cause]) -> Iterator[Line]:
    first, *others = group
    yield from _failure(first)
    if others:
        yield from (Line(""), Line(f"The same came for {len(others)} more; the cause may be one:", "bold"))
    for cause in others:
        yield Line("")
        yield from _failure(cause)


def _failure(cause: Cause) -> Iterator[Line]:
    yield from _member(cause.row)
    if cause.blocked:
        ids = ", ".join(row["id"] for row in cause.blocked[:MOST_BLOCKED])
        more = f", and {rest} more" if (rest := len(cause.blocked) - MOST_BLOCKED) > 0 else ""
        yield Line(f"  Blocked by it ({len(cause.blocked)}): {ids}{more}", "red")


def _member(row: Row) -> Iterator[Line]:
    title, *rest = head(row)
    yield Line(f"{row['verdict'].upper()} {title}", STYLES.get(row["verdict"], "bold red"))
    yield from map(Line, rest)
    if not row["evidence"]:
        yield Line(f"  Reason       {clip(row['reason'])}")
        return
    first = row["evidence"][0]
    yield Line(f"  Expected     {visible(first['expected'])} ({visible(first['probe'])})")
    yield Line(f"  Actual       {clip(first['actual'])}")
    if row["failures"] > 1:
        yield Line(f"               and {exchanges(row['failures'] - 1)} more of the kind")
    if row["verdict"] != "fail" or row["baseline"]:
        yield Line(f"  Reason       {clip(row['reason'])}")
    yield Line(f"  Reproduce    {visible(first['curl'])}")


def _told(document: Mapping[str, Any]) -> Iterator[Row]:
    """The rows that say something: those that were asked for, and what fails although it was not."""
    return (row for row in document["requirements"] if row["selected"] or row["verdict"] != "not-tested")
