"""Sends probes within the load limits and the budget, with retries, and watches whether the target still responds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from conformance.http_client import Exchange, FailureKind, Target

from .check import Expect, Probe, ProbeResult
from .clock import now
from .in_flight import RequestsInFlight, was_dropped
from .plan import Budget
from .retry import is_busy, requests_pause, retry_after
from .throttle import Throttle

RECOVERY_PAUSES = (0.3, 1.0, 2.0)
"""Seconds between the tries to reach a target that has stopped responding."""

MAX_RECOVERIES = 3
"""A refused connection is final for a probe after so many tries, if the target responded in between each time."""

LARGE = 1000
"""A request of at least so many tokens is sent without others in flight. A slow target handles large requests one by
one, so the last of several would exceed its timeout."""


@dataclass(frozen=True, slots=True)
class Load:
    """The limits of the load on the target.

    ``concurrency``: requests in flight. ``rate``: requests per second, None: no limit. ``tries`` and
    ``retry_seconds`` limit the retries of one request that was answered with 429 or 503.
    """

    concurrency: int = 8
    rate: float | None = None
    tries: int = 4
    retry_seconds: float = 70.0


class TargetStopped(Exception):
    """The target responded before, and now refuses connections or lets requests time out."""


class OverBudget(Exception):
    """The budget allows no further request; retries have used up what was planned."""


class Sender:
    """Sends each distinct probe once in a run, and shares its result between checks."""

    def __init__(self, target: Target, canary: Probe, load: Load, budget: Budget | None = None) -> None:
        self._target, self._canary, self._load = target, canary, load
        self._budget = budget or Budget()
        self._throttle = Throttle(load.concurrency, load.rate)
        self._in_flight = RequestsInFlight()
        self._results: dict[Hashable, asyncio.Task[ProbeResult]] = {}
        self._recovery: asyncio.Task[None] | None = None
        self._stopped = self._cancelled = False
        self._consecutive_429 = 0
        self._last_response = 0.0
        self.requests = 0
        self.tokens = 0

    async def result_of(self, probe: Probe) -> ProbeResult:
        """The result of *probe*, sent now or earlier in this run. Raises TargetStopped and OverBudget."""
        if probe.key not in self._results:
            self._results[probe.key] = asyncio.create_task(self._result_of(probe))
        result = await asyncio.shield(self._results[probe.key])
        return ProbeResult(probe, result.exchange, result.inconclusive)

    def exchange_of(self, probe: Probe) -> Exchange | None:
        """The exchange of *probe*; None if it was not sent or has not ended."""
        task = self._results.get(probe.key)
        known = task is not None and task.done() and not task.cancelled() and task.exception() is None
        return task.result().exchange if task is not None and known else None

    async def canary(self) -> ProbeResult:
        """Send the canary, each time again. Raises TargetStopped and OverBudget."""
        begin = now()
        exchange, exhausted = await self._with_retries(self._canary, urgent=True)
        if failed(exchange, FailureKind.REFUSED):
            await self._wait_for_recovery()
        if failed(exchange, FailureKind.TIMEOUT) and self._last_response < begin:
            # This timeout counts against the request before the canary, even if the target has stopped.
            with suppress(TargetStopped):
                await self._wait_for_recovery()
        return ProbeResult(self._canary, exchange, exhausted)

    async def send(self, probe: Probe, *, urgent: bool = False) -> Exchange:
        """Send *probe* within the load limits; *urgent* ones (canaries, retries) go first.

        If it is dropped while a risky request is in flight, it is sent once more, without other requests in flight.
        Raises TargetStopped and OverBudget.
        """
        exclusive = probe.tokens >= LARGE or probe.scenario is not None
        slot = self._throttle.exclusive_slot if exclusive else partial(self._throttle.slot, urgent=urgent)
        exchange, with_risky_requests = await self._send_in(slot, probe)
        if with_risky_requests and was_dropped(exchange):
            exchange, _ = await self._send_in(self._throttle.exclusive_slot, probe)
        return exchange

    def cancel(self) -> None:
        """Cancel all requests that wait or are in flight."""
        if not self._cancelled:
            self._cancelled = True
            for task in self._tasks():
                task.cancel()

    async def close(self) -> None:
        """Cancel all requests, and wait until they have ended."""
        self.cancel()
        await asyncio.gather(*self._tasks(), return_exceptions=True)

    def _tasks(self) -> list[asyncio.Task[Any]]:
        return [*self._results.values(), *([self._recovery] if self._recovery else [])]

    async def _send_in(
        self, slot: Callable[[], AbstractAsyncContextManager[None]], probe: Probe
    ) -> tuple[Exchange, bool]:
        """Send *probe* in a slot. Requests wait while another one waits for the target to respond again."""
        while True:
            async with slot():
                if self._recovery is None or self._recovery.done():
                    return await self._send_now(probe)
            await self._wait_for_recovery()

    async def _send_now(self, probe: Probe) -> tuple[Exchange, bool]:
        """The exchange, and whether a risky request was in flight at the same time."""
        if self._stopped:
            raise TargetStopped
        if not self._budget.allows(self.requests + 1, self.tokens + probe.tokens):
            raise OverBudget
        self.requests += 1
        self.tokens += probe.tokens
        risky = probe.expect is not Expect.ACCEPT
        with self._in_flight.added(risky=risky) as with_risky_requests, probe.scenario or nullcontext():
            exchange = await self._target.send(probe.request)
        if exchange.response is not None:
            self._last_response = now()
        self._consecutive_429 = self._consecutive_429 + 1 if exchange.status == 429 else 0
        return exchange, with_risky_requests()

    async def _result_of(self, probe: Probe) -> ProbeResult:
        exchange, exhausted = await self._send_until_connected(probe)
        if not failed(exchange, FailureKind.TIMEOUT) and not exhausted:
            return ProbeResult(probe, exchange)
        if exhausted and exchange.status == 429:
            return ProbeResult(probe, exchange, exhausted)
        canary = await self.canary()
        if canary.exchange.status == 200:
            return ProbeResult(probe, exchange)
        timed_out = "timed out, and so did a plainly valid request after it"
        return ProbeResult(probe, exchange, exhausted or timed_out)

    async def _send_until_connected(self, probe: Probe) -> tuple[Exchange, str]:
        """Send *probe*. If its connection is refused and the target recovers, send it again: it never arrived."""
        for _ in range(MAX_RECOVERIES):
            exchange, exhausted = await self._with_retries(probe)
            if not failed(exchange, FailureKind.REFUSED):
                break
            await self._wait_for_recovery()
        return exchange, exhausted

    async def _wait_for_recovery(self) -> None:
        """Wait until the target responds again; all waiting requests share the tries. Raises TargetStopped."""
        if self._recovery is None or self._recovery.done():
            self._recovery = asyncio.create_task(self._try_until_recovered())
        await asyncio.shield(self._recovery)

    async def _try_until_recovered(self) -> None:
        for pause in RECOVERY_PAUSES:
            await asyncio.sleep(pause)
            async with self._throttle.slot(urgent=True):
                exchange, _ = await self._send_now(self._canary)
            if not failed(exchange, FailureKind.REFUSED) and not failed(exchange, FailureKind.TIMEOUT):
                return
        self._stopped = True
        raise TargetStopped

    async def _with_retries(self, probe: Probe, *, urgent: bool = False) -> tuple[Exchange, str]:
        """The first exchange that is not 429 or 503, or the last one and the reason why tries ended.

        After many 429s without another response, each probe is sent once only, until the target accepts one again.
        """
        many = self._load.tries * self._load.concurrency
        exchange = await self.send(probe, urgent=urgent)
        deadline = now() + self._load.retry_seconds
        for attempt in range(1, self._load.tries):
            if not _is_busy(probe, exchange) or self._consecutive_429 >= many:
                break
            pause = retry_after(exchange, attempt)
            if now() + pause > deadline:
                break
            if requests_pause(exchange):
                self._throttle.pause(pause)
            await asyncio.sleep(pause)
            exchange = await self.send(probe, urgent=True)
        if not _is_busy(probe, exchange):
            return exchange, ""
        return exchange, f"answered {exchange.status} to each try within {self._load.retry_seconds:g} s"


def _is_busy(probe: Probe, exchange: Exchange) -> bool:
    """Whether the target requested a retry later, and not because of the probe's scenario."""
    return is_busy(exchange) and (probe.scenario is None or not probe.scenario.explains(exchange.status))


def failed(exchange: Exchange, kind: FailureKind) -> bool:
    """Whether the exchange failed with *kind*."""
    return exchange.failure is not None and exchange.failure.kind is kind
