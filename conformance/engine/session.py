"""Sending probes: concurrency, rate, retries, and what a canary says about the target."""

from __future__ import annotations

import asyncio
import email.utils
import time
from collections.abc import Hashable
from dataclasses import dataclass

from conformance.target import Exchange, FailureKind, Target

from .check import Answer, Probe

BUSY = frozenset({429, 503})
"""Statuses that ask for another try later (RFC 6585, 4; RFC 9110, 15.6.4)."""

RETURN_PAUSES = (0.3, 1.0, 2.0)
"""Seconds between the looks at whether a target that refuses connections has come back."""


@dataclass(frozen=True, slots=True)
class Load:
    """What the target is asked to bear.

    ``concurrency``: requests under way at once. ``rate``: requests a second, None for no limit. ``tries`` and
    ``patience`` (seconds) bound the retries of one request that was answered with 429 or 503.
    """

    concurrency: int = 8
    rate: float | None = None
    tries: int = 4
    patience: float = 30.0


class TargetGone(Exception):
    """The target answered before, and now refuses every connection."""


class Session:
    """Sends each distinct probe once in a run, and shares its answer between the checks that ask it."""

    def __init__(self, target: Target, canary: Probe, load: Load) -> None:
        self._target, self._canary, self._load = target, canary, load
        self._slots = asyncio.Semaphore(load.concurrency)
        self._next_start = 0.0
        self._answers: dict[Hashable, asyncio.Task[Answer]] = {}
        self._gone = False
        self.requests = 0
        self.tokens = 0

    async def ask(self, probe: Probe) -> Answer:
        """The target's answer to *probe*, sent now or earlier in this run."""
        if probe.key not in self._answers:
            self._answers[probe.key] = asyncio.create_task(self._settle(probe))
        answer = await asyncio.shield(self._answers[probe.key])
        return Answer(probe, answer.exchange, answer.inconclusive)

    async def canary(self) -> Answer:
        """Send the canary, anew each time."""
        exchange, exhausted = await self._with_retries(self._canary)
        return Answer(self._canary, exchange, exhausted)

    async def send(self, probe: Probe) -> Exchange:
        """Send *probe* once, without retries, within the load that the target is asked to bear."""
        async with self._slots:
            await self._pace()
            self.requests += 1
            self.tokens += probe.tokens
            return await self._target.send(probe.request)

    async def close(self) -> None:
        """Cancel what is still under way."""
        tasks = [task for task in self._answers.values() if not task.done()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _settle(self, probe: Probe) -> Answer:
        if self._gone:
            raise TargetGone
        exchange, exhausted = await self._with_retries(probe)
        if failed(exchange, FailureKind.REFUSED):
            await self._see_whether_gone()
        if not failed(exchange, FailureKind.TIMEOUT) and not exhausted:
            return Answer(probe, exchange)
        if exhausted and exchange.response is not None and exchange.response.status == 429:
            return Answer(probe, exchange, exhausted)
        canary = await self.canary()
        if succeeded(canary.exchange):
            return Answer(probe, exchange)
        return Answer(probe, exchange, exhausted or "timed out, and so did a plainly valid request after it")

    async def _see_whether_gone(self) -> None:
        """Give the target a moment to come back; one that is restarted after a crash does."""
        for pause in RETURN_PAUSES:
            await asyncio.sleep(pause)
            if self._gone or not failed(await self.send(self._canary), FailureKind.REFUSED):
                return
        self._gone = True

    async def _with_retries(self, probe: Probe) -> tuple[Exchange, str]:
        """The first exchange that is no 429 or 503, or the last one and the word that tries ran out."""
        deadline = time.monotonic() + self._load.patience
        exchange = await self.send(probe)
        for attempt in range(1, self._load.tries):
            if not _is_busy(exchange):
                return exchange, ""
            pause = _retry_after(exchange, attempt)
            if time.monotonic() + pause > deadline:
                break
            await asyncio.sleep(pause)
            exchange = await self.send(probe)
        if not _is_busy(exchange):
            return exchange, ""
        assert exchange.response is not None
        return (
            exchange,
            f"answered {exchange.response.status} each time, within {self._load.patience:g} s of retries",
        )

    async def _pace(self) -> None:
        if self._load.rate is None:
            return
        start = max(time.monotonic(), self._next_start)
        self._next_start = start + 1 / self._load.rate
        await asyncio.sleep(start - time.monotonic())


async def first_answer(
    session: Session, probe: Probe, wait: float | None, *, wait_503: float = 10.0
) -> Exchange:
    """Send the run's first request, waiting for a target that is starting up.

    A 503 is waited for *wait* seconds, ``wait_503`` by default; a refused connection only when *wait* is given.
    """
    begin = time.monotonic()
    while True:
        exchange = await session.send(probe)
        if failed(exchange, FailureKind.REFUSED):
            patience = wait or 0.0
        elif exchange.response is not None and exchange.response.status == 503:
            patience = wait_503 if wait is None else wait
        else:
            return exchange
        pause = min(_retry_after(exchange, 1), max(0.2, patience / 20))
        if time.monotonic() + pause - begin > patience:
            return exchange
        await asyncio.sleep(pause)


def failed(exchange: Exchange, kind: FailureKind) -> bool:
    """Whether the exchange came to nothing, in the way of *kind*."""
    return exchange.failure is not None and exchange.failure.kind is kind


def succeeded(exchange: Exchange) -> bool:
    """Whether the exchange ended with the documented success."""
    return exchange.response is not None and exchange.response.status == 200


def _is_busy(exchange: Exchange) -> bool:
    return exchange.response is not None and exchange.response.status in BUSY


def _retry_after(exchange: Exchange, attempt: int) -> float:
    """Seconds to wait (RFC 9110, 10.2.3: a number of seconds, or a date), growing where the answer names none."""
    value = (exchange.response and exchange.response.header("retry-after")) or ""
    if value.isdigit():
        return float(value)
    try:
        return max(0.0, email.utils.parsedate_to_datetime(value).timestamp() - time.time())
    except ValueError:
        return float(0.5 * 2**attempt)
