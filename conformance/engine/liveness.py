"""Watches whether the target still responds, waits for its return, and finds the requests that may have stopped it."""

from __future__ import annotations

import asyncio
from collections.abc import Hashable

from conformance.http_client import Exchange, FailureKind

from .check import Expect, FaultKind, Probe
from .clock import loop_time
from .evidence import Evidence
from .faults import was_dropped
from .throttle import URGENT
from .transmission import Transmission, failed_with

RECOVERY_PAUSES = (0.3, 1.0, 2.0)
"""Seconds between the tries to reach a target that has stopped responding."""

ANSWER_PAUSE = 0.5
"""Seconds between the tries while the target is busy with a large request."""

MAX_SILENT = 2
"""Plainly valid requests without an answer in time, one after the other, after which a target has stopped."""

NO_CONNECTION = frozenset({FailureKind.REFUSED, FailureKind.TIMEOUT})


class TargetStopped(Exception):
    """The target responded before, and now refuses connections or lets requests time out."""


class Liveness:
    """Whether the target responds."""

    def __init__(self, transmission: Transmission, canary: Probe) -> None:
        self._transmission, self._canary = transmission, canary
        self._recovery: asyncio.Task[bool] | None = None
        self._stopped = False
        self._silent = 0
        self._suspects: dict[Hashable, tuple[Probe, Exchange]] = {}
        self._last_drop = self._back_since = 0.0

    @property
    def recovering(self) -> bool:
        """Whether somewhere the return of the target is being waited for."""
        return self._recovery is not None and not self._recovery.done()

    def tasks(self) -> list[asyncio.Task[bool]]:
        """The tasks to cancel at the end of a run."""
        return [self._recovery] if self._recovery else []

    def require_running(self) -> None:
        """Raise TargetStopped if the target has not come back."""
        if self._stopped:
            raise TargetStopped

    def observe(self, probe: Probe, exchange: Exchange) -> None:
        """Record an exchange: a request that was dropped or broken off may have stopped the target."""
        dropped = (
            failed_with(exchange, FailureKind.DROPPED)
            or exchange.was_abandoned
            or (bool(probe.after) and failed_with(exchange, FailureKind.REFUSED))
        )
        if dropped and (probe.after or probe.request != self._canary.request):
            self._suspects[probe.key] = probe, exchange
            self._last_drop = loop_time()
        elif exchange.response is not None and loop_time() - exchange.seconds > self._last_drop:
            self._suspects.clear()

    def suspect(self, probe: Probe, exchange: Exchange) -> None:
        """Record a request that got no answer: it may have stopped the target."""
        self._suspects[probe.key] = probe, exchange

    def was_away_since(self, start: float) -> bool:
        """Whether the target came back from an absence after *start*, by the event loop's clock."""
        return self._back_since > start

    async def wait_for_answer(self, seconds: float) -> None:
        """Send nothing else until the target answers a plainly valid request, or for about so many *seconds*."""
        end = loop_time() + seconds
        async with self._transmission.throttle.exclusive_slot(URGENT):
            while loop_time() < end:
                if (await self._transmission.send(self._canary)).response is not None:
                    return
                await asyncio.sleep(ANSWER_PAUSE)  # a refused connection takes no time

    async def wait_for_recovery(self) -> None:
        """Wait until the target responds again; all waiting requests share the tries. Raises TargetStopped."""
        if not await self.recovers():
            raise TargetStopped

    async def recovers(self) -> bool:
        """Whether the target responds, after a while."""
        if self._stopped:
            return False
        if not self.recovering:
            self._recovery = asyncio.create_task(self._try_until_recovered())
        assert self._recovery is not None
        return await asyncio.shield(self._recovery)

    def conclude(self) -> None:
        """Record at the end of a run whether the target has stopped: it did not answer while time was left."""
        if self.recovering and self._silent:
            self._stop()

    async def _try_until_recovered(self) -> bool:
        away, self._silent = False, 0
        for pause in (0.0, *RECOVERY_PAUSES):
            await asyncio.sleep(pause)
            async with self._transmission.throttle.slot(URGENT):
                exchange = await self._transmission.send(self._canary)
            dropped = was_dropped(exchange)
            if not dropped and (exchange.failure is None or exchange.failure.kind not in NO_CONNECTION):
                self._back_since = loop_time() if away else self._back_since
                return True
            away = away or dropped or failed_with(exchange, FailureKind.REFUSED)
            self._silent += failed_with(exchange, FailureKind.TIMEOUT)
            if self._silent == MAX_SILENT:
                break
        if dropped:  # it accepts connections, so it has not stopped
            return True
        self._stop()
        return False

    def _stop(self) -> None:
        self._stopped = True
        found = "this request was in flight when the server stopped"
        suspects = list(self._suspects.values())
        if not suspects:
            found = "this was one of the last requests before the server stopped"
            suspects = list(self._transmission.last_answered)
        # Those that a correct target may reject come first: a report shows only some of them.
        suspects.sort(key=lambda suspect: suspect[0].expect is Expect.ACCEPT)
        others = "; ".join(probe.description for probe, _ in suspects[1:])
        first = f"{found}. Other requests at that time: {others}" if others else found
        for n, (probe, exchange) in enumerate(suspects):
            what = found if n else first
            evidence = Evidence("a server that continues to respond", what, exchange, probe.description)
            self._transmission.faults.add(FaultKind.STOPPED, evidence)
