"""The plan of a run: the requests of each check, known before anything is sent."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .check import Check, Probe


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of what a run may send; None: no limit."""

    requests: int | None = None
    tokens: int | None = None

    def allows(self, requests: int, tokens: int) -> bool:
        """Whether these numbers of requests and prompt tokens are within the budget."""
        return requests <= (self.requests or requests) and tokens <= (self.tokens or tokens)


@dataclass(frozen=True, slots=True)
class Step:
    """One check of a plan.

    ``requests`` and ``tokens`` are what it adds to the checks before it, since equal probes are sent once. ``fits``
    states whether that is within the budget.
    """

    check: Check
    requests: int
    tokens: int
    fits: bool


def make_plan(
    checks: Mapping[str, Check], selected: Collection[str], canary: Probe, budget: Budget
) -> tuple[Step, ...]:
    """The steps for the *selected* checks and their prerequisites, in the order of *checks*.

    Prerequisites get the budget first: without them their dependents could not be judged.
    """
    steps: dict[str, Step] = {}
    sent: set[Hashable] = set()
    canaries = 1
    requests, tokens = canaries, canary.tokens
    for requirement_id, check in sorted(with_needs(checks, selected).items(), key=_turn):
        probes = {probe.key: probe for probe in check.probes}
        new = [probe for key, probe in probes.items() if key not in sent]
        enough = check.enough_canaries is not None and canaries >= check.enough_canaries
        more = check.risky + (0 if enough else check.extra)
        earlier = sum(len(probe.after or ()) for probe in new)
        cost = len(new) + earlier + more, sum(p.tokens for p in new) + more * canary.tokens
        needs_fit = all(steps[need].fits for need in check.needs if need in steps)
        fits = needs_fit and budget.allows(requests + cost[0], tokens + cost[1])
        steps[requirement_id] = Step(check, *cost, fits)
        if fits:
            sent |= probes.keys()
            requests, tokens = requests + cost[0], tokens + cost[1]
            canaries += check.risky
    return tuple(steps[requirement_id] for requirement_id in checks if requirement_id in steps)


def _turn(item: tuple[str, Check]) -> int:
    return item[1].last


def totals(steps: Sequence[Step], canary: Probe) -> tuple[int, int]:
    """Requests and prompt tokens of a plan, including the first request of the run."""
    fitting = [step for step in steps if step.fits]
    return 1 + sum(s.requests for s in fitting), canary.tokens + sum(s.tokens for s in fitting)


def with_needs(checks: Mapping[str, Check], selected: Collection[str]) -> dict[str, Check]:
    """The *selected* checks in that order, each after its prerequisites."""
    wanted: dict[str, Check] = {}
    visited: set[str] = set()
    for requirement_id in selected:
        _add(requirement_id, checks, wanted, visited)
    return wanted


def _add(
    requirement_id: str, checks: Mapping[str, Check], wanted: dict[str, Check], visited: set[str]
) -> None:
    if requirement_id in checks and requirement_id not in visited:
        visited.add(requirement_id)
        for need in checks[requirement_id].needs:
            _add(need, checks, wanted, visited)
        wanted[requirement_id] = checks[requirement_id]


def cycles(checks: Mapping[str, Check]) -> Iterator[str]:
    """Ids of checks that are prerequisites of themselves, directly or indirectly."""
    for start in checks:
        if start in with_needs(checks, checks[start].needs):
            yield start
