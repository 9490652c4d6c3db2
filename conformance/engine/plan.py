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
    """The steps for the checks *selected* and their prerequisites, in the order of *checks*.

    The budget is given out to prerequisites first: without them nothing that it buys could be judged.
    """
    steps: dict[str, Step] = {}
    sent: set[Hashable] = set()
    requests, tokens = 1, canary.tokens
    for requirement_id, check in _with_needs(checks, selected).items():
        fresh = {probe.key: probe for probe in check.probes}
        new = [probe for key, probe in fresh.items() if key not in sent]
        more = check.risky + check.extra
        cost = len(new) + more, sum(p.tokens for p in new) + more * canary.tokens
        needed = all(steps[need].fits for need in check.needs if need in steps)
        fits = needed and budget.allows(requests + cost[0], tokens + cost[1])
        steps[requirement_id] = Step(check, *cost, fits)
        if fits:
            sent |= fresh.keys()
            requests, tokens = requests + cost[0], tokens + cost[1]
    return tuple(steps[requirement_id] for requirement_id in checks if requirement_id in steps)


def totals(steps: Sequence[Step], canary: Probe) -> tuple[int, int]:
    """Requests and prompt tokens of a plan, the first request of the run included."""
    fitting = [step for step in steps if step.fits]
    return 1 + sum(s.requests for s in fitting), canary.tokens + sum(s.tokens for s in fitting)


def _with_needs(checks: Mapping[str, Check], selected: Collection[str]) -> dict[str, Check]:
    """The checks *selected*, in that order, each behind its prerequisites."""
    wanted: dict[str, Check] = {}
    visited: set[str] = set()

    def add(requirement_id: str) -> None:
        if requirement_id in checks and requirement_id not in visited:
            visited.add(requirement_id)
            for need in checks[requirement_id].needs:
                add(need)
            wanted[requirement_id] = checks[requirement_id]

    for requirement_id in selected:
        add(requirement_id)
    return wanted


def cycles(checks: Mapping[str, Check]) -> Iterator[str]:
    """Ids of checks that, through their needs, wait for themselves."""
    for start in checks:
        if start in _with_needs(checks, checks[start].needs):
            yield start
