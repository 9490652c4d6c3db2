"""A report for a terminal: the failures by cause, the number of verdicts by area, and one line as conclusion."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.engine import Verdict
from conformance.exit_codes import Exit
from conformance.report.model.exchange import result_as_sentence
from conformance.report.model.headline import PASSES, verdict_note, verdict_text
from conformance.report.model.hints import likely_cause
from conformance.report.model.nothing_tested import nothing_tested
from conformance.report.model.root_causes import STANDINGS, Cause, Row, first_fix, group_similar, root_causes
from conformance.report.model.tally import failure_tally, newer_requirements
from conformance.text import Line, clip, counted

from .stability import stability_lines, stability_picture
from .summary import summary_lines
from .text import (
    MAX_ON_TERMINAL,
    NOT_FAILING,
    exchange_facts,
    importance,
    more_failures,
    operation_of,
    reproduction_commands,
    requirement_head,
    target_label,
)

VERDICTS = tuple(verdict.value for verdict in Verdict)
STYLES = {
    "pass": "green",
    "fail": "bold red",
    "blocked": "red",
    "inconclusive": "yellow",
    "error": "bold magenta",
}
CONCLUSIONS = {
    "conformant": "bold green",
    "nonconformant": "bold red",
    "partial": "bold yellow",
    PASSES: "bold yellow",
}
MAX_BLOCKED = 6
"""Ids of blocked requirements that are printed with their cause."""


def overview(
    document: Mapping[str, Any], *, every: bool = False, saved: Path | None = None
) -> Iterator[Line]:
    """The JSON report as lines: failures, areas, conclusion; with *every*, each verdict first.

    *saved* is the file of the report, if there is one.
    """
    if every:
        yield from verdict_table(document)
    found = root_causes(document["requirements"])
    for group in group_similar(cause for cause in found if cause.standing == "bad"):
        yield Line("")
        yield from _failures(group)
    if known := [cause for cause in found if cause.standing == "known"]:
        yield from (Line(""), Line(NOT_FAILING, "bold"))
        for cause in known:
            yield _in_one_line(cause, cause.row["reason"])
    if picture := list(stability_picture(document)):
        yield from (Line(""), *picture)
    yield Line("")
    yield from area_table(document)
    yield Line("")
    yield from last_screen(document, saved)


def last_screen(document: Mapping[str, Any], saved: Path | None = None) -> Iterator[Line]:
    """What a report ends with: clients, causes and next steps of a failing run, then the result in a few lines."""
    if lines := list(summary_lines(document, saved)):
        yield from (*lines, Line(""))
    yield from result_lines(document)
    yield from stability_lines(document)
    if operation := operation_of(document):
        yield Line(f"Operation: {operation}")
    yield Line(
        f"{target_label(document['target'])}: {conclusion_line(document)}",
        CONCLUSIONS[verdict_text(document)],
    )
    if document["exit_code"] == Exit.NOTHING_EXERCISED:
        yield Line(nothing_tested(document))


def verdict_table(document: Mapping[str, Any]) -> Iterator[Line]:
    """The verdict on each selected requirement, one line each, by area."""
    rows = sorted(_relevant_rows(document), key=lambda row: str(row["area"]))
    width = max((len(row["id"]) for row in rows), default=0)
    area = ""
    for row in rows:
        if row["area"] != area:
            area = row["area"]
            yield from (Line(""), Line(area, "bold"))
        note = f"  {clip(row['reason'])}" if row["reason"] else ""
        text = f"  {row['verdict']:<12} {row['level']:<6} {row['id']:<{width}}{note}"
        yield Line(text.rstrip(), STYLES.get(row["verdict"], "dim") if row["standing"] != "good" else "")


def area_table(document: Mapping[str, Any]) -> Iterator[Line]:
    """The number of requirements by area and verdict."""
    counts: dict[str, Counter[str]] = {}
    for row in _relevant_rows(document):
        counts.setdefault(row["area"], Counter())[row["verdict"]] += 1
    shown = [verdict for verdict in VERDICTS if any(count[verdict] for count in counts.values())]
    total: Counter[str] = sum(counts.values(), Counter())
    width = max(map(len, [*counts, "total"]))
    yield Line("  ".join(["area".ljust(width), *(f"{verdict:>10}" for verdict in shown)]), "bold")
    for area, count in [*counts.items(), ("total", total)]:
        cells = (f"{count[verdict] or '-':>10}" for verdict in shown)
        style = "red" if count["fail"] else "bold" if area == "total" else ""
        yield Line("  ".join([area.ljust(width), *cells]), style)


def result_lines(document: Mapping[str, Any]) -> Iterator[Line]:
    """The failure to fix first, and how many requirements make the run fail; nothing for a run without failures."""
    if advice := first_fix(document):
        yield Line(advice, "bold")
    if any(row["standing"] in STANDINGS for row in document["requirements"]):
        yield Line(failure_tally(document))
    if newer := newer_requirements(document):
        yield Line(newer)


def conclusion_line(document: Mapping[str, Any]) -> str:
    """One line: the verdict, the number of requirements by verdict, the size and duration of the run."""
    counts = Counter(row["verdict"] for row in _relevant_rows(document))
    listed = ", ".join(f"{counts[verdict]} {verdict}" for verdict in VERDICTS if counts[verdict])
    requests = counted(document["requests"], "request")
    tokens = counted(document["prompt_tokens"], "prompt token")
    return (
        f"{verdict_text(document)}{verdict_note(document)}: {listed or 'nothing tested'}; {requests}, about {tokens},"
        f" {document['seconds']:.1f} s"
    )


def _failures(group: Sequence[Cause]) -> Iterator[Line]:
    first, *others = group
    yield from _failure(first)
    if others:
        similar = (
            f"The next failure may have the same cause as {first.row['id']}:"
            if len(others) == 1
            else f"The next {counted(len(others), 'failure')} may have the same cause as {first.row['id']}:"
        )
        yield from (Line(""), Line(similar, "bold"))
    for cause in others:
        yield _in_one_line(cause, result_as_sentence(cause.row["evidence"][0]))


def _in_one_line(cause: Cause, text: str) -> Line:
    blocks = f" (blocks {counted(len(cause.blocked), 'requirement')})" if cause.blocked else ""
    return Line(f"  {cause.row['id']} ({importance(cause.row)}){blocks}  {clip(text)}")


def _failure(cause: Cause) -> Iterator[Line]:
    yield from _requirement(cause.row)
    if cause.blocked:
        ids = ", ".join(row["id"] for row in cause.blocked[:MAX_BLOCKED])
        more = f", and {rest} more" if (rest := len(cause.blocked) - MAX_BLOCKED) > 0 else ""
        yield Line(f"  Blocks       {counted(len(cause.blocked), 'requirement')}: {ids}{more}", "red")
    if cause.note:
        yield Line(f"  Note         {cause.note}")


def _requirement(row: Row) -> Iterator[Line]:
    title, *rest = requirement_head(row)
    yield Line(f"{row['verdict'].upper()} {title}", STYLES.get(row["verdict"], "bold red"))
    yield from map(Line, rest)
    if not row["evidence"]:
        yield Line(f"  Reason       {clip(row['reason'])}")
        return
    first = row["evidence"][0]
    yield from map(Line, exchange_facts(first))
    if more := more_failures(row["failures"] - 1):
        yield Line(f"               {more}")
    if row["verdict"] != "fail" or row["baseline"]:
        yield Line(f"  Reason       {clip(row['reason'])}")
    if cause := likely_cause(row):
        yield Line(f"  Hint         {cause}")
    yield from map(Line, reproduction_commands(row, first, MAX_ON_TERMINAL))


def _relevant_rows(document: Mapping[str, Any]) -> Iterator[Row]:
    """The selected requirements, and the others that have a verdict: a failed prerequisite."""
    return (row for row in document["requirements"] if row["selected"] or row["verdict"] != "not-tested")
