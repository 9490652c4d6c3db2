"""What is shown of a run while it goes on: its state in one line, and each failure that counts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

from conformance.engine import Outcome, Verdict
from conformance.report import Judged, Standing
from conformance.text import counted, visible

PERIOD = 10.0
"""Seconds between two lines about a run. A shorter run has none: its report says everything."""

LOG_WIDTH = 160
"""Characters of a line in a log."""

MAX_IDS = 5
"""Failed requirements that a line about a run names."""


class WatchedRun(Protocol):
    """What is shown of a run. All members are safe to call from any thread."""

    @property
    def requests(self) -> int:
        """The number of requests sent so far."""
        ...

    @property
    def planned_requests(self) -> int:
        """An estimate of all requests."""
        ...

    @property
    def selected(self) -> Sequence[str]:
        """The ids of the selected requirements."""
        ...

    def counts(self) -> Counter[Verdict]:
        """The number of selected requirements with each verdict so far."""
        ...

    def failures(self) -> Sequence[Outcome]:
        """The outcomes of the selected requirements that have failed so far."""
        ...


class LiveFailures:
    """The failures of a run that count for its exit code, each once. *redact* removes credentials."""

    def __init__(
        self, run: WatchedRun, judge: Callable[[Outcome], Judged], redact: Callable[[str], str]
    ) -> None:
        self._run, self._judge, self._redact = run, judge, redact
        self._known: set[str] = set()
        self.ids: list[str] = []

    def new(self) -> Iterator[str]:
        """A line for each failure since the last call: id, level, severity, and reason."""
        for outcome in self._run.failures():
            requirement = outcome.requirement
            if requirement.id in self._known:
                continue
            self._known.add(requirement.id)
            if self._judge(outcome).standing is Standing.BAD:
                self.ids.append(requirement.id)
                importance = f"{requirement.level.upper()}, {requirement.severity}"
                reason = visible(self._redact(outcome.reason))
                yield f"FAIL {requirement.id} ({importance})  {reason}"


class ProgressLog:
    """The progress of a run as lines of a log: one every ``PERIOD`` seconds, and each failure as soon as it is found.

    The first line comes after ``PERIOD`` seconds, with all failures until then. *clock* gives seconds.
    """

    def __init__(
        self, run: WatchedRun, failures: LiveFailures, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._run, self._failures, self._clock = run, failures, clock
        self._started = clock()
        self._due = PERIOD

    def lines(self) -> Iterator[str]:
        """The lines that are due now."""
        seconds = self._clock() - self._started
        if seconds < PERIOD:
            return
        for failure in self._failures.new():
            yield clipped_line(f"{seconds:.0f} s: {failure}", LOG_WIDTH)
        if seconds >= self._due:
            self._due = seconds + PERIOD
            yield f"{seconds:.0f} s: {self._state()}"

    def _state(self) -> str:
        counts = self._run.counts()
        if not counts:
            return f"{self._requests()}; no verdict yet"
        failed = f"{len(self._failures.ids)} failed{_named(self._failures.ids)}"
        repeats = "; the failed requests are repeated" * (counts.total() == len(self._run.selected))
        return f"{self._requests()}; requirements: {counts[Verdict.PASS]} passed, {failed}{repeats}"

    def _requests(self) -> str:
        sent, planned = self._run.requests, self._run.planned_requests
        if sent > planned:  # failed requests are sent again
            return counted(sent, "request")
        return f"{sent:,} of about {counted(planned, 'request')}"


def bar_text(run: WatchedRun) -> str:
    """The state of a run, beside its progress bar."""
    counts = run.counts()
    verdicts = ", ".join(f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict])
    return f"{verdicts or 'no verdict yet'}; request {run.requests} of {run.planned_requests}"


def clipped_line(line: str, width: int) -> str:
    """*line* in at most *width* characters."""
    return line if len(line) <= width else f"{line[: width - 3]}..."


def _named(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - MAX_IDS} more" if len(ids) > MAX_IDS else ""
    return f": {', '.join(ids[:MAX_IDS])}{more}" if ids else ""
