"""What a replay found, as lines for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.report.model.exchange import shown_result
from conformance.report.model.replayed import Attempt, Replayed, Result, condition_of
from conformance.text import Line, clip, counted

from .page import bounded_line
from .text import exchange_messages, requirement_head

STYLES = {
    Result.SAME: "bold red",
    Result.DIFFERENT: "bold red",
    Result.FIXED: "bold green",
    Result.UNJUDGED: "bold yellow",
}


def replayed_lines(replayed: Sequence[Replayed]) -> Iterator[Line]:
    """Each failure with its result, its exchange, and what was tried; then the number of each result."""
    for one in replayed:
        yield from _replayed(one)
        yield Line("")
    counts = Counter(one.result for one in replayed)
    if len(replayed) > 1:
        listed = "; ".join(f"{counts[result]} {result.value}" for result in Result if counts[result])
        yield Line(f"{counted(len(replayed), 'failure')}: {listed}.", "bold")


def _replayed(one: Replayed) -> Iterator[Line]:
    title, *rest = requirement_head(one.then)
    yield Line(f"{title}: {one.result}", STYLES[one.result])
    yield from map(Line, rest)
    if one.reason:
        yield Line(f"  Because      {clip(one.reason)}")
    for number, attempt in enumerate(one.attempts):
        label = "" if number else "Sent again"
        yield Line(
            f"  {label:<12} {attempt.how} ({counted(attempt.requests, 'request')}): {_outcome(attempt)}"
        )
    yield from map(Line, _evidence(one))


def _outcome(attempt: Attempt) -> str:
    return "failed" if attempt.failed else str(attempt.row["verdict"])


def _evidence(one: Replayed) -> Iterator[str]:
    """The failure in the report, and the exchange now, or that of the report if there is none now."""
    then = one.then["evidence"][0] if one.then["evidence"] else None
    now = _exchange_now(one)
    shown = now or then
    if shown is None:
        yield f"  Then         {clip(one.then['reason'])}"
        return
    yield f"  Request      {bounded_line(shown['probe'])}"
    if then is not None:
        yield f"  Then         expected {bounded_line(then['expected'])}; result: {clip(shown_result(then))}"
        if condition := condition_of(one.then):
            yield f"               {bounded_line(condition)}"
    if now is not None:
        yield f"  Now          {_found(now)}"
    yield from exchange_messages(shown)


def _found(item: Mapping[str, Any]) -> str:
    expected = f"expected {bounded_line(item['expected'])}; result: " if item["expected"] else ""
    return f"{expected}{clip(shown_result(item))}"


def _exchange_now(one: Replayed) -> Mapping[str, Any] | None:
    """The exchange that shows the failure now; else that of the request that had failed."""
    if one.last is None:
        return None
    if one.last.failed and one.last.row["evidence"]:
        return dict(one.last.row["evidence"][0])
    return next((attempt.shown for attempt in reversed(one.attempts) if attempt.shown), None)
