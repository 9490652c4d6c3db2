"""Compare two reports: regressions, fixes, and newly tested requirements."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.contract.requirements.retired import current_id

Document = Mapping[str, Any]
Row = Mapping[str, Any]

KINDS = ("regression", "not judged", "no longer tested", "fix", "newly tested", "new failure", "other")
"""Kinds of change, in the order of the output."""


@dataclass(frozen=True, slots=True)
class Change:
    """A requirement whose verdict changed. *before* and *after* are its rows, or None if the report has no row."""

    kind: str
    id: str
    before: Row | None
    after: Row | None

    @property
    def verdicts(self) -> tuple[str, str]:
        """The verdicts before and after; ``absent`` without a row."""
        return _verdict(self.before), _verdict(self.after)


def compare_reports(old: Document, new: Document) -> list[Change]:
    """Return the requirements whose verdict differs between two JSON reports, sorted by kind.

    A ``regression`` passed before and now fails, or is blocked or inconclusive. ``not judged`` is now an error of the
    suite, which can hide a regression. A requirement that passed and is not tested now is not a regression, and neither
    is a failure that was not tested before.
    An id that was renamed between the versions of the suite is the same requirement.
    """
    after = {row["id"]: row for row in new["requirements"]}
    before = {row["id"] if row["id"] in after else current_id(row["id"]): row for row in old["requirements"]}
    changes = [
        Change(_kind(before.get(id), after.get(id)), id, before.get(id), after.get(id))
        for id in {**before, **after}
        if _verdict(before.get(id)) != _verdict(after.get(id))
    ]
    return sorted(changes, key=lambda change: KINDS.index(change.kind))


def run_differences(old: Document, new: Document) -> Iterator[str]:
    """Yield a sentence for each difference between the runs that makes the reports hard to compare."""
    for name, first, second in (
        ("contract", old["contract"]["sha256"], new["contract"]["sha256"]),
        ("profile", old["profile"], new["profile"]),
        ("seed", old["seed"], new["seed"]),
        ("suite version", old["suite"]["version"], new["suite"]["version"]),
    ):
        if first != second:
            yield f"the {name} differs: {first} before, {second} now"
    for document, which in ((old, "old"), (new, "new")):
        if document["interrupted"]:
            yield f"the {which} run was interrupted"


def _kind(before: Row | None, after: Row | None) -> str:
    was, now = _verdict(before), _verdict(after)
    if now == "error":
        return "not judged"
    if was == "pass":
        return "regression" if now in ("fail", "blocked", "inconclusive") else "no longer tested"
    if now == "pass":
        return "fix" if was in ("fail", "blocked", "inconclusive") else "newly tested"
    if now == "fail":
        return "new failure"
    return "other"


def _verdict(row: Row | None) -> str:
    return str(row["verdict"]) if row is not None else "absent"
