"""Repeats the exchanges that failed, and finds the condition under which they fail."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from conformance.http_client import Exchange

from .check import BESIDE, NothingToJudge, NotObservable, Probe, ProbeResult, Remark
from .hangs import LARGE, Hanging
from .judged import Judged
from .liveness import TargetStopped
from .outcome import Outcome
from .sender import Sender
from .transmission import OverBudget, Record

ALONE = "It failed again when it was sent alone."
NOT_ALONE = "It did not fail when it was sent alone."
AFTER_SEVERAL = "It failed again only after several other requests."
NOT_REPEATED = "It was not sent again."
UNSTABLE = "It did not fail again in"

PRECEDING = 12
"""Requests before a failed one that are repeated."""

NEIGHBORS = 8
"""Requests that are sent beside a failed one."""

RELATED = 12
"""Results of a check that are all repeated. Of a larger check, only the failed one is."""

MAX_SEARCHES = 6
"""Failed exchanges for which a condition is searched, if they do not fail alone."""

MAX_REPEATS = 150
"""Requests that are repeated alone."""


class Reproduction:
    """Repeats failed exchanges. Requirements that fail on the same probes share the repeated exchanges."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._alone: dict[object, Exchange] = {}
        self._culprits: list[Probe] = []
        self._searches = 0

    async def explain(self, outcome: Outcome, judged: Judged) -> Outcome:
        """*outcome* with the condition under which the exchange of its first evidence fails."""
        shown = next((r for r in judged.results if r.exchange is outcome.evidence[0].exchange), None)
        if shown is None:
            return outcome
        try:
            condition = await self._condition(judged, shown)
        except (TargetStopped, OverBudget, Hanging):
            condition = NOT_REPEATED
        first = replace(outcome.evidence[0], reproduction=condition)
        return replace(outcome, evidence=(first, *outcome.evidence[1:]))

    async def _condition(self, judged: Judged, shown: ProbeResult) -> str:
        results = [result for result in judged.results if not result.inconclusive]
        repeated = results if len(results) <= RELATED else [shown]
        unknown = {result.probe.key for result in repeated} - self._alone.keys()
        if len(self._alone) + len(unknown) > MAX_REPEATS or any(map(_is_costly, repeated)):
            return NOT_REPEATED
        for result in repeated:
            if result.probe.key not in self._alone:
                self._alone[result.probe.key] = await self._sender.alone(result.probe)
        comparison = Comparison(judged, {id(result): self._alone[result.probe.key] for result in repeated})
        if comparison.fails({}):
            return ALONE
        culprit = next(
            (result for result in repeated if comparison.fails({id(result): result.exchange})), shown
        )
        if self._searches >= MAX_SEARCHES:
            return NOT_ALONE
        self._searches += 1
        return await self._search(comparison, culprit)

    async def _search(self, comparison: Comparison, culprit: ProbeResult) -> str:
        before, beside = self._neighbors(culprit.probe)
        tries = 1
        for probe in (*self._culprits, *reversed(before)):
            tries += 1
            if await self._fails_after(comparison, culprit, [probe]):
                self._culprits = [probe]
                return f"It failed again only after this request: {probe.description}."
        if before and await self._fails_after(comparison, culprit, before):
            return AFTER_SEVERAL
        if beside and await self._fails_beside(comparison, culprit, beside):
            return BESIDE
        return f"{UNSTABLE} {tries + 2} tries. The target is unstable."

    async def _fails_after(
        self, comparison: Comparison, culprit: ProbeResult, before: Sequence[Probe]
    ) -> bool:
        for probe in before:
            await self._sender.alone(probe)
        return comparison.fails({id(culprit): await self._sender.alone(culprit.probe)})

    async def _fails_beside(
        self, comparison: Comparison, culprit: ProbeResult, others: Sequence[Probe]
    ) -> bool:
        half = len(others) // 2
        sending = (self._sender.send(probe) for probe in (*others[:half], culprit.probe, *others[half:]))
        exchanges = await asyncio.gather(*sending)
        return comparison.fails({id(culprit): exchanges[half]})

    def _neighbors(self, probe: Probe) -> tuple[Sequence[Probe], Sequence[Probe]]:
        """The requests before *probe*, the newest last, and those that were in flight together with it."""
        history = list(self._sender.transmission.history)
        place = next((n for n, record in enumerate(history) if record.probe.key == probe.key), None)
        if place is None:
            return (), ()
        own = history[place]
        before = [r.probe for r in history[:place] if _is_cheap(r) and not _is_slow(r)][-PRECEDING:]
        beside = [r.probe for r in history if r is not own and r.overlaps(own) and _is_cheap(r)]
        return before, beside[:NEIGHBORS]


class Comparison:
    """A check with exchanges that were repeated alone: do they fail with another exchange in one place?

    *alone* are the repeated exchanges by the identity of the result whose place they take.
    """

    def __init__(self, judged: Judged, alone: Mapping[int, Exchange]) -> None:
        self._judged, self._alone = judged, alone

    def fails(self, others: Mapping[int, Exchange]) -> bool:
        """Whether the check finds evidence with *others* in the place of exchanges that were repeated alone."""
        placed = {**self._alone, **others}
        results = [
            replace(result, exchange=placed.get(id(result), result.exchange))
            for result in self._judged.results
            if not result.inconclusive
        ]
        try:
            found = list(self._judged.check.judge(results))
        except (NothingToJudge, NotObservable, Remark):
            return False
        if len(self._alone) == len(results):
            return bool(found)
        repeated = {id(exchange) for exchange in placed.values()}
        return any(id(evidence.exchange) in repeated for evidence in found)


def _is_costly(result: ProbeResult) -> bool:
    """Whether a repeat takes long: a large request, or one with a scenario."""
    return result.probe.tokens >= LARGE or result.probe.scenario is not None


def _is_slow(record: Record) -> bool:
    """Whether the client pauses while it sends the request: it has its effect beside others, not before them."""
    return bool(record.probe.request.transport.pause)


def _is_cheap(record: Record) -> bool:
    return record.probe.tokens < LARGE and record.probe.scenario is None and not record.timed_out
