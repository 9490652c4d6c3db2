"""Sending probes: concurrency, rate, retries, budget, and what a canary says about the target."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Hashable
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass
from functools import partial

from conformance.http_client import Exchange, FailureKind, Target

from .check import Expect, Probe, ProbeResult
from .in_flight import Company, was_dropped
from .plan import Budget
from .retry import asks_for_quiet, is_busy, retry_after
from .throttle import Gate

RETURN_PAUSES = (0.3, 1.0, 2.0)
"""Seconds between the looks at whether a target that has stopped answering has come back."""

MOST_RETURNS = 3
"""A probe that the target refuses to connect for so many times, although it came back each time, is answered."""


HEAVY = 1000
"""Tokens of a request from which on it is sent with nothing else under way: a slow target takes them one by one, and
would let the last of several wait beyond its time-out."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the target is asked to bear.

    ``concurrency``: requests under way at once. ``rate``: requests a second, None for no limit. ``tries`` and
    ``patience`` (seconds) bound the retries of one request that was answered with 429 or 503.
    """

    concurrency: int = 8
    rate: float | None = None
    tries: int = 4
    patience: float = 70.0


class TargetGone(Exception):
    """The target answered before, and now refuses every connection or leaves everybody waiting."""


class OverBudget(Exception):
    """One request more would go beyond the budget; retries have used up what was planned."""


class Sender:
    """Sends each distinct probe once in a run, and shares its answer between the checks that ask it."""

    def __init__(self, target: Target, canary: Probe, load: Load, budget: Budget | None = None) -> None:
        self._target, self._canary, self._load = target, canary, load
        self._budget = budget or Budget()
        self._gate, self._company = Gate(load.concurrency, load.rate), Company()
        self._answers: dict[Hashable, asyncio.Task[ProbeResult]] = {}
        self._return: asyncio.Task[None] | None = None
        self._gone = False
        self._turned_away = 0
        self._last_answer = 0.0
        self.requests = 0
        self.tokens = 0

    async def ask(self, probe: Probe) -> ProbeResult:
        """The target's answer to *probe*, sent now or earlier in this run. Raises TargetGone and OverBudget."""
        if probe.key not in self._answers:
            self._answers[probe.key] = asyncio.create_task(self._settle(probe))
        answer = await asyncio.shield(self._answers[probe.key])
        return ProbeResult(probe, answer.exchange, answer.inconclusive)

    def answered(self, probe: Probe) -> Exchange | None:
        """The exchange of *probe*, if it was sent and has ended."""
        task = self._answers.get(probe.key)
        known = task is not None and task.done() and not task.cancelled() and task.exception() is None
        return task.result().exchange if task is not None and known else None

    async def canary(self) -> ProbeResult:
        """Send the canary, anew each time. Raises TargetGone and OverBudget."""
        begin = time.monotonic()
        exchange, exhausted = await self._with_retries(self._canary, urgent=True)
        if failed(exchange, FailureKind.REFUSED):
            await self._wait_for_return()
        if failed(exchange, FailureKind.TIMEOUT) and self._last_answer < begin:
            with suppress(TargetGone):  # what led to this canary is known to have been followed by silence
                await self._wait_for_return()
        return ProbeResult(self._canary, exchange, exhausted)

    async def send(self, probe: Probe, *, urgent: bool = False) -> Exchange:
        """Send *probe* within the load that the target is asked to bear.

        *urgent* ones, canaries and new tries, go before others. One that is dropped beside another that the target
        may have broken on is sent once more, with nothing else under way. Raises TargetGone and OverBudget.
        """
        goes_alone = probe.tokens >= HEAVY or probe.scenario is not None
        enter = self._gate.alone if goes_alone else partial(self._gate.passed, urgent=urgent)
        exchange, had_risky_company = await self._pass(enter, probe)
        if had_risky_company and was_dropped(exchange):
            exchange, _ = await self._pass(self._gate.alone, probe)
        return exchange

    async def _pass(
        self, enter: Callable[[], AbstractAsyncContextManager[None]], probe: Probe
    ) -> tuple[Exchange, bool]:
        while True:
            async with enter():
                if self._return is None or self._return.done():
                    return await self._send(probe)
            await self._wait_for_return()

    async def close(self) -> None:
        """Cancel what is still under way."""
        tasks = [*self._answers.values(), *([self._return] if self._return else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _send(self, probe: Probe) -> tuple[Exchange, bool]:
        """The exchange, and whether the target may have broken on another request meanwhile."""
        if self._gone:
            raise TargetGone
        if not self._budget.allows(self.requests + 1, self.tokens + probe.tokens):
            raise OverBudget
        self.requests += 1
        self.tokens += probe.tokens
        risky = probe.expect is not Expect.ACCEPT
        with self._company.joined(risky=risky) as had_risky_company, probe.scenario or nullcontext():
            exchange = await self._target.send(probe.request)
        if exchange.response is not None:
            self._last_answer = time.monotonic()
        turned_away = exchange.response is not None and exchange.response.status == 429
        self._turned_away = self._turned_away + 1 if turned_away else 0
        return exchange, had_risky_company()

    async def _settle(self, probe: Probe) -> ProbeResult:
        exchange, exhausted = await self._reach(probe)
        if not failed(exchange, FailureKind.TIMEOUT) and not exhausted:
            return ProbeResult(probe, exchange)
        if exhausted and exchange.response is not None and exchange.response.status == 429:
            return ProbeResult(probe, exchange, exhausted)
        canary = await self.canary()
        if succeeded(canary.exchange):
            return ProbeResult(probe, exchange)
        return ProbeResult(
            probe, exchange, exhausted or "timed out, and so did a plainly valid request after it"
        )

    async def _reach(self, probe: Probe) -> tuple[Exchange, str]:
        """Send *probe*, and again if the target refused to connect and has come back: it never saw the probe."""
        for _ in range(MOST_RETURNS):
            exchange, exhausted = await self._with_retries(probe)
            if not failed(exchange, FailureKind.REFUSED):
                break
            await self._wait_for_return()
        return exchange, exhausted

    async def _wait_for_return(self) -> None:
        """Give the target a moment to come back; all who wait share one look. Raises TargetGone."""
        if self._return is None or self._return.done():
            self._return = asyncio.create_task(self._look_for_return())
        await asyncio.shield(self._return)

    async def _look_for_return(self) -> None:
        for pause in RETURN_PAUSES:
            await asyncio.sleep(pause)
            async with self._gate.passed(urgent=True):
                exchange, _ = await self._send(self._canary)
            if not failed(exchange, FailureKind.REFUSED) and not failed(exchange, FailureKind.TIMEOUT):
                return
        self._gone = True
        raise TargetGone

    async def _with_retries(self, probe: Probe, *, urgent: bool = False) -> tuple[Exchange, str]:
        """The first exchange that is no 429 or 503, or the last one and the word that tries ran out.

        A target that has turned everybody away for a while is asked once for each probe, until it answers again.
        """
        enough = self._load.tries * self._load.concurrency
        exchange = await self.send(probe, urgent=urgent)
        deadline = time.monotonic() + self._load.patience
        for attempt in range(1, self._load.tries):
            if not _is_busy(probe, exchange) or self._turned_away >= enough:
                break
            pause = retry_after(exchange, attempt)
            if time.monotonic() + pause > deadline:
                break
            if asks_for_quiet(exchange):
                self._gate.quiet(pause)
            await asyncio.sleep(pause)
            exchange = await self.send(probe, urgent=True)
        if not _is_busy(probe, exchange):
            return exchange, ""
        assert exchange.response is not None
        status = exchange.response.status
        return exchange, f"answered {status} each time, within {self._load.patience:g} s of patience"


def _is_busy(probe: Probe, exchange: Exchange) -> bool:
    """Whether the target asked for another try later, by itself."""
    if not is_busy(exchange) or exchange.response is None:
        return False
    return probe.scenario is None or not probe.scenario.explains(exchange.response.status)


def failed(exchange: Exchange, kind: FailureKind) -> bool:
    """Whether the exchange came to nothing, in the way of *kind*."""
    return exchange.failure is not None and exchange.failure.kind is kind


def succeeded(exchange: Exchange) -> bool:
    """Whether the exchange ended with the documented success."""
    return exchange.response is not None and exchange.response.status == 200
