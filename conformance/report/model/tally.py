"""The result of a run in one or two sentences: the failures that make the run fail, and the others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.contract import LEVELS
from conformance.exit_codes import Exit
from conformance.text import counted

from .root_causes import VERDICTS, Row

PREDICATES: Mapping[str, tuple[str, str]] = {
    "error": ("has an internal error of the suite", "have an internal error of the suite"),
    "fail": ("failed", "failed"),
    "inconclusive": ("is inconclusive", "are inconclusive"),
    "blocked": ("is blocked", "are blocked"),
    "unsupported": ("has an expired baseline entry", "have an expired baseline entry"),
    "not-tested": ("has an expired baseline entry", "have an expired baseline entry"),
    "pass": ("has a stale baseline entry", "have a stale baseline entry"),
}
"""What a verdict means for a requirement that is not met, for one requirement and for several."""


def failure_tally(document: Mapping[str, Any]) -> str:
    """``The run fails: 38 MUSTs failed, 13 MUSTs are blocked. Without effect on the exit code: 12 SHOULDs failed.``"""
    rows = document["requirements"]
    bad = [row for row in rows if row["standing"] == "bad"]
    known = [row for row in rows if row["standing"] == "known"]
    start = "So far" if document["exit_code"] == Exit.INTERRUPTED else "The run fails"
    sentences = [f"{start}: {_counts(bad)}." if bad else "No failure makes the run fail."]
    if below := [row for row in known if row["baseline"] is None]:
        sentences.append(f"Without effect on the exit code: {_counts(below)}.")
    if listed := [row for row in known if row["baseline"] is not None]:
        sentences.append(f"Known failures in the baseline: {_counts(listed)}.")
    return " ".join(sentences)


def newer_requirements(document: Mapping[str, Any]) -> str:
    """The requirements that the option catalogue leaves without effect; empty without any."""
    catalogue = document.get("catalogue", {})
    if not (newer := catalogue.get("newer")):
        return ""
    failed = {row["id"] for row in document["requirements"] if row["verdict"] == "fail"}
    shown = ", ".join(f"{id} (failed)" if id in failed else id for id in newer)
    verb = "is" if len(newer) == 1 else "are"
    return (
        f"{counted(len(newer), 'requirement')} {verb} newer than your catalogue, without effect on the exit code:"
        f" {shown}. To include them, set catalogue to {catalogue['version']}."
    )


def _counts(rows: Iterable[Row]) -> str:
    counts = Counter((row["level"], row["verdict"]) for row in rows)
    return ", ".join(
        f"{counted(number, level.upper())} {PREDICATES[verdict][number > 1]}"
        for level in LEVELS
        for verdict in VERDICTS
        if (number := counts[level, verdict])
    )
