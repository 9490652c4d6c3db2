"""Area ``state``: clients that disconnect do not affect the responses to others."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import evidence, header_of
from conformance.checks.makers import Makers
from conformance.checks.own_vectors import OWN_VECTOR, other_vector
from conformance.checks.turns import Turn
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    Probe,
    ProbeResult,
    Remark,
    Send,
    is_busy,
    judges_all,
    send_concurrently,
    send_in_sequence,
)
from conformance.generators.sample_texts import sample_text
from conformance.http_client import Abandon, Transport

from .concurrency import request_alone, short_texts

ROUNDS = 2
DISCONNECTS = {Abandon.IN_BODY: 5, Abandon.BEFORE_RESPONSE: 20}
"""Clients that disconnect at each moment of a request, in each round.

In two rounds, as many as a common pool of 40 threads, or 8 workers if each reads a body.
"""

SERVED = 2
"""Requests beside them in each round, which get their responses."""

TRIES, PAUSE = 3, 2.0
"""Requests after the disconnects, and the seconds between them: time for a server to notice that clients are gone."""

UNAVAILABLE = 503


def _disconnect(context: Context, requirement: Requirement) -> Check:
    texts = short_texts()[:SERVED]
    references = [request_alone(context, value) for value in texts]
    rounds = [_round(context, texts, number) for number in range(ROUNDS)]
    after = [_served(context, value, "after disconnects") for value in texts]
    free = [
        replace(_served(context, texts[0], f"after disconnects, {n}"), may_be_shed=True) for n in range(TRIES)
    ]
    served = {
        probe.key: reference
        for probes in (*(kept for kept, _ in rounds), after)
        for probe, reference in zip(probes, references, strict=True)
    }

    served |= {probe.key: references[0] for probe in free}

    async def procedure(send: Send, _: Sequence[Probe]) -> Sequence[ProbeResult]:
        results = [*await send_in_sequence(send, references)]
        for kept, abandoned in rounds:
            results += [
                r for r in await send_concurrently(send, _mixed(kept, abandoned)) if not _is_declined(r)
            ]
        results += await _until_free(send, free)
        if _is_occupied(results[-1]) or results[-1].exchange.response is None:
            return results
        return [*results, *await send_in_sequence(send, after)]

    @judges_all(f"for each client that stays connected, {OWN_VECTOR}")
    def judge(results: Sequence[ProbeResult]) -> Sequence[Evidence]:
        by_key = {result.probe.key: result for result in results}
        found = [
            evidence(result, "a response after all clients have disconnected")
            for result in results
            if result.probe.key == free[-1].key and _is_occupied(result)
        ]
        for key, reference in served.items():
            if key in by_key and reference.key in by_key and not _was_shed(by_key[key]):
                other = other_vector(context.answers, by_key[key], by_key[reference.key])
                found += [other] if other else []
        if not found and by_key.keys().isdisjoint(probe.key for kept, _ in rounds for probe in kept):
            raise Remark(
                "the server was busy at each try beside disconnects; only later requests were tested"
            )
        return found

    probes = (*references, *(probe for one in rounds for probes in one for probe in probes), free[0], *after)
    needs = context.needs_of("a")
    return Check(
        requirement, probes, judge, needs, procedure=procedure, extra=TRIES - 1, last=Turn.DISCONNECTS
    )


def _round(context: Context, texts: Sequence[str], number: int) -> tuple[list[Probe], list[Probe]]:
    """The requests that get their responses, and those that are broken off."""
    kept = [_served(context, value, f"beside disconnects, {number}") for value in texts]
    moments = [moment for moment, count in DISCONNECTS.items() for _ in range(count)]
    abandoned = [
        _abandoned(context, sample_text(4000 + len(moments) * number + n, 3), moment)
        for n, moment in enumerate(moments)
    ]
    return kept, abandoned


async def _until_free(send: Send, probes: Sequence[Probe]) -> list[ProbeResult]:
    """Send *probes*, one after each PAUSE, until the target is not busy any more."""
    results: list[ProbeResult] = []
    for probe in probes:
        results.append(await send(probe))
        if not is_busy(results[-1].exchange):
            break
        await asyncio.sleep(PAUSE)
    return results


def _is_occupied(result: ProbeResult) -> bool:
    """Whether the target is busy although only this request is in flight, and does not say for how long."""
    return result.exchange.status == UNAVAILABLE and header_of(result, "retry-after") is None


def _is_declined(result: ProbeResult) -> bool:
    """Whether the target was busy at each try. It may serve only one client at a time."""
    return bool(result.inconclusive) and is_busy(result.exchange)


def _was_shed(result: ProbeResult) -> bool:
    """Whether the target rejected a request that it may reject because of the load."""
    return result.probe.may_be_shed and is_busy(result.exchange)


def _served(context: Context, value: str, when: str) -> Probe:
    return context.input_probe(f"a request {when}", value, occurrence=when)


def _abandoned(context: Context, value: str, moment: Abandon) -> Probe:
    probe = context.input_probe(f"a client that disconnects {moment}", value)
    request = replace(probe.request, transport=Transport(abandon=moment))
    return replace(probe, request=request, expect=Expect.EITHER)


def _mixed(kept: Sequence[Probe], abandoned: Sequence[Probe]) -> list[Probe]:
    """All probes, those in *kept* between the others."""
    step = len(abandoned) // (len(kept) + 1)
    mixed = list(abandoned)
    for number, probe in enumerate(kept, 1):
        mixed.insert(number * (step + 1) - 1, probe)
    return mixed


CHECKS: Makers = {"state.disconnect": _disconnect}
