"""A run: the plan carried out concurrently, one outcome for each requirement."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from conformance.contract import Catalogue, Requirement
from conformance.http_client import FailureKind, Target

from .check import Check, Probe, ProbeResult
from .judging import judge
from .outcome import Outcome, RunResult, Verdict
from .plan import Budget, Step, cycles, make_plan, totals
from .preflight import Unreachable, first_answer
from .sender import Load, OverBudget, Sender, TargetGone

GONE = "the target stopped answering during the run"
GAVE_OUT = (TargetGone, OverBudget)

UNTESTABLE = frozenset(
    {FailureKind.REFUSED, FailureKind.UNRESOLVED, FailureKind.TLS, FailureKind.TIMEOUT, FailureKind.PROTOCOL}
)
"""Ends of the very first request after which there is nothing to test; any HTTP answer, even a bad one, is none."""

OnOutcome = Callable[[Outcome], None]


@dataclass(frozen=True)
class Suite:
    """All that a run is made of: the checks by requirement id in the catalogue's order, and the canary.

    ``generated`` counts, by class, the requests that were generated while it ran; ``credential_sets`` are the probes
    that show what each set of credentials opens. Raises ValueError for checks that need each other.
    """

    catalogue: Catalogue
    checks: Mapping[str, Check]
    canary: Probe
    generated: Mapping[str, int] = field(default_factory=dict)
    credential_sets: Mapping[frozenset[str], Probe] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if waiting := list(cycles(self.checks)):
            raise ValueError(f"checks that would wait for each other for ever: {', '.join(waiting)}")


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run is to go: load, budget, and how long to wait for the target at its start (seconds)."""

    load: Load = field(default_factory=Load)
    budget: Budget = field(default_factory=Budget)
    wait: float | None = None


class Run:
    """One run of a suite against a target.

    *selected* are the requirements that were asked for, all by default; *on_outcome* hears of each as it is settled,
    *on_reached* once the target has answered its first request.
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
        self._settled: dict[str, asyncio.Event] = {}
        self._started = datetime.now(UTC).isoformat(timespec="seconds")
        self._clock = time.monotonic()
        self._session = Sender(target, suite.canary, settings.load, settings.budget)
        self._server = ""

    async def execute(self) -> RunResult:
        """Carry the plan out. Raises Unreachable when the target's very first request comes to nothing."""
        async with self._target:
            try:
                await self._preflight()
                self._on_reached()
                await self._settle_all()
            finally:
                await self._session.close()
        return self.result()

    @property
    def requests(self) -> int:
        """How many requests were sent so far."""
        return self._session.requests

    @property
    def planned_requests(self) -> int:
        """How many are to be sent in all, as estimated, without retries."""
        return totals(self.plan, self._suite.canary)[0]

    def counts(self) -> Counter[Verdict]:
        """How many of the selected requirements have which verdict so far; any thread may ask."""
        return Counter(o.verdict for o in tuple(self._outcomes.values()) if o.requirement.id in self.selected)

    def result(self, *, interrupted: bool = False) -> RunResult:
        """What is known now: complete after ``execute``, partial when that was cancelled."""
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
            requests=self._session.requests,
            tokens=self._session.tokens,
            server=self._server,
            interrupted=interrupted,
            generated=dict(sorted(self._suite.generated.items())),
            answered={
                names: self._session.answered(probe) for names, probe in self._suite.credential_sets.items()
            },
        )

    async def _preflight(self) -> None:
        if not any(step.fits and not step.check.without_requests for step in self.plan):
            return
        exchange = await first_answer(self._session, self._suite.canary, self._settings.wait)
        if exchange.failure is not None and exchange.failure.kind in UNTESTABLE:
            place = " ".join(self._target.description.values())
            raise Unreachable(exchange.failure.kind.value, exchange.failure.detail, place)
        if exchange.response is not None:
            self._server = exchange.response.header("server") or ""

    async def _settle_all(self) -> None:
        self._settled = {step.check.requirement.id: asyncio.Event() for step in self.plan}
        for id, requirement in self._suite.catalogue.items():
            if id in self.selected and id not in self._suite.checks:
                self._conclude(Outcome(requirement, Verdict.NOT_TESTED, "no check exercises it yet"))
        async with asyncio.TaskGroup() as group:
            for step in self.plan:
                group.create_task(self._settle(step))

    async def _settle(self, step: Step) -> None:
        self._conclude(await self._outcome(step))

    def _conclude(self, outcome: Outcome) -> None:
        id = outcome.requirement.id
        self._outcomes[id] = outcome
        if id in self._settled:
            self._settled[id].set()
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
            reason = (
                f"over budget: it needs {step.requests} requests and about {step.tokens} prompt tokens more"
            )
            return Outcome(requirement, Verdict.NOT_TESTED, reason)
        blocked = await self._blocked_by(check)
        if blocked is not None:
            return self._unjudged(requirement, blocked)
        try:
            return await self._exercise(check)
        except TargetGone:
            return Outcome(requirement, Verdict.BLOCKED, GONE)
        except OverBudget:
            return Outcome(requirement, Verdict.NOT_TESTED, "over budget: new tries have used it up")
        except Exception as error:
            return Outcome(requirement, Verdict.ERROR, f"{type(error).__name__}: {error}")

    def _unjudged(self, requirement: Requirement, need: Outcome) -> Outcome:
        """The outcome of *requirement*, which needs the one of *need*: told by where its own needs begin to fail."""
        root = self._outcomes.get(need.blocked_by, need)
        reason = f"it needs {root.requirement.id}, which is {root.verdict.value}"
        if root.verdict in (Verdict.NOT_TESTED, Verdict.UNSUPPORTED):
            return Outcome(requirement, root.verdict, f"{reason}: {root.reason}")
        return Outcome(requirement, Verdict.BLOCKED, reason, blocked_by=root.requirement.id)

    async def _blocked_by(self, check: Check) -> Outcome | None:
        """The outcome of the first prerequisite that did not pass; None when all did."""
        for need in check.needs:
            if need not in self._settled:
                continue
            await self._settled[need].wait()
            outcome = self._outcomes[need]
            if outcome.verdict is not Verdict.PASS:
                return outcome
        return None

    async def _exercise(self, check: Check) -> Outcome:
        """Ask and judge. Where the target or the budget gave out, what came before may still show a violation."""
        seen: list[ProbeResult] = []

        async def ask(probe: Probe) -> ProbeResult:
            answer = await self._session.ask(probe)
            seen.append(answer)
            return answer

        lost: Exception | None = None
        canary: ProbeResult | None = None
        answers: Sequence[ProbeResult] = seen
        try:
            answers = await check.conduct(ask, check.probes)
            canary = await self._session.canary() if check.risky else None
        except GAVE_OUT as error:
            lost = error
        outcome = judge(check, answers, canary)
        if lost is not None and outcome.verdict is not Verdict.FAIL:
            raise lost
        return outcome
