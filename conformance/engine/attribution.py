"""Finds the cause of a surprising response: unread bytes on its connection, unrequested bytes, or load.

The repeat of a request decides the cause, never whether something failed. A cause that is found is recorded as a fault
of its own, and the repeated exchange is judged instead. Without a cause, the surprising exchange is judged.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from conformance.http_client import Exchange, Request

from .check import Evidence, FaultKind, Probe
from .throttle import URGENT
from .transmission import Transmission

IDLE_SECONDS = 0.1
"""How long to wait for bytes without a request."""

ALONE_TRIES = 8
"""Repeats without other requests in flight. A fault that comes and goes by itself shows in one of them."""

BESIDE_TRIES = 3
"""Repeats beside as many other requests as the load allows."""

MAX_SEARCHES = 4
"""Searches for load as the cause, after which it is known or excluded."""


class Attribution:
    """Finds the causes of surprising responses of one run."""

    def __init__(self, transmission: Transmission, canary: Probe) -> None:
        self._transmission, self._canary = transmission, canary
        self._searches = 0

    async def to_judge(self, probe: Probe, surprising: Exchange) -> Exchange:
        """The exchange to judge for a *surprising* one, whose status is not what *probe* expects."""
        if surprising.before:
            judged = await self._on_kept_connection(probe, surprising)
            if judged is not surprising:
                return judged
        if (
            probe.scenario is None
            and self._searches < MAX_SEARCHES
            and self._transmission.was_accompanied(probe)
        ):
            return await self._beside_others(probe, surprising)
        return surprising

    async def _on_kept_connection(self, probe: Probe, surprising: Exchange) -> Exchange:
        transmission = self._transmission
        async with transmission.throttle.exclusive_slot(URGENT):
            fresh = (await transmission.send(probe, after=())).exchange
            if not probe.is_met_by(fresh.status):
                return surprising
            if await self._gets_unrequested_bytes(surprising.before):
                return fresh
            accepted = 200 <= surprising.status < 300  # cannot come from unread bytes
            if accepted or not await self._explained_by_bodies(probe, surprising.before):
                return surprising
        found = f"the body of the {surprising.before[-1].method} request before it was read as a request"
        self._record(
            FaultKind.UNREAD_BODY, "each body is read, or the connection is closed", found, surprising, probe
        )
        return fresh

    async def _gets_unrequested_bytes(self, before: tuple[Request, ...]) -> bool:
        """Whether bytes arrive on a connection after the responses to the requests *before*."""
        replayed = replace(self._canary, request=before[-1])
        await self._transmission.send(replayed, after=before[:-1])
        await asyncio.sleep(IDLE_SECONDS)
        self._transmission.observe_connections()
        return bool(self._transmission.faults.of(FaultKind.EXTRA_BYTES))

    async def _explained_by_bodies(self, probe: Probe, before: tuple[Request, ...]) -> bool:
        """Whether *probe* fails after the requests *before* it on one connection, and not if they have no bodies."""
        replayed = (await self._transmission.send(probe, after=before)).exchange
        if probe.is_met_by(replayed.status):
            return False
        without = tuple(replace(request, body=None) for request in before)
        return probe.is_met_by((await self._transmission.send(probe, after=without)).exchange.status)

    async def _beside_others(self, probe: Probe, surprising: Exchange) -> Exchange:
        """The exchange to judge for a request that was in flight together with others.

        Load is the cause if it is answered as expected each time without others in flight, and not beside others.
        """
        self._searches += 1
        async with self._transmission.throttle.exclusive_slot(URGENT):
            for _ in range(ALONE_TRIES):
                alone = (await self._transmission.send(probe, after=())).exchange
                if not probe.is_met_by(alone.status):
                    return surprising
        for _ in range(BESIDE_TRIES):
            if await self._fails_beside(probe):
                break
        else:
            return surprising
        self._searches = 0
        found = f"{surprising.status} beside other requests, and {alone.status} alone in {ALONE_TRIES} tries"
        self._record(
            FaultKind.LOAD, "the same response with and without other requests", found, surprising, probe
        )
        return alone

    async def _fails_beside(self, probe: Probe) -> bool:
        others = [self._canary] * (self._transmission.throttle.slots - 1)
        sending = (self._transmission.send_in_slot(one) for one in (probe, *others))
        first, *_ = await asyncio.gather(*sending)
        return not probe.is_met_by(first.exchange.status)

    def _record(self, kind: FaultKind, expected: str, found: str, exchange: Exchange, probe: Probe) -> None:
        self._transmission.faults.add(kind, Evidence(expected, found, exchange, probe.description))
