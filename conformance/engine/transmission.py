"""Transmits single requests within the load limits and the budget, and records what happened."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass, replace

from conformance.http_client import Exchange, FailureKind, Limits, Request, Target

from .check import Expect, Probe
from .clock import loop_time
from .endings import OverBudget
from .evidence import Evidence
from .faults import FaultLog, was_dropped
from .hangs import LARGE, Pace
from .plan import Budget
from .renewal import Renewal
from .throttle import IN_SEQUENCE, URGENT, Throttle

SMALL_RESPONSE = 2 * 2**20
"""Bytes of a response, such as that to one text, that is not counted among the responses in flight."""

MAX_RECORDS = 2000
"""Requests that the history keeps."""

LAST = 3
"""Requests that are named when the target stops between two requests."""


@dataclass(frozen=True, slots=True)
class Load:
    """The limits of the load on the target.

    ``concurrency``: requests in flight. ``rate``: requests per second, None: no limit. ``tries`` and
    ``retry_seconds`` limit the retries of one request that was answered with 429 or 503. ``new_connections``: whether
    each request gets a new connection.
    """

    concurrency: int = 8
    rate: float | None = None
    tries: int = 4
    retry_seconds: float = 70.0
    new_connections: bool = False


@dataclass(frozen=True, slots=True)
class Moment:
    """When a request was sent: its number in the run, and the seconds since the first one."""

    number: int
    seconds: float

    def __str__(self) -> str:
        return f"request {self.number:,}, {self.seconds:.1f} s after the start"


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads each exchange once, as soon as it has ended.

    ``read`` returns what to keep of it, ``tokens`` the prompt tokens that the target counted, or None. ``found``
    returns the evidence of one kind of fault in all that was read so far, ``excuse`` the reason why the target may
    reject a valid request, if it may. ``differ`` states whether the responses to two equal requests have other vectors.
    ``change`` returns the probe from which on vectors vary, if they did not vary for a long time before.
    """

    read: Callable[[Exchange, Probe, Moment], Exchange] = lambda exchange, probe, moment: exchange
    tokens: Callable[[Exchange], int | None] = lambda exchange: None
    found: Callable[[str], Sequence[Evidence]] = lambda kind: ()
    excuse: Callable[[Probe, Exchange], str] = lambda probe, exchange: ""
    differ: Callable[[Exchange, Exchange], bool] = lambda one, other: False
    change: Callable[[], Probe | None] = lambda: None


@dataclass(slots=True)
class Record:
    """A request of the history: when it was sent and answered, by the event loop's clock, and how it ended."""

    probe: Probe
    started: float
    ended: float = float("inf")
    dropped: bool = False
    timed_out: bool = False

    def overlaps(self, other: Record) -> bool:
        """Whether both requests were in flight at the same time."""
        return self.started < other.ended and other.started < self.ended


