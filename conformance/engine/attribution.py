"""Finds causes of a surprising response: load, or bytes on its connection that are unread, unrequested or missing.

The repeat of a request decides the cause, never whether something failed. A cause that is found is recorded as a fault
of its own, and the repeated exchange is judged instead. Without a cause, the surprising exchange is judged.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace

from conformance.http_client import Exchange, Request

from .check import Expect, FaultKind, Probe
from .endings import SendingEnded
from .evidence import BESIDE, Evidence
from .liveness import TargetStopped
from .throttle import URGENT
from .transmission import Transmission

IDLE_SECONDS = 0.1
"""How long to wait for bytes without a request."""

ALONE_TRIES = 8
"""Repeats without other requests in flight. A fault that comes and goes by itself shows in one of them."""

REJECTED, SHARE = 8, 50
"""The last rejected requests, after each of which the request is repeated; at most one in SHARE requests of the run."""

BODY_TRIES = 2
"""Proofs that unread bodies are the cause: a server may fail by chance."""

BESIDE_TRIES = 3
"""Repeats of the request several times together with plainly valid ones, as many as the load allows."""

MAX_SEARCHES = 4
"""Searches for load as the cause, after which it is known or excluded."""


class Attribution:
    """Finds the causes of surprising responses of one run, of those kinds that a check of the run observes."""

    def __init__(self, transmission: Transmission, canary: Probe, observed: Collection[str]) -> None:
        self._transmission, self._canary, self._observed = transmission, canary, observed
        self._searches, self._searching = 0, asyncio.Lock()

    async def to_judge(self, probe: Probe, surprising: Exchange) -> Exchange:
        """The exchange to judge for a *surprising* one, whose status is not what *probe* expects.

        One search at a time: the cause that the first one finds saves searches for the others.
        """
        async with self._searching:
            try:
                return await self._with_cause(probe, surprising)
            except (TargetStopped, SendingEnded):
                return surprising

    async def _with_cause(self, probe: Probe, surprising: Exchange) -> Exchange:
        accompanied = self._transmission.was_accompanied(probe)
        by_load = accompanied and probe.scenario is None and FaultKind.LOAD in self._observed
        known = by_load and bool(self._transmission.faults.of(FaultKind.LOAD))
        if known and (judged := await self._beside_others(probe, surprising)) is not surprising:
            return judged
        kept = surprising.before and not probe.request.transport.pipelined
        if kept and not {FaultKind.UNREAD_BODY, FaultKind.FRAMING}.isdisjoint(self._observed):
            judged = await self._on_kept_connection(probe, surprising)
            if judged is not surprising:
                return judged
        return await self._beside_others(probe, surprising) if by_load and not known else surprising

    async def _on_kept_connection(self, probe: Probe, surprising: Exchange) -> Exchange:
        transmission = self._transmission
        async with transmission.throttle.exclusive_slot(URGENT):
            fresh = await transmission.send(probe, after=())
            if not probe.is_met_by(fresh.status):
                return surprising
            if surprising.was_cut and FaultKind.FRAMING in self._observed:
                expected = "complete responses on kept connections too"
                found = "the response was cut off on a kept connection, and complete on a new one"
                self._record(FaultKind.FRAMING, expected, found, surprising, probe)
                return fresh
            if FaultKind.EXTRA_BYTES in self._observed and await self._gets_unrequested_bytes(
                surprising.before
            ):
                return fresh
            accepted = 200 <= surprising.status < 300  # cannot come from unread bytes
            if (
                accepted
                or FaultKind.UNREAD_BODY not in self._observed
                or not await self._explained_by_bodies(probe, surprising.before)
            ):
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
        """Whether *probe* fails each time after the requests *before* it on one connection.

        It must not fail if they have no bodies, nor after the same requests on connections of their own.
        """
        for _ in range(BODY_TRIES):
            if not await self._fails_by_bodies(probe, before):
                return False
        return True

    async def _fails_by_bodies(self, probe: Probe, before: tuple[Request, ...]) -> bool:
        replayed = await self._transmission.send(probe, after=before)
        if probe.is_met_by(replayed.status):
            return False
        without = tuple(replace(request, body=None) for request in before)
        if not probe.is_met_by((await self._transmission.send(probe, after=without)).status):
            return False
        for request in before:
            await self._transmission.send(replace(probe, request=request), after=())
        return probe.is_met_by((await self._transmission.send(probe, after=())).status)

    async def _beside_others(self, probe: Probe, surprising: Exchange) -> Exchange:
        """The exchange to judge for a request that was in flight together with others.

        Load is the cause if it is answered as expected each time without others in flight, and not beside others.
        """
        known = bool(self._transmission.faults.of(FaultKind.LOAD))
        if not known and self._searches >= MAX_SEARCHES:
            return surprising
        alone = await self._answered_alone(probe, 1 if known else ALONE_TRIES)
        if alone is None or known:
            self._searches += alone is None
            return alone or surprising
        self._searches += 1
        if await self._fails_after_rejected(probe):
            return surprising
        for _ in range(BESIDE_TRIES):
            if await self._fails_beside(probe):
                break
        else:
            return surprising
        self._transmission.throttle.narrow()
        found = f"{surprising.status} together with other requests, and {alone.status} alone in {ALONE_TRIES} tries"
        self._record(
            FaultKind.LOAD, "the same response with and without other requests", found, surprising, probe
        )
        return alone

    async def _answered_alone(self, probe: Probe, tries: int) -> Exchange | None:
        """The last exchange without other requests in flight; None if one of them is not as expected."""
        async with self._transmission.throttle.exclusive_slot(URGENT):
            for _ in range(tries):
                alone = await self._transmission.send(probe, after=probe.after or ())
                if not probe.is_met_by(alone.status):
                    return None
        return alone

    async def _fails_after_rejected(self, probe: Probe) -> bool:
        """Whether *probe* fails after one of the last rejected requests, without others in flight: that is no load."""
        rejected = [r.probe for r in self._transmission.history if r.probe.expect is Expect.REJECT]
        plain = {other.key: other for other in rejected if other.scenario is None}
        async with self._transmission.throttle.exclusive_slot(URGENT):
            most = min(REJECTED, self._transmission.requests // SHARE)
            for other in [*reversed(plain.values())][:most]:
                await self._transmission.send(other, after=other.after or ())
                again = await self._transmission.send(probe, after=probe.after or ())
                if not probe.is_met_by(again.status):
                    return True
        return False

    async def _fails_beside(self, probe: Probe) -> bool:
        """Whether *probe* fails together with others, each on a new connection: what a connection keeps is no load."""
        half = max(1, self._transmission.throttle.slots // 2)
        alone = replace(probe, after=probe.after or ())
        together = [one for _ in range(half) for one in (alone, replace(self._canary, after=()))]
        sent = await asyncio.gather(*map(self._transmission.send_in_slot, together))
        return not all(probe.is_met_by(one.status) for one in sent[::2])

    def _record(self, kind: FaultKind, expected: str, found: str, exchange: Exchange, probe: Probe) -> None:
        condition = BESIDE if kind is FaultKind.LOAD else ""
        self._transmission.faults.add(kind, Evidence(expected, found, exchange, probe.description, condition))
