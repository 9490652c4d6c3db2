"""A report held against what is known of its server: the baseline's reasons, and what cannot be tested on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.report.model.baseline import UNEXPLAINED

Report = Mapping[str, Any]
"""As ``--json`` writes it."""


def unexpected_verdicts(report: Report, not_tested: Mapping[str, str]) -> Iterator[str]:
    """Requirements of *report* that are not as the baseline says with a reason, or *not_tested* with one.

    What passes all the same is stale in either list; a capability declared unsupported needs no entry.
    """
    for row in report["requirements"]:
        id, verdict = row["id"], row["verdict"]
        if verdict == "not-tested" and row["baseline"] is None and id in not_tested:
            continue
        if id in not_tested:
            yield f"{id}: {verdict}, though it is listed as one that cannot be tested here"
        elif not (_stands(row) or _is_explained(row)):
            yield f"{id}: {verdict}: {row['reason']}"


def counts(report: Report) -> str:
    """How many requirements fail, by level, and how many have the other verdicts."""
    failing = {level: found["fail"] for level, found in report["summary"].items() if found["fail"]}
    others: dict[str, int] = {}
    for found in report["summary"].values():
        for verdict, count in found.items():
            others[verdict] = others.get(verdict, 0) + count
    del others["fail"]
    shown = [f"{count} {level.upper()} fail" for level, count in failing.items()]
    return ", ".join(shown + [f"{count} {verdict}" for verdict, count in others.items() if count])


def _stands(row: Mapping[str, Any]) -> bool:
    return row["standing"] == "good" or (row["verdict"] == "unsupported" and row["baseline"] is None)


def _is_explained(row: Mapping[str, Any]) -> bool:
    known = row["baseline"]
    return row["standing"] == "known" and known is not None and known != UNEXPLAINED
