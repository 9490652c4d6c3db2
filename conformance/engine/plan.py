"""What a run will send, known before anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .check import Check, Probe


@dataclass(frozen=True, slots=True)
class Budget:
    """The most that a run may send; None for no bound."""

    requests: int | None = None
    tokens: int | None = None

    def allows(self, requests: int, tokens: int) -> bool:
        """Whether so many requests and prompt tokens are within the budget."""
        return requests <= (self.requests or requests) and tokens <= (self.tokens or tokens)


@dataclass(frozen=True, slots=True)
class Step:
    """One check of a plan.

    ``requests`` and ``tokens`` are what it adds to the checks before it, since equal probes are sent once. ``fits``
    says whether that is within the budget.
    """

    check: Check
    requests: int
    tokens: int
    fits: bool


def make_plan(
    checks: Mapping[str, Check], selected: Collection[str], canary: Probe, budget: Budget
) -> tuple[Step, ...]:
    """The steps for the checks *selected* and their prerequisites, in the order of *checks*."""
    wanted = _with_needs(checks, selected)
    steps: list[Step] = []
    sent: set[Hashable] = set()
    requests, tokens = 1, canary.tokens
    for requirement_id, check in checks.items():
        if requirement_id not in wanted:
            continue
        fresh = {probe.key: probe for probe in check.probes}
        new = [probe for key, probe in fresh.items() if key not in sent]
        more = check.risky + check.extra
        cost = len(new) + more, sum(probe.tokens for probe in new) + more * canary.tokens
        fits = budget.allows(requests + cost[0], tokens + cost[1])
        steps.append(Step(check, *cost, fits))
        if fits:
            sent |= fresh.keys()
            requests, tokens = requests + cost[0], tokens + cost[1]
    return tuple(steps)


def totals(steps: Sequence[Step], canary: Probe) -> tuple[int, int]:
    """Requests and prompt tokens of a plan, the first request of the run included."""
    fitting = [step for step in steps if step.fits]
    return 1 + sum(s.requests for s in fitting), canary.tokens + sum(s.tokens for s in fitting)


def _with_needs(checks: Mapping[str, Check], selected: Collection[str]) -> set[str]:
    wanted: set[str] = set()

    def add(requirement_id: str) -> None:
        if requirement_id in checks and requirement_id not in wanted:
            wanted.add(requirement_id)
            for need in checks[requirement_id].needs:
                add(need)

    for requirement_id in selected:
        add(requirement_id)
    return wanted


def cycles(checks: Mapping[str, Check]) -> Iterator[str]:
    """Ids of checks that, through their needs, wait for themselves."""
    for start in checks:
        if start in _with_needs(checks, checks[start].needs):
            yield start
