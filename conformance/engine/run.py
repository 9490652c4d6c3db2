"""A run: executes the plan concurrently, and gives one outcome for each requirement."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from conformance.contract import Catalogue, Requirement
from conformance.http_client import FailureKind, Target
from conformance.text import counted

from .check import Check, Probe, ProbeResult
from .outcome import Outcome, RunResult, Verdict, judge
from .plan import Budget, Step, cycles, make_plan, totals
from .preflight import Unreachable, first_exchange
from .sender import Load, OverBudget, Sender, TargetStopped

STOPPED = "the target stopped responding during the run"

UNTESTABLE = frozenset(
    {FailureKind.REFUSED, FailureKind.UNRESOLVED, FailureKind.TLS, FailureKind.TIMEOUT, FailureKind.PROTOCOL}
)
"""Failures of the very first request after which nothing can be tested. Any HTTP response can be tested."""

OnOutcome = Callable[[Outcome], None]


@dataclass(frozen=True)
class Suite:
    """The checks of a run by requirement id, in the order of the catalogue, and the canary.

    ``generated`` counts the generated requests by class, during the run. ``credential_sets`` are the probes that show
    whether each set of credentials is accepted. Raises ValueError for checks that need each other.
    """

    catalogue: Catalogue
    checks: Mapping[str, Check]
    canary: Probe
    generated: Mapping[str, int] = field(default_factory=dict)
    credential_sets: Mapping[frozenset[str], Probe] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if waiting := list(cycles(self.checks)):
            raise ValueError(f"these checks need each other: {', '.join(waiting)}")


@dataclass(frozen=True, slots=True)
class Settings:
    """The load limits, the budget, and how long to wait for the target at the start (seconds)."""

    load: Load = field(default_factory=Load)
    budget: Budget = field(default_factory=Budget)
    wait: float | None = None


class Run:
    """One run of a suite against a target.

    *selected* are ids of requirements, by default all. *on_outcome* is called with each outcome as soon as it is
    known, *on_reached* once after the target's first response.
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
    ) -> None:
        self._suite, self._target, self._settings = suite, target, settings
        self.selected = tuple(suite.catalogue) if selected is None else tuple(selected)
        self.plan: tuple[Step, ...] = make_plan(suite.checks, self.selected, suite.canary, settings.budget)
        self._on_outcome, self._on_reached = on_outcome, on_reached
        self._outcomes: dict[str, Outcome] = {}
        self._concluded: dict[str, asyncio.Event] = {}
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._clock = time.monotonic()
        self._sender = Sender(target, suite.canary, settings.load, settings.budget)
        self._server = ""

    async def execute(self) -> RunResult:
        """Execute the plan. Raises Unreachable if the very first request fails."""
        async with self._target:
            try:
                await self._preflight()
                self._on_reached()
                await self._execute_plan()
            finally:
                await self._sender.close()
        return self.result()

    @property
    def requests(self) -> int:
        """The number of requests sent so far."""
        return self._sender.requests

    @property
    def planned_requests(self) -> int:
        """An estimate of all requests of the run, without retries."""
        return totals(self.plan, self._suite.canary)[0]

    def counts(self) -> Counter[Verdict]:
        """The number of selected requirements with each verdict so far; safe to call from any thread."""
        return Counter(o.verdict for o in tuple(self._outcomes.values()) if o.requirement.id in self.selected)

    def result(self, *, interrupted: bool = False) -> RunResult:
        """The current result: complete after ``execute``, partial if that was cancelled."""
        reason = "the run was interrupted" if interrupted else "not selected"
        outcomes = {
            id: self._outcomes.get(id) or Outcome(requirement, Verdict.NOT_TESTED, reason)
            for id, requirement in self._suite.catalogue.items()
        }
        return RunResult(
            outcomes=outcomes,
            selected=self.selected,
            started=self._started,
            seconds=time.monotonic() - self._clock,
            requests=self._sender.requests,
            tokens=self._sender.tokens,
            server=self._server,
            interrupted=interrupted,
            generated=dict(sorted(self._suite.generated.items())),
            answered={
                names: self._sender.exchange_of(probe) for names, probe in self._suite.credential_sets.items()
            },
        )

    async def _preflight(self) -> None:
        if not any(step.fits and not step.check.without_requests for step in self.plan):
            return
        exchange = await first_exchange(self._sender, self._suite.canary, self._settings.wait)
        if exchange.failure is not None and exchange.failure.kind in UNTESTABLE:
            place = " ".join(self._target.description.values())
            raise Unreachable(exchange.failure.kind.value, exchange.failure.detail, place)
        if exchange.response is not None:
            self._server = exchange.response.header("server") or ""

    async def _execute_plan(self) -> None:
        self._concluded = {step.check.requirement.id: asyncio.Event() for step in self.plan}
        for id, requirement in self._suite.catalogue.items():
            if id in self.selected and id not in self._suite.checks:
                self._conclude(Outcome(requirement, Verdict.NOT_TESTED, "there is no check for it yet"))
        async with asyncio.TaskGroup() as group:
            for step in self.plan:
                group.create_task(self._run_step(step))

    async def _run_step(self, step: Step) -> None:
        try:
            self._conclude(await self._outcome(step))
        except asyncio.CancelledError:
            self._sender.cancel()  # now, not in close(): a search needs some time to end, and others must not send
            raise

    def _conclude(self, outcome: Outcome) -> None:
        id = outcome.requirement.id
        self._outcomes[id] = outcome
        if id in self._concluded:
            self._concluded[id].set()
        if id in self.selected:
            self._on_outcome(outcome)

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
        blocked = await self._blocked_by(check)
        if blocked is not None:
            return self._unjudged(requirement, blocked)
        try:
            return await self._exercise(check)
        except TargetStopped:
            return Outcome(requirement, Verdict.BLOCKED, STOPPED)
        except OverBudget:
            return Outcome(requirement, Verdict.NOT_TESTED, "over budget: retries have used it up")
        except Exception as error:
            return Outcome(requirement, Verdict.ERROR, f"{type(error).__name__}: {error}")

    def _unjudged(self, requirement: Requirement, need: Outcome) -> Outcome:
        """The outcome of *requirement* whose prerequisite has the outcome *need*: it names the root failure."""
        root = self._outcomes.get(need.blocked_by, need)
        reason = f"it needs {root.requirement.id}, whose verdict is {root.verdict.value}"
        if root.verdict in (Verdict.NOT_TESTED, Verdict.UNSUPPORTED):
            return Outcome(requirement, root.verdict, f"{reason}: {root.reason}")
        return Outcome(requirement, Verdict.BLOCKED, reason, blocked_by=root.requirement.id)

    async def _blocked_by(self, check: Check) -> Outcome | None:
        """The outcome of the first prerequisite that did not pass; None when all did."""
        for need in check.needs:
            if need not in self._concluded:
                continue
            await self._concluded[need].wait()
            outcome = self._outcomes[need]
            if outcome.verdict is not Verdict.PASS:
                return outcome
        return None

    async def _exercise(self, check: Check) -> Outcome:
        """Send and judge. If the target stops or the budget ends, earlier results may still show a violation."""
        received: list[ProbeResult] = []

        async def send(probe: Probe) -> ProbeResult:
            result = await self._sender.result_of(probe)
            received.append(result)
            return result

        ended_early: Exception | None = None
        canary: ProbeResult | None = None
        results: Sequence[ProbeResult] = received
        try:
            results = await check.procedure(send, check.probes)
            canary = await self._sender.canary() if check.risky else None
        except (TargetStopped, OverBudget) as error:
            ended_early = error
        outcome = judge(check, results, canary)
        if ended_early is not None and outcome.verdict is not Verdict.FAIL:
            raise ended_early
        return outcome
