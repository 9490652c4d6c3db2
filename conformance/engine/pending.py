"""The results that a check waits for, and those that it has received."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

from .check import Probe, ProbeResult
from .outcome import Outcome

MAX_KEPT = 500
"""Results of one check that are kept until it ends. A check with more of them generates them one after the other."""


MAX_WATCHED = 60
"""Results of one check that are looked at as soon as they are known. Most faults show in the first ones."""


class Pending:
    """The result of a probe, for one check. A check can wait for it without a task of its own.

    Most results are shared by some fifty checks: a task for each of them would need many megabytes.
    """

    __slots__ = ("_probe", "_received", "_task")

    def __init__(self, probe: Probe, task: asyncio.Task[ProbeResult], received: Received) -> None:
        self._probe, self._task, self._received = probe, task, received

    def __await__(self) -> Generator[Any, Any, ProbeResult]:
        if not self._task.done():
            yield from asyncio.shield(self._task).__await__()
        return self._received.add(self, self._task.result().of(self._probe))

    @property
    def ended(self) -> ProbeResult | None:
        """The result if there is one yet."""
        task = self._task
        known = task.done() and not task.cancelled() and task.exception() is None
        return task.result().of(self._probe) if known else None


class Received:
    """What a check received: all of it is counted, and the last results are kept.

    *watch* is called with each of the first results as soon as it is known, before the check has waited for it.
    """

    def __init__(self, watch: Callable[[ProbeResult], None] | None = None) -> None:
        self._watch, self._watched = watch, 0
        self._kept: deque[ProbeResult] = deque(maxlen=MAX_KEPT)
        self._pending: dict[Pending, None] = {}
        self._tokens = 0
        self._seconds: list[float] = []

    @property
    def kept(self) -> list[ProbeResult]:
        """The last results."""
        return list(self._kept)

    @property
    def is_waiting(self) -> bool:
        """Whether the check waits for a result."""
        return bool(self._pending)

    def pending(self, probe: Probe, task: asyncio.Task[ProbeResult]) -> Pending:
        """The result of *probe*, which *task* sends. It is received when the check has waited for it."""
        pending = Pending(probe, task, self)
        self._pending[pending] = None
        if self._watch is not None and self._watched < MAX_WATCHED:
            self._watched += 1
            task.add_done_callback(lambda _: self._show(pending))
        return pending

    def _show(self, pending: Pending) -> None:
        if self._watch is not None and (result := pending.ended) is not None:
            self._watch(result)

    def add(self, pending: Pending, result: ProbeResult) -> ProbeResult:
        """Count *result*, and return it."""
        self._pending.pop(pending, None)
        self._kept.append(result)
        self._tokens += result.probe.tokens
        self._seconds.append(result.exchange.seconds)
        return result

    def add_ended(self) -> None:
        """Count the results that are known, but were not waited for yet."""
        for pending in tuple(self._pending):
            if (result := pending.ended) is not None:
                self.add(pending, result)

    def counted_in(self, outcome: Outcome, canary: ProbeResult | None) -> Outcome:
        """*outcome* with the numbers of all that was received, and of the *canary* after it."""
        seconds, tokens = tuple(self._seconds), self._tokens
        if canary is not None:
            seconds, tokens = (*seconds, canary.exchange.seconds), tokens + canary.probe.tokens
        return replace(outcome, requests=len(seconds), tokens=tokens, seconds=seconds)
