"""What is wrong in a report, worst first, each cause with the requirements that it leaves unjudged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.contract import LEVELS

Row = Mapping[str, Any]
"""One of the ``requirements`` of a report's JSON form."""

STANDINGS = ("bad", "known")
"""Those that say that something is wrong, the worst first."""

VERDICTS = ("error", "fail", "inconclusive", "blocked", "unsupported", "not-tested", "pass")
"""Verdicts, the worst first. A ``pass`` that is wrong is stale in the baseline."""


HARM = ("auth", "response", "meaning", "state", "request", "http", "property")
"""Areas, the one first whose failures harm most: strangers who are let in, then wrong data, then leniency."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A requirement, and those of the wrong ones that it blocks; ``standing`` is the worst among all of these."""

    row: Row
    blocked: tuple[Row, ...]
    standing: str


def causes(rows: Iterable[Row]) -> list[Cause]:
    """What is wrong among *rows*: what fails the run before what is known, by level, by harm, by what it blocks.

    Raises KeyError where a row is blocked by one that is not among them.
    """
    by_id = {row["id"]: row for row in rows}
    groups: dict[str, list[Row]] = {}
    for row in by_id.values():
        if row["standing"] in STANDINGS:
            groups.setdefault(row["blocked_by"] or row["id"], []).append(row)
    found = [_cause(by_id[id], members) for id, members in groups.items()]
    return sorted(found, key=_badness)


def _cause(root: Row, members: list[Row]) -> Cause:
    blocked = sorted((row for row in members if row["id"] != root["id"]), key=_rank)
    return Cause(root, tuple(blocked), min((row["standing"] for row in members), key=STANDINGS.index))


def _badness(cause: Cause) -> tuple[int, ...]:
    wrong = [row for row in (cause.row, *cause.blocked) if row["standing"] in STANDINGS]
    area = cause.row["area"]
    return (
        *min(map(_rank, wrong)),
        HARM.index(area) if area in HARM else len(HARM),
        -len(cause.blocked),
    )


def _rank(row: Row) -> tuple[int, int, int]:
    return STANDINGS.index(row["standing"]), LEVELS.index(row["level"]), VERDICTS.index(row["verdict"])
