"""Searches for the condition under which a request fails, if it does not fail alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from conformance.http_client import Exchange, FailureKind, Request

from .check import Expect, FaultKind, Probe, ProbeResult
from .conditions import (
    AFTER_SEVERAL,
    BESIDE_OTHERS,
    CRASH,
    KEPT_CONNECTION,
    Condition,
    body_size,
    condition_after,
    unstable_condition,
)
from .hangs import LARGE
from .judged import Judged
from .retry import is_busy
from .sender import Sender
from .transmission import Record, failed_with

PRECEDING = 12
"""Requests before a failed one that are repeated."""

LARGE_PRECEDING = 2
"""Large requests before a failed one that are repeated, if they took at most COSTLY_SECONDS."""

COSTLY_SECONDS = 1.0
"""Duration of a large request that is not repeated."""

NEIGHBORS = 8
"""Requests that are sent beside a failed one."""

CONFIRMATIONS = 2
"""Repeats of a request and the failed one after it, of which one must fail too."""

CONNECTIONS = 3
"""Kept connections on which a request must fail, and new ones on which it must not: a server may fail by chance."""

Fails = Callable[[Exchange], bool]
"""Whether a repeated exchange of the culprit shows the failure again."""


class Search:
    """Repeats the *culprit* of a failed check together with others. ``culprits`` are requests that make it fail.

    *of_vectors*: whether the failure is that it got other vectors than alone. *concurrency*: how many requests are in
    flight beside each other, if that is more than usual.
    """

    def __init__(
        self,
        sender: Sender,
        judged: Judged,
        culprit: ProbeResult,
        fails: Fails,
        *,
        of_vectors: bool,
        concurrency: int,
    ) -> None:
        self._sender, self._culprit, self._fails = sender, culprit.probe, fails
        self._check, self._of_vectors = judged.check, of_vectors
        self.requirement = judged.check.requirement
        self._own = {probe.key for probe in judged.check.probes}
        self._concurrency = concurrency
        self._kept = culprit.exchange.before
        self._before, self._beside, self._large_before = self._neighbors(culprit.probe)
        self.culprits: list[Probe] = []

    async def everywhere(self) -> Condition:
        """The condition. Likely ones come first."""
        likely = _likely(self._before, self._beside)
        found = await self._beside_accepted() if self._check.observes is FaultKind.LOAD else None
        found = found or await self.among(likely)
        found = found or await self.on_connection()
        found = found or await self.beside_others()
        rejected = [probe for probe in self._beside if probe.expect is not Expect.ACCEPT]
        others = [probe for probe in (*reversed(self._before), *rejected) if probe not in likely]
        found = found or await self.among(others)
        found = found or await self.among(self._large_before)
        if found is not None:
            return found
        if self._before and self._fails(await self._after_all()):
            return AFTER_SEVERAL
        return unstable_condition(len(self._before) + bool(self._kept) + bool(self._beside) + 2)

    async def among(self, others: Sequence[Probe]) -> Condition | None:
        """The first request of *others* after which the culprit fails."""
        for probe in others:
            earlier = await self._sender.alone(probe)
            after = await self._sender.alone(self._culprit)
            if self._fails(after) and await self._fails_again_after(probe):
                self.culprits.append(probe)
                is_crash = after.status >= CRASH
                found = condition_after(probe, earlier, of_vectors=self._of_vectors, is_crash=is_crash)
                return replace(found, kind=None) if probe.key in self._own and not is_crash else found
        return None

    async def _fails_again_after(self, probe: Probe) -> bool:
        """Whether it is no chance that the culprit failed after *probe*."""
        for _ in range(CONFIRMATIONS):
            await self._sender.alone(probe)
            if self._fails(await self._sender.alone(self._culprit)):
                return True
        return False

    async def on_connection(self, *, is_known: bool = False) -> Condition | None:
        """Whether it fails after the same requests as before on one connection, and only there.

        *is_known*: whether the connection is known to be the cause of other failures, which needs no second proof.
        Only other vectors are a fault of connections; what else goes wrong there is a failure of its own requirement.
        """
        if not self._kept:
            return None
        for _ in range(1 if self._of_vectors else CONNECTIONS):
            if not self._fails(await self._alone_after(*self._kept)):
                return None
            if not is_known and await self._fails_on_new_connections():
                return None
        return KEPT_CONNECTION if self._of_vectors else replace(KEPT_CONNECTION, kind=None)

    async def _alone_after(self, *requests: Request) -> Exchange:
        """Send the culprit after *requests* on the same connection."""
        return await self._sender.alone(replace(self._culprit, after=requests))

    async def _fails_on_new_connections(self) -> bool:
        """Whether the culprit fails too if each of the same requests has a connection of its own."""
        for request in self._kept:
            await self._sender.alone(replace(self._culprit, request=request, after=()))
        return self._fails(await self._alone_after())

    async def beside_others(self) -> Condition | None:
        """Whether it fails beside the requests that were in flight together with it."""
        return await self._beside_all(self._beside)

    async def _beside_accepted(self) -> Condition | None:
        """Whether it fails beside valid requests only: then no rejected one is the cause."""
        valid = [probe for probe in self._beside if probe.expect is Expect.ACCEPT]
        return await self._beside_all([*valid, *[self._sender.plain] * (len(self._beside) - len(valid))])

    async def _beside_all(self, others: Sequence[Probe]) -> Condition | None:
        if not others or not await self._fails_beside(others):
            return None
        is_subject = self.requirement.area == "state" and self._check.observes is None
        is_certain = not is_subject and (self._of_vectors or await self._fails_only_beside(others))
        return BESIDE_OTHERS if is_certain else replace(BESIDE_OTHERS, kind=None)

    async def _fails_only_beside(self, others: Sequence[Probe]) -> bool:
        """Whether it is no chance that the culprit failed beside *others*, and not alone."""
        for _ in range(CONFIRMATIONS):
            alone = await self._sender.alone(self._culprit)
            if self._fails(alone) or not await self._fails_beside(others):
                return False
        return True

    async def _fails_beside(self, others: Sequence[Probe]) -> bool:
        """Whether it fails once beside *others*. A target may be busy then, or refuse another connection."""
        exchange = await self._once_beside(others)
        is_declined = is_busy(exchange) or failed_with(exchange, FailureKind.REFUSED)
        return not is_declined and self._fails(exchange)

    async def _once_beside(self, others: Sequence[Probe]) -> Exchange:
        """Send the culprit together with *others*."""
        half = len(others) // 2
        together = (*others[:half], self._culprit, *others[half:])
        with self._sender.transmission.throttle.widened(self._concurrency):
            exchanges = await asyncio.gather(*map(self._sender.send, together))
        return exchanges[half]

    async def _after_all(self) -> Exchange:
        for earlier in self._before:
            await self._sender.alone(earlier)
        return await self._sender.alone(self._culprit)

    def _neighbors(self, probe: Probe) -> tuple[Sequence[Probe], Sequence[Probe], Sequence[Probe]]:
        """The requests before *probe*, the last one to end last; those in flight with it; the large ones before it."""
        history = list(self._sender.transmission.history)
        place = next((n for n, record in enumerate(history) if record.probe.key == probe.key), None)
        if place is None:
            return (), (), ()
        own = history[place]
        ended = sorted(history[:place], key=lambda record: record.ended)
        before = [r.probe for r in ended if _is_cheap(r) and not _is_slow(r)][-PRECEDING:]
        beside = [r.probe for r in history if r is not own and r.overlaps(own) and _is_cheap(r)]
        large = [r.probe for r in ended if _is_large(r) and r.ended - r.started <= COSTLY_SECONDS]
        return before, beside[:NEIGHBORS], large[: -LARGE_PRECEDING - 1 : -1]


def _likely(before: Sequence[Probe], beside: Sequence[Probe]) -> Sequence[Probe]:
    """Requests that are likely causes: the last one before that may be rejected, one beside, and the longest."""
    rejected = ([p for p in probes if p.expect is not Expect.ACCEPT][-1:] for probes in (before, beside))
    longest = sorted((*before, *beside), key=body_size)[-1:]
    return list(dict.fromkeys([probe for one in (*rejected, longest) for probe in one]))


def _is_slow(record: Record) -> bool:
    """Whether the client pauses while it sends the request: it has its effect beside others, not before them."""
    return bool(record.probe.request.transport.pause)


def _is_cheap(record: Record) -> bool:
    return record.probe.tokens < LARGE and record.probe.scenario is None and not record.timed_out


def _is_large(record: Record) -> bool:
    return record.probe.tokens >= LARGE and record.probe.scenario is None and not record.timed_out
