"""The result of a replay: a failure of a saved report, and what became of it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from conformance.engine import NOT_ALONE, UNSTABLE, Verdict

Row = Mapping[str, Any]

NUMBERS = re.compile(r"\d+(\.\d+)?(e[+-]?\d+)?")

MAX_IDS = 6
"""Ids that a reason lists."""


class Result(StrEnum):
    """What became of a failure."""

    SAME = "still fails, with the same result"
    DIFFERENT = "still fails, with a different result"
    FIXED = "does not fail any more"
    UNJUDGED = "could not be judged"


@dataclass(frozen=True)
class Attempt:
    """One way to send the requests of a requirement again.

    ``how`` says what was sent, ``requests`` counts the requests of the attempt. ``row`` is the requirement as in a
    report. ``shown`` is the exchange of the request that had failed, as an entry of ``evidence``, if it was sent.
    ``also_failed`` are the ids of other requirements that failed in the attempt, and may have the same cause.
    """

    how: str
    requests: int
    row: Row
    shown: Mapping[str, Any] | None = None
    also_failed: Sequence[str] = ()

    @property
    def failed(self) -> bool:
        """Whether the requirement failed."""
        return bool(self.row["verdict"] == Verdict.FAIL)


@dataclass(frozen=True)
class Replayed:
    """A failure and the attempts to see it again. ``problem`` is the reason if there could be no attempt."""

    then: Row
    attempts: Sequence[Attempt] = field(default=())
    problem: str = ""

    @property
    def last(self) -> Attempt | None:
        """The attempt that decided."""
        return self.attempts[-1] if self.attempts else None

    @property
    def result(self) -> Result:
        """What became of the failure, by the last attempt."""
        if self.last is None:
            return Result.UNJUDGED
        if self.last.failed:
            return Result.SAME if is_same(self.then, self.last.row) else Result.DIFFERENT
        passed = self.last.row["verdict"] == Verdict.PASS
        doubtful = self.has_unknown_condition or self.last.also_failed
        return Result.FIXED if passed and not doubtful else Result.UNJUDGED

    @property
    def has_unknown_condition(self) -> bool:
        """Whether the saved run did not find the condition under which it fails."""
        return condition_of(self.then).startswith((UNSTABLE, NOT_ALONE.sentence))

    @property
    def reason(self) -> str:
        """Why the failure could not be judged; empty if it could."""
        if self.result is not Result.UNJUDGED or self.last is None:
            return self.problem
        others = self.last.also_failed
        if others and self.last.row["verdict"] == Verdict.PASS:
            return f"it did not fail now, but other failures may have the same cause: {_listed(others)}"
        if self.last.row["verdict"] == Verdict.PASS:
            return "it did not fail now, but may fail again: the saved run did not find under which condition it fails"
        return f"{self.last.row['verdict']}: {self.last.row['reason']}"


def condition_of(row: Row) -> str:
    """The condition under which a failure came back in its own run; empty if it was not repeated."""
    evidence = row["evidence"]
    return (evidence[0].get("condition") or "") if evidence else ""


def is_same(then: Row, now: Row) -> bool:
    """Whether two failures of a requirement have the same kind of result. Numbers in it may differ."""
    if not then["evidence"] or not now["evidence"]:
        return _kind(then["reason"]) == _kind(now["reason"])
    before = {_result_of(item) for item in then["evidence"]}
    return any(_result_of(item) in before for item in now["evidence"])


def _result_of(item: Mapping[str, Any]) -> tuple[Any, ...]:
    response = item["response"]
    return _kind(item["expected"]), _kind(item["actual"]), response.get("status"), response.get("failure")


def _listed(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - MAX_IDS} more" if len(ids) > MAX_IDS else ""
    return ", ".join(ids[:MAX_IDS]) + more


def _kind(text: str) -> str:
    return NUMBERS.sub("0", text)
