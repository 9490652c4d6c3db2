"""Two reports side by side: what broke, what was mended, what is tested now."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Document = Mapping[str, Any]
Row = Mapping[str, Any]

KINDS = ("regression", "not judged", "no longer tested", "fix", "newly tested", "new failure", "other")
"""Kinds of change, in the order in which they are told."""


@dataclass(frozen=True, slots=True)
class Change:
    """A requirement with another verdict than before; *before* and *after* are its rows, None where it has none."""

    kind: str
    id: str
    before: Row | None
    after: Row | None

    @property
    def verdicts(self) -> tuple[str, str]:
        """The verdicts, before and after."""
        return _verdict(self.before), _verdict(self.after)


def compare(old: Document, new: Document) -> list[Change]:
    """The requirements whose verdict differs between two reports (in their JSON form), by kind.

    A ``regression`` passed and fails, or is blocked or inconclusive, now; what is ``not judged`` is so for an error of
    the suite itself, which may hide anything. What passed and is not tested any more is no
    regression: it says nothing; nor is a failure of what was not tested before.
    """
    before, after = ({row["id"]: row for row in document["requirements"]} for document in (old, new))
    changes = [
        Change(_kind(before.get(id), after.get(id)), id, before.get(id), after.get(id))
        for id in {**before, **after}
        if _verdict(before.get(id)) != _verdict(after.get(id))
    ]
    return sorted(changes, key=lambda change: KINDS.index(change.kind))


def differences(old: Document, new: Document) -> Iterator[str]:
    """What makes the two runs hard to compare, a sentence each."""
    for name, first, second in (
        ("contract", old["contract"]["sha256"], new["contract"]["sha256"]),
        ("profile", old["profile"], new["profile"]),
        ("seed", old["seed"], new["seed"]),
        ("version of the suite", old["suite"]["version"], new["suite"]["version"]),
    ):
        if first != second:
            yield f"the {name} is not the same: {first} and {second}"
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
