"""Checks for a replay: they send some original requests only, or add requests before or during these."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace

from .check import Check, Judge, Probe, ProbeResult, Procedure, Send, send_concurrently
from .evidence import Evidence
from .hangs import LARGE, Hanging


def only_probes(check: Check, wanted: Callable[[Probe], bool]) -> Check:
    """*check* with its *wanted* probes only.

    The whole check if none is wanted, or if it judges its results together or sends them in an order of its own.
    """
    if not check.judge.of_each or check.procedure is not send_concurrently:
        return check
    probes = tuple(filter(wanted, check.probes))
    return replace(check, probes=probes, reduced=None) if probes else check


def sent_after(check: Check, others: Sequence[Probe]) -> Check:
    """*check*, whose requests follow the responses to the *others*."""

    async def procedure(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
        for other in others:
            with suppress(Hanging):
                await send(other)
        return await check.procedure(send, probes)

    return _with(check, procedure, others)


def sent_beside(check: Check, others: Sequence[Probe]) -> Check:
    """*check*, whose requests are in flight together with the *others*."""

    async def procedure(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
        half = len(others) // 2
        beside = [send(other) for other in others[:half]]
        own = asyncio.ensure_future(check.procedure(send, probes))
        await asyncio.sleep(0)  # it begins now, before the second half
        beside += [send(other) for other in others[half:]]
        results = await own
        for other in beside:
            with suppress(Hanging):
                await other
        return results

    return _with(check, procedure, others)


def recording_check(check: Check, keep: Callable[[Sequence[ProbeResult]], None]) -> Check:
    """*check*, which passes the results to *keep* whenever it judges them."""

    def find_evidence(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
        keep(results)
        return check.judge(results)

    return replace(check, judge=replace(check.judge, find_evidence=find_evidence))


def may_accompany(probe: Probe) -> bool:
    """Whether *probe* can be sent beside others: it is small, and needs no condition of its own."""
    return probe.tokens < LARGE and probe.scenario is None and probe.after is None


def _with(check: Check, procedure: Procedure, others: Sequence[Probe]) -> Check:
    """*check* with *procedure*, which sends *others* too; they are not judged."""
    foreign = {other.key for other in others} - {probe.key for probe in check.probes}

    def find_evidence(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
        return check.judge([result for result in results if result.probe.key not in foreign])

    judge = Judge(check.expected, find_evidence, check.judge.of_each)
    return replace(check, procedure=procedure, judge=judge, reduced=None)
