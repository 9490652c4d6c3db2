"""Compare a report with its server's baseline, and with the requirements that cannot be tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.report.model.baseline import UNEXPLAINED

Report = Mapping[str, Any]
"""A report in JSON."""


def unexpected_verdicts(report: Report, not_tested: Mapping[str, str]) -> Iterator[str]:
    """Yield the requirements of *report* whose verdicts agree neither with the baseline nor with *not_tested*.

    Each entry of both lists needs a reason, and an entry whose requirement passes is stale. A capability that is
    declared unsupported needs no entry.
    """
    for row in report["requirements"]:
        id, verdict = row["id"], row["verdict"]
        if verdict == "not-tested" and row["baseline"] is None and id in not_tested:
            continue
        if id in not_tested:
            yield f"{id}: {verdict}, but server.toml lists it under not-tested"
        elif not (_is_good(row) or _is_explained(row)):
            yield f"{id}: {verdict}: {row['reason']}"


def counts(report: Report) -> str:
    """The number of failed requirements by level, and of those with other verdicts."""
    failing = {level: found["fail"] for level, found in report["summary"].items() if found["fail"]}
    others: dict[str, int] = {}
    for found in report["summary"].values():
        for verdict, count in found.items():
            others[verdict] = others.get(verdict, 0) + count
    del others["fail"]
    shown = [f"{count} {level.upper()} fail" for level, count in failing.items()]
    return ", ".join(shown + [f"{count} {verdict}" for verdict, count in others.items() if count])


def _is_good(row: Mapping[str, Any]) -> bool:
    return row["standing"] == "good" or (row["verdict"] == "unsupported" and row["baseline"] is None)


def _is_explained(row: Mapping[str, Any]) -> bool:
    known = row["baseline"]
    return row["standing"] == "known" and known is not None and known != UNEXPLAINED
