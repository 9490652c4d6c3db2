"""Area ``state``: vectors and response times stay the same throughout the run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from conformance.checks.alone import ALONE
from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.makers import Makers
from conformance.checks.same_texts import EXPECTED
from conformance.checks.turns import Turn
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    FaultKind,
    NotObservable,
    Probe,
    ProbeResult,
    Send,
    judges_all,
    judges_each,
    send_in_sequence,
)

CANARIES = 50
"""Answers to the plainest text that are compared, at least. A run with fewer of them sends more at its end."""

REDUCED = 4
"""The same for the reduced check."""

AT_END = 5
"""Plainly valid requests that are sent alone at the end, to measure response times."""

MEASURED = AT_END + 1
"""Response times of plainly valid requests that are needed to see a growth. Each run begins with one of them."""

REPEATED = 5
"""Further requests at the end of a run with longer response times, before it fails."""

PAUSE = 0.2
"""Seconds between these, so that a target that delays responses because of its load can recover."""

RATIO = 3
"""Response times have grown if they are longer by this factor, and by GROWTH seconds."""

GROWTH = 0.05

MIDDLE_GROWTH = 0.02
"""Seconds that the growth must have reached in the middle of the run."""

CALCULATION_SECONDS = 0.3
"""Duration of a calculation that shows how much other processes slow this machine down."""


def _same_text(context: Context, requirement: Requirement) -> Check:
    """The run compares the vectors of all responses. A long run has sent the plainest text often enough already."""

    return replace(
        _repeats_text(context, requirement, CANARIES), reduced=_repeats_text(context, requirement, REDUCED)
    )


def _repeats_text(context: Context, requirement: Requirement, times: int) -> Check:
    async def procedure(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
        results = list(await send_in_sequence(send, probes))
        for number in range(1, times):
            if len(context.whole_run.canary_times) >= times:
                break
            results.append(await send(replace(context.canary, occurrence=("same text", number), after=())))
        return results

    judge = judges_each(EXPECTED)(meets_expectation)
    return Check(
        requirement,
        (context.canary,),
        judge,
        (context.authorized_by,),
        procedure=procedure,
        extra=times - 1,
        enough_canaries=times,
        observes=FaultKind.OTHER_VECTOR,
        last=Turn.WHOLE_RUN,
    )


@dataclass(frozen=True, slots=True)
class Growth:
    """The shortest times of plainly valid requests: at the start, in the middle, and at the end without others."""

    start: float
    middle: float
    end: float

    @classmethod
    def of(cls, times: Sequence[float], at_end: Sequence[float]) -> Growth:
        """Read the *times* of the run, and of those *at_end*. The shortest ones do not depend on other load."""
        third = len(times) // 3
        return cls(min(times[:third]), min(times[third : 2 * third]), min(at_end))

    def is_clear(self, slowdown: float = 1.0) -> bool:
        """Whether the times have grown for certain, also if the machine has become slower by the factor *slowdown*."""
        end = self.end / slowdown
        return (
            end - self.start >= GROWTH
            and end >= RATIO * self.start
            and self.middle - self.start >= MIDDLE_GROWTH
        )

    def __str__(self) -> str:
        parts = {"at the start": self.start, "in the middle": self.middle, "at the end": self.end}
        listed = ", ".join(f"{1000 * seconds:,.0f} ms {when}" for when, seconds in parts.items())
        return f"{listed} (the shortest times of a plainly valid request)"


def _latency(context: Context, requirement: Requirement) -> Check:
    def canary(number: int) -> Probe:
        return replace(context.canary, occurrence=("latency", number), scenario=ALONE)

    def growth(results: Sequence[ProbeResult]) -> Growth | None:
        times = [seconds for _, seconds in context.whole_run.canary_times]
        at_end = [result.exchange.seconds for result in results if result.exchange.succeeded]
        return Growth.of(times, at_end) if at_end and len(times) >= MEASURED else None

    async def procedure(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
        results = list(await send_in_sequence(send, probes))
        for number in range(AT_END, AT_END + REPEATED):
            if (found := growth(results)) is None or not found.is_clear():
                break
            await asyncio.sleep(PAUSE)
            results.append(await send(canary(number)))
        return results

    @judges_all(
        f"at the end of the run, response times below {RATIO} times those at its start, or at most {GROWTH:g} s longer"
    )
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield from filter(None, map(meets_expectation, results))
        found = growth(results)
        if found is None:
            raise NotObservable("too few plainly valid requests got a response")
        if found.is_clear():
            if not found.is_clear(_slowdown()):
                raise NotObservable(f"this machine is too busy; response times: {found}")
            yield evidence(results[-1], "response times as at the start of the run", found=str(found))

    return Check(
        requirement,
        tuple(canary(number) for number in range(AT_END)),
        judge,
        (context.authorized_by,),
        procedure=procedure,
        extra=REPEATED,
        last=Turn.WHOLE_RUN,
    )


def _slowdown() -> float:
    """The factor by which other processes slow this one down, and thus perhaps a target on the same machine."""
    begin, used = time.perf_counter(), time.thread_time()
    while time.perf_counter() - begin < CALCULATION_SECONDS:
        sum(range(1000))
    return (time.perf_counter() - begin) / max(time.thread_time() - used, 0.001)


CHECKS: Makers = {"state.latency": _latency, "state.same-text": _same_text}
