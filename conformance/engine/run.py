"""A run: executes the plan concurrently, and gives one outcome for each requirement."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from conformance.http_client import Exchange, Target
from conformance.text import counted

from .check import Check, Expect, FaultKind, Probe, ProbeResult, send_concurrently
from .conclusions import Conclusions, OnOutcome
from .endings import CredentialsExpired, OverBudget, SendingEnded
from .failure_limit import Counts, FailureLimit
from .hangs import Hanging
from .judged import Gate, Judged
from .liveness import TargetStopped
from .observing import Observing
from .outcome import Outcome, RunResult, Verdict, has_failed, judge_check
from .pending import Pending, Received
from .plan import Step, is_small, make_plan, plan_totals, with_needs
from .preflight import Unreachable, first_exchange, require_testable
from .renewal import Renewal
from .reproduction import Reproduction
from .sender import Sender
from .suite import Settings, Suite

SOON = 10
"""Checks with slow bodies begin before others of so many requests, which are sent while the client waits."""

LEAST_BESIDE = 2
"""Requests that are in flight together when a failure is repeated beside others, even if load was the cause before."""


class Run:
    """One run of a suite against a target.

    *selected* are ids of requirements, by default all. *on_outcome* is called with each outcome as soon as it is
    known, *on_reached* once after the target's first response. *examine* is called with the first exchange; it may send
    requests, whose number it returns, and raise Unreachable. *counts* is for the limit of failures. *renewal* renews
    credentials that have expired.
    """

    def __init__(
        self,
        suite: Suite,
        target: Target,
        settings: Settings,
        *,
        selected: Sequence[str] | None = None,
        on_outcome: OnOutcome = lambda outcome: None,
        on_reached: Callable[[], None] = lambda: None,
        examine: Callable[[Exchange], Awaitable[int]] | None = None,
        counts: Counts = has_failed,
        renewal: Renewal | None = None,
    ) -> None:
        self._suite, self._target, self._settings = suite, target, settings
        self.selected = tuple(suite.catalogue) if selected is None else tuple(selected)
        self.plan: tuple[Step, ...] = make_plan(suite.checks, self.selected, suite.canary, settings.budget)
        self._on_reached, self._examine = on_reached, examine
        self._gates: dict[str, Gate] = {}
        self._judged: dict[str, Judged] = {}
        self._responsible = {
            step.check.observes: step.check.requirement.id
            for step in self.plan
            if step.check.observes is not None and not step.check.without_requests
        }
        self._failures = FailureLimit(settings.max_failures, counts)
        # Without a reference to this run, which must be freed early:
        on_outcome = self._failures.watching(on_outcome)
        self._conclusions = Conclusions(suite.catalogue, self.selected, self._responsible, on_outcome)
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._clock = time.monotonic()
        load, self._turns = settings.load, asyncio.Semaphore(len(self.plan) or 1)
        self._is_small = is_small(self.plan, suite.canary)
        if self._is_small:
            load, self._turns = replace(load, concurrency=1), asyncio.Semaphore(1)
        self._sender = Sender(
            target, suite.canary, load, settings.budget, suite.reader, self._responsible.keys(), renewal
        )
        self._observing = Observing(suite, self.plan, self._gates, self._sender, self._conclusions)
        self._early: dict[str, Outcome] = {}
        self._server = ""
        self._ended = ""
        self._out_of_time = False

    async def execute(self) -> RunResult:
        """Execute the plan, at most as long as the settings allow. Raises Unreachable if the first request fails."""
        async with self._target:
            try:
                async with asyncio.timeout(self._settings.max_seconds):
                    await self._preflight()
                    self._on_reached()
                    await self._execute_plan()
                    await self._reproduce()
            except TimeoutError:
                self.end_by_time()
                self._sender.conclude()
            except Unreachable as error:
                self._ended = f"the target cannot be tested: {error.detail}"
                raise
            finally:
                await self._sender.close()
                self._observing.conclude(self._ended)
                self._conclusions.name_roots(self._judged)
        return self.result()

    def end_by_time(self) -> None:
        """Record that the time is up: requirements without an outcome are not tested for this reason."""
        self._out_of_time = True
        self._ended = (
            f"out of time: the run ended after {self._settings.max_seconds:g} s (option max-seconds)"
        )

    @property
    def requests(self) -> int:
        """The number of requests sent so far."""
        return self._sender.transmission.requests

    @property
    def planned_requests(self) -> int:
        """An estimate of all requests of the run, without retries."""
        return plan_totals(self.plan, self._suite.canary)[0]

    @property
    def is_ending(self) -> bool:
        """Whether the limit of failures has ended the checks: the run only repeats what failed."""
        return self._failures.ended

    def counts(self) -> Counter[Verdict]:
        """The number of selected requirements with each verdict so far; safe to call from any thread."""
        return self._conclusions.counts()

    def failures(self) -> Sequence[Outcome]:
        """The outcomes of the selected requirements that have failed so far; safe to call from any thread.

        Those of checks that have not ended come last.
        """
        early = tuple(self._early.items())
        ended = self._conclusions.failures()
        return [*ended, *(o for id, o in early if id in self.selected and id not in self._conclusions)]

    def result(self, *, interrupted: bool = False) -> RunResult:
        """The current result: complete after ``execute``, partial if that was cancelled."""
        ended = self._ended or ("the run was interrupted" if interrupted else "not selected")
        return RunResult(
            outcomes=self._conclusions.complete(ended),
            selected=self.selected,
            started=self._started,
            seconds=time.monotonic() - self._clock,
            requests=self._sender.transmission.requests,
            tokens=self._sender.transmission.tokens,
            server=self._server,
            interrupted=interrupted and not self._ended,
            out_of_time=self._out_of_time,
            max_failures_reached=self._failures.ended,
            generated=dict(sorted(self._suite.generated.items())),
            answered={
                names: self._sender.exchange_of(probe) for names, probe in self._suite.credential_sets.items()
            },
            canary_times=tuple(self._suite.canary_times),
        )

    async def _preflight(self) -> None:
        if not any(step.fits and not step.check.without_requests for step in self.plan):
            return
        transmission = self._sender.transmission
        exchange = await first_exchange(transmission, self._suite.canary, self._settings.wait)
        if self._examine is not None:
            transmission.requests += await self._examine(exchange)
        require_testable(exchange, self._target)
        if exchange.response is not None:
            self._server = exchange.response.header("server") or ""

    async def _execute_plan(self) -> None:
        self._gates.update((step.check.requirement.id, Gate()) for step in self.plan)
        for id, requirement in self._suite.catalogue.items():
            if id in self.selected and id not in self._suite.checks:
                self._conclusions.add(
                    Outcome(requirement, Verdict.NOT_TESTED, "there is no check for it yet")
                )
        async with self._failures.applied(), asyncio.TaskGroup() as group:
            for step in self.plan if self._is_small else sorted(self.plan, key=_place):
                group.create_task(self._run_step(step))
        if self._failures.ended:
            self._ended = self._failures.reason
            await self._sender.close()  # requests of checks that have ended; failed ones are repeated next
        self._observing.conclude(self._ended)

    async def _run_step(self, step: Step) -> None:
        """Reach the outcome of one check. A check that observes other exchanges is concluded after all others."""
        gate = self._gates[step.check.requirement.id]
        await self._earlier_ended(step.check.last)
        try:
            gate.open(await self._outcome(step))
        except asyncio.CancelledError:
            self._sender.cancel()  # now, not in close(): a search needs some time to end, and others must not send
            raise
        if step.check.observes is None:
            self._conclusions.add(gate.outcome)

    async def _earlier_ended(self, turn: int) -> None:
        """Wait until all checks have ended that have an earlier *turn*."""
        for step in self.plan:
            if step.check.last < turn:
                await self._gates[step.check.requirement.id].passed()

    async def _outcome(self, step: Step) -> Outcome:
        check = step.check
        requirement = check.requirement
        if check.untestable:
            return Outcome(requirement, Verdict.NOT_TESTED, check.untestable)
        if check.unsupported:
            return Outcome(requirement, Verdict.UNSUPPORTED, check.unsupported)
        if not step.fits:
            cost = f"{counted(step.requests, 'request')} and about {counted(step.tokens, 'prompt token')}"
            return Outcome(requirement, Verdict.NOT_TESTED, f"over budget: it needs {cost} more")
        await self._connections_known(check)
        blocked = await self._blocked_by(check)
        if blocked is not None:
            return self._conclusions.unjudged(requirement, blocked)
        try:
            async with self._turns:
                return await self._exercise(check)
        except TargetStopped:
            reason = "the server stopped responding during the run"
            return Outcome(requirement, Verdict.BLOCKED, reason, blocked_by=self._root_of(FaultKind.STOPPED))
        except Hanging as hanging:
            self._judged[requirement.id] = Judged(check, (), None, hanging.hung)
            root = self._root_of(FaultKind.NO_ANSWER)
            return Outcome(requirement, Verdict.BLOCKED, str(hanging), blocked_by=root)
        except OverBudget:
            return Outcome(requirement, Verdict.NOT_TESTED, "over budget: retries have used it up")
        except CredentialsExpired as expired:
            return Outcome(requirement, Verdict.INCONCLUSIVE, str(expired))
        except Exception as error:
            return Outcome(requirement, Verdict.ERROR, f"{type(error).__name__}: {error}")

    async def _connections_known(self, check: Check) -> None:
        """Wait until the checks of connections have ended, except for a check that they need themselves."""
        of_connections = [step.check.requirement.id for step in self.plan if step.check.of_connections]
        if check.requirement.id in with_needs(self._suite.checks, of_connections):
            return
        for other in of_connections:
            if (await self._gates[other].passed()).verdict is Verdict.FAIL:
                self._sender.transmission.new_connections_only = True
        self._sender.transmission.observe_connections()

    def _root_of(self, kind: FaultKind) -> str:
        return self._responsible.get(kind, "")

    async def _blocked_by(self, check: Check) -> Outcome | None:
        """The outcome of the first prerequisite that did not pass; None when all did."""
        for need in check.needs:
            if need not in self._gates:
                continue
            outcome = await self._gates[need].passed()
            if outcome.verdict is not Verdict.PASS:
                return outcome
        return None

    async def _exercise(self, check: Check) -> Outcome:
        """Send and judge. If the target stops, or the budget or the time ends, earlier results may show a violation."""
        received = Received(self._watch(check))
        shared = {probe.key for probe in check.probes}
        in_sequence = check.procedure is not send_concurrently

        def send(probe: Probe) -> Pending:
            find = self._sender.shared if probe.key in shared else self._sender.unshared
            one_by_one = in_sequence and not received.is_waiting
            return received.pending(probe, find(replace(probe, in_sequence=True) if one_by_one else probe))

        ended_early: Exception | None = None
        canary: ProbeResult | None = None
        results: Sequence[ProbeResult] = ()
        try:
            with self._sender.transmission.throttle.widened(check.burst):
                results = await check.procedure(send, check.probes)
            canary = await self._sender.canary(_risky(results)) if check.risky else None
        except (TargetStopped, Hanging, SendingEnded) as error:
            ended_early, results = error, received.kept
        except asyncio.CancelledError:
            self._conclude_unfinished(check, received)
            raise
        outcome = received.counted_in(judge_check(check, results, canary, self._others(check)), canary)
        if ended_early is not None and outcome.verdict is not Verdict.FAIL:
            raise ended_early
        if outcome.verdict in (Verdict.FAIL, Verdict.BLOCKED):
            self._judged[check.requirement.id] = Judged(check, tuple(results), canary)
        return outcome

    def _watch(self, check: Check) -> Callable[[ProbeResult], None] | None:
        """What records that a result of *check* shows a violation; None if one result alone does not show it."""
        if not check.judge.of_each or check.observes is not None or check.procedure is not send_concurrently:
            return None

        def watch(result: ProbeResult) -> None:
            try:
                outcome = judge_check(check, [result], None, self._others(check))
            except Exception:
                return  # the judge raises it again when the check ends, which is then an error
            if outcome.verdict is Verdict.FAIL:
                self._early.setdefault(check.requirement.id, outcome)

        return watch

    def _conclude_unfinished(self, check: Check, received: Received) -> None:
        """Conclude a check that was cancelled, if one of the results that it has received shows a violation."""
        if check.judge.of_each and check.observes is None:
            received.add_ended()
            outcome = received.counted_in(judge_check(check, received.kept, None, self._others(check)), None)
            if outcome.verdict is Verdict.FAIL:
                self._conclusions.add(outcome)

    def _others(self, check: Check) -> dict[str, str]:
        """The requirements that kinds of faults violate, except that of *check*."""
        return {kind: id for kind, id in self._responsible.items() if id != check.requirement.id}

    async def _reproduce(self) -> None:
        """Repeat the exchanges that failed, and add to their evidence when they fail.

        Checks that may explain the failures of others come first.
        """
        allowed = self._settings.load.concurrency
        reproduction = Reproduction(self._sender, allowed if self._is_small else min(allowed, LEAST_BESIDE))
        order = sorted(self._judged.items(), key=lambda item: not item[1].check.explains)
        for explain in (reproduction.explain, reproduction.explain_again):
            for id, judged in order:
                if (failure := self._conclusions.failure_of(id)) is not None:
                    self._conclusions.replace(await explain(failure, judged))
        same_text = self._responsible.get(FaultKind.OTHER_VECTOR, "")
        observed = self._conclusions.failure_of(same_text)
        if observed is not None and same_text not in self._judged and not reproduction.kinds:
            check = self._suite.checks[same_text]
            self._conclusions.replace(await reproduction.explain_observed(observed, check))
        of_load = {step.check.requirement.id for step in self.plan if step.check.of_load}
        kinds = {
            id: kind
            for id, kind in reproduction.kinds.items()
            if id not in of_load or kind is not FaultKind.LOAD
        }
        self._conclusions.attribute(kinds)
        self._conclusions.attribute_to_rejections(reproduction.of_canary)
        of_others = {step.check.requirement.id for step in self.plan if self._is_of_others(step.check)}
        failed = ((id, judged, self._conclusions.failure_of(id)) for id, judged in self._judged.items())
        of_valid = {id for id, judged, failure in failed if failure and judged.is_of_valid(failure)}
        self._conclusions.attribute_to_load(of_load, of_valid | reproduction.of_canary, of_others)

    def _is_of_others(self, check: Check) -> bool:
        """Whether accepted requests of other checks violate the requirement of *check*, and its own do not."""
        failure = self._conclusions.failure_of(check.requirement.id)
        is_own = check.observes is None or check.requirement.id in self._judged
        is_of_engine = isinstance(check.observes, FaultKind)
        return failure is not None and not (is_own or is_of_engine) and failure.evidence[0].exchange.succeeded


def _place(step: Step) -> int:
    """The place of a check in a run: the cheapest ones first, to show failures early; slow bodies soon after them."""
    return min(step.own_requests, SOON) if step.has_slow_bodies else step.own_requests


def _risky(results: Sequence[ProbeResult]) -> list[Probe]:
    return [result.probe for result in results if result.probe.expect is not Expect.ACCEPT]
