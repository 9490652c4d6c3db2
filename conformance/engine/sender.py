"""Sends probes with retries, shares results between checks, and decides what a failed exchange means."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Hashable, Sequence
from dataclasses import replace
from typing import Any

from conformance.http_client import Exchange, FailureKind, Target

from .attribution import Attribution
from .check import FaultKind, Probe, ProbeResult
from .clock import loop_time
from .evidence import Evidence
from .faults import was_dropped
from .hangs import Hangs, request_features
from .liveness import Liveness
from .outcome import describe_exchange
from .plan import Budget
from .renewal import Renewal
from .retry import is_busy, requests_pause, retry_after
from .throttle import URGENT
from .transmission import Load, Reader, Transmission, failed_with

MAX_TRIES = 3
"""A refused or dropped connection is final after so many tries, if the target responded in between each time."""

MAX_REPEATED = 16
"""Probes before a canary that are sent again after a restart of the target."""

CONFIRMATIONS = 4
"""How often a request must stop the target again: a restart may come just then, for another reason."""

SETTLING_SECONDS = 0.2
"""Time for a target to notice that connections were closed."""

NO_RESPONSE = frozenset({FailureKind.REFUSED, FailureKind.DROPPED, FailureKind.TIMEOUT})

STOPPED_TOO = "it timed out, and a plainly valid request after it also timed out"


class Sender:
    """Sends each distinct probe once in a run, and shares its result between checks.

    *observed* are the kinds of faults that a check of the run observes. ``plain`` is the canary.
    """

    def __init__(
        self,
        target: Target,
        canary: Probe,
        load: Load,
        budget: Budget | None = None,
        reader: Reader | None = None,
        observed: Collection[str] = (),
        renewal: Renewal | None = None,
    ) -> None:
        self._canary, self._load = replace(canary, after=()), load
        self.plain = self._canary
        self.transmission = Transmission(target, load, budget or Budget(), reader or Reader(), renewal)
        self._liveness = Liveness(self.transmission, self._canary)
        self._attribution = Attribution(self.transmission, self._canary, observed)
        self._hangs, self._hanging = Hangs(), asyncio.Lock()
        self._unanswered: dict[Hashable, tuple[Probe, asyncio.Event]] = {}
        self._limited: dict[int, bool] = {}
        self._limiting = asyncio.Lock()
        self._results: dict[Hashable, asyncio.Task[ProbeResult]] = {}
        self._unshared: set[asyncio.Task[ProbeResult]] = set()
        self._cancelled = False

    def shared(self, probe: Probe) -> asyncio.Task[ProbeResult]:
        """The result of *probe*, sent now or earlier in this run. It raises TargetStopped, Hanging and SendingEnded."""
        key = probe.key
        task = self._results.get(key)
        if task is None:
            task = self._results[key] = asyncio.create_task(self._result_of(probe))
        return task

    def unshared(self, probe: Probe) -> asyncio.Task[ProbeResult]:
        """The result of a *probe* that only one check has. It is not kept. It raises what that of ``shared`` raises."""
        task = asyncio.create_task(self._result_of(probe))
        self._unshared.add(task)
        task.add_done_callback(self._unshared.discard)
        return task

    def exchange_of(self, probe: Probe) -> Exchange | None:
        """The exchange of *probe*; None if it was not sent or has not ended."""
        task = self._results.get(probe.key)
        known = task is not None and task.done() and not task.cancelled() and task.exception() is None
        return task.result().exchange if task is not None and known else None

    async def canary(self, probes: Sequence[Probe] = ()) -> ProbeResult:
        """Send the canary on a new connection, each time again. Raises TargetStopped and SendingEnded.

        If it is not answered because the target restarts, the *probes* before it are sent again, one by one: a request
        that stops the target does so again.
        """
        begin = loop_time()
        exchange, exhausted = await self._with_retries(self._canary, urgent=True)
        if failed_with(exchange, FailureKind.TIMEOUT) and self.transmission.last_response < begin:
            # It counts against the request before the canary, even if the target has stopped.
            if await self._liveness.recovers():
                exchange, exhausted = await self._canary_again(probes)
        elif exchange.failure is not None and exchange.failure.kind in NO_RESPONSE:
            await self._liveness.wait_for_recovery()
            exchange, exhausted = await self._canary_again(probes)
        if exchange.response is not None and not exchange.succeeded and not exhausted:
            exchange = await self._attribution.to_judge(self._canary, exchange)
        return ProbeResult(self._canary, exchange, exhausted, self._malformed(self._canary, exchange))

    async def _canary_again(self, probes: Sequence[Probe]) -> tuple[Exchange, str]:
        """The canary after each of the *probes* alone: the first one without a response, each time, or the last one."""
        for probe in probes[:MAX_REPEATED]:
            for _ in range(CONFIRMATIONS):
                exchange = await self._canary_after(probe)
                if exchange.response is not None or not await self._liveness.recovers():
                    break
            if exchange.response is None:
                return exchange, ""
        for _ in range(MAX_TRIES):
            exchange, exhausted = await self._with_retries(self._canary, urgent=True)
            if exchange.response is not None or not await self._liveness.recovers():
                break
        return exchange, exhausted

    async def _canary_after(self, probe: Probe) -> Exchange:
        """Send *probe* and the canary after it, without any other request."""
        async with self.transmission.throttle.exclusive_slot(URGENT):
            self._liveness.require_running()
            await self.transmission.send(probe, after=() if probe.after is None else probe.after)
            return await self.transmission.send(self._canary)

    async def send(self, probe: Probe, *, urgent: bool = False) -> Exchange:
        """Send *probe* within the load limits; *urgent* ones (canaries, retries) go first.

        Requests wait while another one waits for the target to respond again, and while it is found out why one of the
        same form got no answer. Raises Hanging, TargetStopped and SendingEnded.
        """
        while True:
            async with self.transmission.slot(probe, urgent=urgent):
                judged = None if urgent else self._unanswered_like(probe)
                if not self._liveness.recovering and judged is None:
                    self._liveness.require_running()
                    if probe is not self._canary:
                        self._hangs.check(probe)
                    sent = await self.transmission.send(probe)
                    if failed_with(sent, FailureKind.TIMEOUT) and not urgent:
                        self._unanswered[probe.key] = probe, asyncio.Event()
                    break
            await (judged.wait() if judged is not None else self._liveness.wait_for_recovery())
        self._liveness.observe(probe, sent)
        if was_dropped(sent) and probe is not self._canary:
            return await self._after_drop(probe, sent)
        return sent

    def _unanswered_like(self, probe: Probe) -> asyncio.Event | None:
        """What is set when it is known why a request of the same form as *probe* got no answer; None without one."""
        own = request_features(probe)
        found = (judged for other, judged in self._unanswered.values() if request_features(other) == own)
        return next(found, None)

    async def alone(self, probe: Probe) -> Exchange:
        """Send *probe* on a new connection, without other requests in flight. Raises TargetStopped, SendingEnded.

        It is sent again if the target asks for a retry.
        """
        async with self.transmission.throttle.exclusive_slot(URGENT):
            self._liveness.require_running()
            after = () if probe.after is None else probe.after
            exchange = await self.transmission.send(probe, after=after)
            for attempt in range(1, self._load.tries):
                if probe.is_met_by(exchange.status) or not _is_busy(probe, exchange):
                    break
                if (pause := retry_after(exchange, attempt)) > self._load.retry_seconds:
                    break
                await asyncio.sleep(pause)
                if len(after) % 2:  # or a target that is busy at every second request is so at each try
                    await self.transmission.send(self._canary)
                exchange = await self.transmission.send(probe, after=after)
        return exchange

    def conclude(self) -> None:
        """Record at the end of a run whether the target has stopped."""
        self._liveness.conclude()

    def cancel(self) -> None:
        """Cancel all requests that wait or are in flight."""
        if not self._cancelled:
            self._cancelled = True
            for task in self._tasks():
                task.cancel()

    async def close(self) -> None:
        """Cancel all requests, and wait until they have ended. More requests can be sent afterwards."""
        self.cancel()
        await asyncio.gather(*self._tasks(), return_exceptions=True)
        self._cancelled = False

    def _tasks(self) -> list[asyncio.Task[Any]]:
        return [*self._results.values(), *self._unshared, *self._liveness.tasks()]

    async def _after_drop(self, probe: Probe, dropped: Exchange) -> Exchange:
        """The exchange to judge for a request that was dropped.

        It is sent again, alone, if something else may have been the cause: a restart of the target, a request that
        crashed it, or a limit on the number of connections.
        """
        await self._liveness.wait_for_recovery()
        restarted = self._liveness.was_away_since(self.transmission.start_of(probe))
        crashed_by_other = self.transmission.was_beside_crash(probe)
        if not (restarted or crashed_by_other or await self._has_connection_limit()):
            return dropped
        again = await self.alone(probe)
        if was_dropped(again) and any(self._limited.values()):
            await asyncio.sleep(SETTLING_SECONDS)
            again = await self.alone(probe)
        self._liveness.observe(probe, again)
        return again

    async def _has_connection_limit(self) -> bool:
        """Whether the target drops one of several plainly valid requests at once; if so, send fewer from now on."""
        async with self._limiting:  # one after the other: the first one says enough about the rest
            slots = self.transmission.throttle.slots
            if any(self._limited.values()):
                return True
            if slots not in self._limited:
                canaries = (self.transmission.send_in_slot(self._canary) for _ in range(slots))
                self._limited[slots] = any(map(was_dropped, await asyncio.gather(*canaries)))
                if self._limited[slots]:
                    self.transmission.throttle.narrow()
            return self._limited[slots]

    async def _result_of(self, probe: Probe) -> ProbeResult:
        if probe.may_be_shed:
            return await self._sent_once(probe)
        exchange, exhausted = await self._send_until_connected(probe)
        if exchange.was_abandoned:
            return ProbeResult(probe, exchange)
        if failed_with(exchange, FailureKind.NOT_READ):
            assert exchange.failure is not None
            reason = f"not read: {exchange.failure.detail}; declare a smaller batch as a limit"
            return ProbeResult(probe, exchange, reason)
        if failed_with(exchange, FailureKind.TIMEOUT):
            try:
                return await self._after_timeout(probe, exchange)
            finally:
                if probe.key in self._unanswered:
                    self._unanswered.pop(probe.key)[1].set()
        if exchange.response is not None:
            self._hangs.record_answered(probe)
        if exhausted and exchange.status != 429 and (await self.canary()).exchange.succeeded:
            exchange, exhausted = await self.alone(probe), ""  # the target is not busy any more
        if not exhausted and not probe.is_met_by(exchange.status):
            exchange = await self._attribution.to_judge(probe, exchange)
        malformed = self._malformed(probe, exchange)
        return ProbeResult(probe, exchange, exhausted, malformed, self.transmission.excuse(probe, exchange))

    async def _sent_once(self, probe: Probe) -> ProbeResult:
        """The result of a request that the target may shed: its check decides what a missing answer means."""
        async with self.transmission.slot(probe):
            self._liveness.require_running()
            exchange = await self.transmission.send(probe)
        self._liveness.observe(probe, exchange)
        if failed_with(exchange, FailureKind.TIMEOUT):
            self._liveness.suspect(probe, exchange)
        return ProbeResult(probe, exchange, fault=self._malformed(probe, exchange))

    def _malformed(self, probe: Probe, exchange: Exchange) -> FaultKind | None:
        return self.transmission.faults.observe_malformed(probe, exchange)

    async def _after_timeout(self, probe: Probe, exchange: Exchange) -> ProbeResult:
        """Find out what a timeout means: a large request, a target that has stopped, or a request that hangs."""
        if probe.scenario is not None and probe.scenario.explains_silence():
            self._liveness.suspect(probe, exchange)
            return ProbeResult(probe, exchange, "" if await self._liveness.recovers() else STOPPED_TOO)
        explained = self.transmission.pace.explanation(probe, exchange.seconds)
        if explained is not None:
            await self._liveness.wait_for_answer(2 * explained.seconds)
            return ProbeResult(probe, exchange, explained.reason)
        async with self._hanging:  # one after the other: the first may say enough about the rest
            self._hangs.check(probe)
            self._liveness.suspect(probe, exchange)
            if not await self._liveness.recovers():
                return ProbeResult(probe, exchange, STOPPED_TOO)
            again, exhausted = await self.alone(probe), ""
            if _is_busy(probe, again) or was_dropped(again) or failed_with(again, FailureKind.REFUSED):
                again, exhausted = await self._with_retries(probe, urgent=True)
            if not failed_with(again, FailureKind.TIMEOUT):
                return ProbeResult(probe, again, exhausted, self._malformed(probe, again))
            if not await self._liveness.recovers():
                return ProbeResult(probe, exchange, STOPPED_TOO)
            self._hangs.record(probe, exchange.seconds)
            self.transmission.faults.add(FaultKind.NO_ANSWER, _no_answer(probe, again))
            return ProbeResult(probe, again, fault=FaultKind.NO_ANSWER)

    async def _send_until_connected(self, probe: Probe) -> tuple[Exchange, str]:
        """Send *probe*. If its connection is refused and the target recovers, send it again: it never arrived."""
        for _ in range(MAX_TRIES):
            exchange, exhausted = await self._with_retries(probe)
            if not failed_with(exchange, FailureKind.REFUSED):
                break
            await self._liveness.wait_for_recovery()
        return exchange, exhausted

    async def _with_retries(self, probe: Probe, *, urgent: bool = False) -> tuple[Exchange, str]:
        """The first exchange that is not 429 or 503, or the last one and the reason why tries ended.

        After many 429s without another response, each probe is sent once only, until the target accepts one again.
        """
        many = self._load.tries * self._load.concurrency
        exchange = await self.send(probe, urgent=urgent)
        tries, limit = "", ""
        deadline = loop_time() + self._load.retry_seconds
        for attempt in range(1, self._load.tries):
            if not _is_busy(probe, exchange) or self.transmission.consecutive_429 >= many:
                break
            pause = retry_after(exchange, attempt)
            if loop_time() + pause > deadline:
                limit = (
                    f", and the next try would be more than {self._load.retry_seconds:g} s after the first"
                )
                break
            if requests_pause(exchange):
                self.transmission.throttle.pause(pause)
            await asyncio.sleep(pause)
            exchange, tries = await self.send(probe, urgent=True), f" to each of {attempt + 1} tries"
        if not _is_busy(probe, exchange):
            return exchange, ""
        return exchange, f"the server responded with {exchange.status}{tries}{limit}"


def _no_answer(probe: Probe, exchange: Exchange) -> Evidence:
    found = f"{describe_exchange(exchange)}, twice, the second time without other requests in flight"
    return Evidence("a response in time", found, exchange, probe.description)


def _is_busy(probe: Probe, exchange: Exchange) -> bool:
    """Whether the target requested a retry later, and not because of the probe's scenario."""
    return is_busy(exchange) and (probe.scenario is None or not probe.scenario.explains(exchange.status))
