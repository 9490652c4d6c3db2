"""Root causes: the failures of a report, most severe first, each with the requirements that it blocks."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.contract import LEVELS
from conformance.text import counted

Row = Mapping[str, Any]
"""One of the ``requirements`` of a JSON report."""

STANDINGS = ("bad", "known")
"""The standings of failures, most severe first."""

VERDICTS = ("error", "fail", "inconclusive", "blocked", "unsupported", "not-tested", "pass")
"""Verdicts, most severe first. A ``pass`` with a bad standing is a stale baseline entry."""

AREAS = ("auth", "response", "meaning", "state", "request", "http", "property")
"""Areas, most severe first: accepted anonymous requests, then wrong data, then leniency."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A failed requirement and the requirements that it blocks; ``standing`` is the most severe among all of them."""

    row: Row
    blocked: tuple[Row, ...]
    standing: str

    @property
    def note(self) -> str:
        """Why the cause fails the run although its own requirement does not; empty for most."""
        if self.row["standing"] == self.standing:
            return ""
        return "The requirements that it blocks fail the run. This one alone does not."


def causes(rows: Iterable[Row]) -> list[Cause]:
    """Return the root causes among *rows*, sorted by standing, level, verdict, area, and number of blocked rows.

    Raises KeyError if the ``blocked_by`` of a row is not the id of another row.
    """
    by_id = {row["id"]: row for row in rows}
    groups: dict[str, list[Row]] = {}
    for row in by_id.values():
        if row["standing"] in STANDINGS:
            groups.setdefault(row["blocked_by"] or row["id"], []).append(row)
    found = [_cause(by_id[id], members) for id, members in groups.items()]
    return sorted(found, key=_severity)


def group_similar(found: Iterable[Cause]) -> list[list[Cause]]:
    """Group *found* by area, level, and the first exchange's expectation and result; the order is kept.

    Failures of one group probably have the same cause.
    """
    groups: dict[Hashable, list[Cause]] = {}
    for cause in found:
        groups.setdefault(_similarity(cause.row), []).append(cause)
    return list(groups.values())


def hint(document: Mapping[str, Any]) -> str:
    """A sentence that names the failure to fix first, if it blocks at least half of all failures; else empty."""
    found = causes(document["requirements"])
    widest = max(found, key=lambda cause: len(cause.blocked), default=None)
    if widest is None or 2 * len(widest.blocked) < sum(1 + len(cause.blocked) for cause in found):
        return ""
    blocked = counted(len(widest.blocked), "requirement is", "requirements are")
    return " ".join([f"Fix {widest.row['id']} first: {blocked} blocked by it.", *_advice(widest.row)])


def _cause(root: Row, members: list[Row]) -> Cause:
    blocked = sorted((row for row in members if row["id"] != root["id"]), key=_rank)
    return Cause(root, tuple(blocked), min((row["standing"] for row in members), key=STANDINGS.index))


def _severity(cause: Cause) -> tuple[int, ...]:
    failing = [row for row in (cause.row, *cause.blocked) if row["standing"] in STANDINGS]
    area = cause.row["area"]
    return (
        *min(map(_rank, failing)),
        AREAS.index(area) if area in AREAS else len(AREAS),
        -len(cause.blocked),
    )


def _rank(row: Row) -> tuple[int, int, int]:
    return STANDINGS.index(row["standing"]), LEVELS.index(row["level"]), VERDICTS.index(row["verdict"])


def _similarity(row: Row) -> Hashable:
    evidence: Sequence[Mapping[str, Any]] = row["evidence"]
    if row["verdict"] != "fail" or not evidence:
        return str(row["id"])
    response = evidence[0]["response"]
    actual = response.get("status"), response.get("failure"), evidence[0]["actual"].partition(":")[0]
    return row["area"], row["level"], evidence[0]["expected"], *actual


def _advice(row: Row) -> Iterator[str]:
    """What to check if valid credentials do not lead to a 200."""
    if row["area"] != "auth" or not row["evidence"]:
        return
    match row["evidence"][0]["response"].get("status"):
        case 401 | 403:
            yield "Check the credentials."
        case 404 | 405:
            yield "Check the base URL and the model name."
        case 400 | 422:
            yield "Check the model name."
