"""Repeats the exchanges that failed, and finds the condition under which they fail."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from conformance.http_client import Exchange

from .check import Evidence, NothingToJudge, NotObservable, Probe, ProbeResult
from .hangs import LARGE
from .judged import Judged
from .liveness import TargetStopped
from .outcome import Outcome, what_failed
from .sender import Sender
from .transmission import OverBudget, Record

ALONE = "it fails alone"
BESIDE = "it fails only beside other requests"
WITHOUT_REPEAT = "it was not repeated"

PRECEDING = 16
"""Requests before a failed one that are replayed."""

BESIDE_OTHERS = 8
"""Requests that are sent beside a failed one."""

MAX_SEARCHES = 8
"""Failed exchanges for which a condition is searched, if they do not fail alone."""

MAX_REPEATS = 80
"""Failed exchanges that are repeated alone."""


class Reproduction:
    """Repeats failed exchanges. Requirements that fail on the same probe share the repeated exchange."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._alone: dict[object, Exchange] = {}
        self._searches = 0

    async def explain(self, outcome: Outcome, judged: Judged) -> Outcome:
        """*outcome* with the condition under which the exchange of its first evidence fails."""
        shown = next((r for r in judged.results if r.exchange is outcome.evidence[0].exchange), None)
        if shown is None:
            return outcome
        try:
            condition = await self._condition(judged, shown)
        except (TargetStopped, OverBudget):
            condition = WITHOUT_REPEAT
        first = replace(outcome.evidence[0], reproduction=condition)
        return replace(outcome, evidence=(first, *outcome.evidence[1:]))

    async def _condition(self, judged: Judged, shown: ProbeResult) -> str:
        probe = shown.probe
        if probe.key not in self._alone:
            if len(self._alone) >= MAX_REPEATS or _is_costly(shown):
                return WITHOUT_REPEAT
            self._alone[probe.key] = await self._sender.alone(probe)
        if _fails(judged, shown, self._alone[probe.key]):
            return ALONE
        if self._searches >= MAX_SEARCHES:
            return "it does not fail alone"
        self._searches += 1
        return await self._search(judged, shown)

    async def _search(self, judged: Judged, shown: ProbeResult) -> str:
        preceding, beside = self._neighbors(shown.probe)
        tries = 1
        culprits = preceding
        while culprits:
            tries += 1
            if not await self._fails_after(judged, shown, culprits):
                break
            if len(culprits) == 1:
                return f"it fails only after {culprits[0].description}"
            half = len(culprits) // 2
            tries += 1
            later = await self._fails_after(judged, shown, culprits[half:])
            culprits = culprits[half:] if later else culprits[:half]
        if culprits is not preceding:
            return "it fails only after several other requests"
        if beside:
            tries += 1
            if await self._fails_beside(judged, shown, beside):
                return BESIDE
        return f"it did not fail again in {tries} tries: the target is unstable"

    async def _fails_after(self, judged: Judged, shown: ProbeResult, before: Sequence[Probe]) -> bool:
        for probe in before:
            await self._sender.alone(probe)
        return _fails(judged, shown, await self._sender.alone(shown.probe))

    async def _fails_beside(self, judged: Judged, shown: ProbeResult, others: Sequence[Probe]) -> bool:
        sending = (self._sender.send(probe) for probe in (*others[::2], shown.probe, *others[1::2]))
        exchanges = await asyncio.gather(*sending)
        return _fails(judged, shown, exchanges[len(others[::2])])

    def _neighbors(self, probe: Probe) -> tuple[Sequence[Probe], Sequence[Probe]]:
        """The requests before *probe*, the newest last, and those that were in flight together with it."""
        history = self._sender.transmission.history
        place = next((n for n, record in enumerate(history) if record.probe.key == probe.key), None)
        if place is None:
            return (), ()
        own = history[place]
        before = [r.probe for r in history[:place] if _is_cheap(r)][-PRECEDING:]
        beside = [r.probe for r in history if r is not own and _overlap(r, own) and _is_cheap(r)]
        return before, beside[:BESIDE_OTHERS]


def _fails(judged: Judged, shown: ProbeResult, again: Exchange) -> bool:
    """Whether the check finds evidence in the exchange *again* when it takes the place of the one that was shown."""
    results = [replace(r, exchange=again) if r is shown else r for r in judged.results if not r.inconclusive]
    try:
        found: Sequence[Evidence] = list(judged.check.judge(results))
    except (NothingToJudge, NotObservable):
        return what_failed(again) == what_failed(shown.exchange)
    return any(evidence.exchange is again for evidence in found)


def _is_costly(shown: ProbeResult) -> bool:
    """Whether a repeat takes long: a large request, or one with a scenario."""
    return shown.probe.tokens >= LARGE or shown.probe.scenario is not None


def _is_cheap(record: Record) -> bool:
    return record.probe.tokens < LARGE and record.probe.scenario is None


def _overlap(one: Record, other: Record) -> bool:
    return one.started < other.ended and other.started < one.ended