class Transmission:
    """Sends requests to the target.

    ``requests`` counts them, repeated ones too. ``tokens`` are the prompt tokens that the target counted, and
    estimates where it did not. ``last_answered`` are the last requests that were answered. ``new_connections_only``:
    whether kept connections are no longer used.
    """

    def __init__(
        self, target: Target, load: Load, budget: Budget, reader: Reader, renewal: Renewal | None = None
    ) -> None:
        self._target, self._budget, self._reader = target, budget, reader
        self._renewal = renewal or Renewal()
        self.excuse, self.differ = reader.excuse, reader.differ
        self.found, self.change = reader.found, reader.change
        self.throttle = Throttle(load.concurrency, load.rate)
        self._slow = asyncio.Semaphore(max(1, 3 * load.concurrency // 4))
        self.faults = FaultLog()
        self.pace = Pace()
        self.history: deque[Record] = deque(maxlen=MAX_RECORDS)
        self.last_answered: deque[tuple[Probe, Exchange]] = deque(maxlen=LAST)
        self.requests = self.tokens = 0
        self.consecutive_429 = 0
        self.last_response = 0.0
        self.new_connections_only = load.new_connections
        self._tokens_per_estimate = 1.0
        self._reserved = 0
        self._begin = float("inf")

    def slot(self, probe: Probe, *, urgent: bool = False) -> AbstractAsyncContextManager[None]:
        """A slot for *probe*. One with a scenario, and a large one that may take long, gets the only slot."""
        is_large = probe.tokens >= LARGE
        cost = URGENT if urgent else probe.tokens if is_large else IN_SEQUENCE if probe.in_sequence else 0
        if probe.scenario is not None:
            return self.throttle.exclusive_slot(cost)
        limit = min(probe.request.response_limit or 0, Limits().body)
        response_bytes = limit if limit > SMALL_RESPONSE else 0
        if is_large:
            return self.throttle.large_slot(cost, lambda: self.pace.is_quick(probe), response_bytes)
        if probe.request.transport.pause:
            return self._slow_slot(cost, response_bytes)
        return self.throttle.slot(cost, response_bytes)

    @asynccontextmanager
    async def _slow_slot(self, cost: int, bytes: int) -> AsyncIterator[None]:
        """One of three quarters of the slots: others are sent while the client waits."""
        async with self._slow, self.throttle.slot(cost, bytes):
            yield

    async def send(self, probe: Probe, *, after: Sequence[Request] | None = None) -> Exchange:
        """Send *probe* in the current slot; once more if the target closes a kept connection just then.

        *after* is as for ``Target.send``. Raises SendingEnded.
        """
        before = probe.after if after is None else after
        if before is None and (self.new_connections_only or self.faults.of_connections):
            before = ()
        sent = await self._send_once(probe, before)
        if not sent.closed_while_idle:
            return sent
        again = await self._send_once(probe, ())
        refused = failed_with(again, FailureKind.REFUSED)
        return (
            sent if refused else again
        )  # a target that refuses connections afterwards did not just close one

    async def send_in_slot(self, probe: Probe) -> Exchange:
        """Send *probe* as soon as the load allows it. Raises SendingEnded."""
        async with self.slot(probe, urgent=True):
            return await self.send(probe)

    async def _send_once(self, probe: Probe, after: Sequence[Request] | None) -> Exchange:
        """Send *probe* once; a second time if its credentials have expired."""
        return await self._renewal.exchange(probe, lambda: self._exchange(probe, after))

    async def _exchange(self, probe: Probe, after: Sequence[Request] | None) -> Exchange:
        estimate = round(probe.tokens * self._tokens_per_estimate)
        more = len(after or ())
        if not self._budget.allows(self.requests + 1 + more, self.tokens + self._reserved + estimate):
            raise OverBudget
        self.requests += 1 + more
        number = self.requests
        self.tokens += probe.tokens
        # Until the response, others must leave what the target may count beyond the estimate of the probe.
        reserved = estimate - probe.tokens
        self._reserved += reserved
        try:
            for _ in range(1 + more):
                await self.throttle.wait_for_start()
            record = Record(probe, loop_time())
            self._begin = min(self._begin, record.started)
            self.history.append(record)
            with probe.scenario or nullcontext():
                exchange = await self._transmit(probe.request, after)
        finally:
            self._reserved -= reserved
        record.ended = loop_time()
        record.dropped, record.timed_out = was_dropped(exchange), failed_with(exchange, FailureKind.TIMEOUT)
        exchange = self._reader.read(exchange, probe, Moment(number, record.started - self._begin))
        if exchange.response is not None:
            self.last_answered.append((probe, exchange))
        self._count(probe, exchange)
        self.faults.observe(probe, exchange)
        return exchange

    async def _transmit(self, request: Request, after: Sequence[Request] | None) -> Exchange:
        """Send *request* with the current credentials."""
        current = self._renewal.current
        sent, before = current(request), after and [current(one) for one in after]
        exchange = await self._target.send(sent, after=before)
        return exchange if sent is request else replace(exchange, request=request, renewed=sent)

    def _count(self, probe: Probe, exchange: Exchange) -> None:
        if exchange.response is not None:
            self.last_response = loop_time()
        self.consecutive_429 = self.consecutive_429 + 1 if exchange.status == 429 else 0
        if not exchange.succeeded:
            return
        self.pace.record(probe, exchange.seconds)
        counted = self._reader.tokens(exchange)
        if counted is not None and 0 < counted <= _most_tokens(probe):
            self.tokens += counted - probe.tokens
            if probe.tokens:
                self._tokens_per_estimate = max(self._tokens_per_estimate, counted / probe.tokens)

    def was_accompanied(self, probe: Probe) -> bool:
        """Whether another request was in flight at the same time as *probe*."""
        own = next((record for record in reversed(self.history) if record.probe.key == probe.key), None)
        return own is not None and any(r is not own and r.overlaps(own) for r in self.history)

    def start_of(self, probe: Probe) -> float:
        """When *probe* was sent last."""
        return next(record.started for record in reversed(self.history) if record.probe.key == probe.key)

    def was_beside_crash(self, probe: Probe) -> bool:
        """Whether *probe* was dropped together with a request that a target may crash on."""
        own = next((record for record in reversed(self.history) if record.probe.key == probe.key), None)
        return own is not None and any(
            r is not own and r.dropped and r.probe.expect is not Expect.ACCEPT and r.overlaps(own)
            for r in self.history
        )

    def observe_connections(self) -> None:
        """Record the faults of connections that are kept."""
        self.faults.observe_unrequested(self._target.unrequested)


def _most_tokens(probe: Probe) -> int:
    """The most prompt tokens that are plausible: a token is at least one byte of the request."""
    return len(probe.request.content or b"")


def failed_with(exchange: Exchange, kind: FailureKind) -> bool:
    """Whether the exchange failed with *kind*."""
    return exchange.failure is not None and exchange.failure.kind is kind
