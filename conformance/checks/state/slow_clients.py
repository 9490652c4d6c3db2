"""Area ``state``: a client that sends its request slowly does not delay the responses to others."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.checks.turns import Turn
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NotObservable,
    Probe,
    ProbeResult,
    Send,
    judges_all,
    send_in_sequence,
)
from conformance.http_client import Transport

PAUSE = 0.8
"""Seconds before each of the four pieces of the slow body."""

BEGIN = 0.4
"""Seconds after which the other clients send their requests."""

DELAYED = 1.5
"""Seconds of a delayed response: it comes only after most of the slow body has been sent."""

ROUNDS = 2
"""A busy machine may delay the responses of one round. A server that is blocked delays those of each round."""


def _slow_client(context: Context, requirement: Requirement) -> Check:
    alone = _plain(context, "alone")
    rounds = [
        (_slow(context, number), _plain(context, f"together with a slow request, {number}"))
        for number in range(ROUNDS)
    ]

    async def procedure(send: Send, _: Sequence[Probe]) -> Sequence[ProbeResult]:
        results = [*await send_in_sequence(send, [alone])]
        for slow, plain in rounds:
            answered = asyncio.Event()
            both = await asyncio.gather(send(_until(slow, answered)), _later(send, plain, answered))
            results.append(both[1])
            if results[-1].exchange.seconds < DELAYED:
                break
        return results

    @judges_all("each response as fast as without a client that sends its request slowly")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        first, *others = results
        if first.exchange.seconds > DELAYED / 2:
            raise NotObservable("the server is too slow: the suite cannot see a delay")
        delayed = [result for result in others if result.exchange.seconds >= DELAYED]
        if len(delayed) == ROUNDS:
            took = f"{delayed[-1].exchange.seconds:.1f} s instead of {first.exchange.seconds:.2f} s"
            yield evidence(delayed[-1], "a response while another client still sends its request", found=took)

    probes, extra = (alone, *rounds[0]), 2 * (ROUNDS - 1)
    needs = context.needs_of("a")
    return Check(
        requirement,
        probes,
        judge,
        needs,
        procedure=procedure,
        extra=extra,
        last=Turn.SLOW_CLIENT,
        is_repeatable=False,
    )


def _until(slow: Probe, answered: asyncio.Event) -> Probe:
    """*slow*, which sends the rest of its body at once when the other client has been *answered* without a delay."""
    return replace(slow, request=replace(slow.request, transport=Transport(pause=PAUSE, until=answered)))


async def _later(send: Send, probe: Probe, answered: asyncio.Event) -> ProbeResult:
    await asyncio.sleep(BEGIN)
    result = await send(probe)
    if result.exchange.seconds < DELAYED:
        answered.set()
    return result


def _plain(context: Context, when: str) -> Probe:
    return replace(context.canary, description=f"a request {when}", occurrence=("slow client", when))


def _slow(context: Context, number: int) -> Probe:
    """A target may close the connection of a client that takes long."""
    request = replace(context.canary.request, transport=Transport(pause=PAUSE))
    return replace(
        context.canary,
        description="a request whose body is sent slowly",
        request=request,
        occurrence=("slow client", number),
        expect=Expect.EITHER,
        after=(),
    )


CHECKS: Makers = {"state.slow-client": _slow_client}
