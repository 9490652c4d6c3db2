"""The plan of a run and its budget: the requests of each check, known before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from .check import Check, Probe

REPEATS = 40
"""Requests of a budget that are kept for repeats, at most 4 in 10, if it does not suffice for everything."""

PART_FOR_REPEATS = 5
"""The same if the cheapest checks get the budget: one request of so many."""

FEW = 150
"""A budget of fewer requests is for reduced checks."""

SMALL_RUN = 100
"""Requests of a run whose checks come one by one."""

SMALL = 60
"""A budget of fewer requests has none for repeats."""


@dataclass(frozen=True, slots=True)
class Budget:
    """The limits of what a run may send; None: no limit.

    ``first``: the ids of the checks that get the budget first; then come the cheapest ones. None: see ``make_plan``.
    """

    requests: int | None = None
    tokens: int | None = None
    first: Sequence[str] | None = None

    def allows(self, requests: int, tokens: int) -> bool:
        """Whether these numbers of requests and prompt tokens are within the budget."""
        return requests <= (self.requests or requests) and tokens <= (self.tokens or tokens)

    def without_repeats(self) -> Budget:
        """What is left if some requests are kept for repeats."""
        if self.first is not None and self.requests is not None:
            return replace(self, requests=self.requests - self.requests // PART_FOR_REPEATS)
        if self.requests is None or self.requests < SMALL:
            return self
        return Budget(self.requests - min(REPEATS, self.requests * 4 // 10), self.tokens)


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

    @property
    def has_slow_bodies(self) -> bool:
        """Whether the client sends bodies slowly in one of its requests."""
        return any(probe.request.transport.pause for probe in self.check.probes)

    @property
    def own_requests(self) -> int:
        """The number of its requests without those of other checks, about."""
        check = self.check.reduced or self.check
        return len(check.probes) + check.extra


def make_plan(
    checks: Mapping[str, Check], selected: Collection[str], canary: Probe, budget: Budget
) -> tuple[Step, ...]:
    """The steps for the *selected* checks and their prerequisites, in the order of *checks*.

    Prerequisites get the budget first: without them their dependents could not be judged. If it does not suffice for
    everything, the checks come next whose failures explain those of others, the cheapest first.
    """
    wanted = with_needs(checks, selected)
    steps = _steps(wanted, canary, budget)
    if budget.first is not None:
        order = cheapest_first(wanted, selected, budget.first)
        steps = _steps(with_needs(checks, order), canary, budget.without_repeats(), key=lambda item: 0)
    elif not all(step.fits for step in steps.values()):
        explaining = sorted(
            (id for id in wanted if wanted[id].explains), key=lambda id: steps[id].own_requests
        )
        steps = _steps(with_needs(checks, [*explaining, *selected]), canary, budget.without_repeats())
    return tuple(steps[requirement_id] for requirement_id in checks if requirement_id in steps)


def cheapest_first(wanted: Mapping[str, Check], selected: Collection[str], first: Sequence[str]) -> list[str]:
    """The ids *selected*: the *first* ones, then each time the one that needs the fewest further requests."""
    keys = {id: {probe.key for probe in check.probes} for id, check in wanted.items()}
    whole = {id: with_needs(wanted, [id]) for id in selected if id in wanted}
    sent: set[Hashable] = set()
    planned: set[str] = set()
    order: list[str] = []

    def cost(id: str) -> int:
        new = [other for other in whole[id] if other not in planned]
        own = set().union(*(keys[other] for other in new)) - sent
        return len(own) + sum(wanted[other].extra + wanted[other].risky for other in new)

    given = iter([id for id in first if id in whole])
    while waiting := [id for id in whole if id not in order]:
        best = next(given, None) or min(waiting, key=cost)
        planned.update(whole[best])
        sent.update(*(keys[other] for other in whole[best]))
        order.append(best)
    return order


def _steps(
    wanted: Mapping[str, Check],
    canary: Probe,
    budget: Budget,
    key: Callable[[tuple[str, Check]], int] | None = None,
) -> dict[str, Step]:
    """The steps of all *wanted* checks, which get the budget in that order, or sorted by *key*; by default by turn."""
    steps: dict[str, Step] = {}
    sent: set[Hashable] = set()
    canaries = 1
    requests, tokens = canaries, canary.tokens
    for requirement_id, check in sorted(wanted.items(), key=key or _turn):
        for form in _forms(check, budget):
            cost = _cost(form, sent, canary, canaries)
            needs_fit = all(steps[need].fits for need in form.needs if need in steps)
            fits = needs_fit and budget.allows(requests + cost[0], tokens + cost[1])
            if fits or requirement_id not in steps:
                steps[requirement_id] = Step(form, *cost, fits)
            if fits:
                sent |= {probe.key for probe in form.probes}
                requests, tokens = requests + cost[0], tokens + cost[1]
                canaries += form.risky
                break
    return steps


def _forms(check: Check, budget: Budget) -> Sequence[Check]:
    """The forms of a check, the best one for the budget first."""
    if check.reduced is None:
        return [check]
    reduced = replace(check.reduced, is_reduced=True)
    return [reduced] if (budget.requests or FEW) < FEW else [check, reduced]


def _cost(check: Check, sent: Collection[Hashable], canary: Probe, canaries: int) -> tuple[int, int]:
    """Requests and prompt tokens that *check* adds to what was *sent* and to the number of *canaries*."""
    new = [probe for probe in {probe.key: probe for probe in check.probes}.values() if probe.key not in sent]
    enough = check.enough_canaries is not None and canaries >= check.enough_canaries
    more = check.risky + (0 if enough else check.extra)
    earlier = sum(len(probe.after or ()) for probe in new)
    return len(new) + earlier + more, sum(p.tokens for p in new) + more * canary.tokens


def _turn(item: tuple[str, Check]) -> int:
    return item[1].last


def plan_totals(steps: Sequence[Step], canary: Probe) -> tuple[int, int]:
    """Requests and prompt tokens of a plan, including the first request of the run."""
    fitting = [step for step in steps if step.fits]
    return 1 + sum(s.requests for s in fitting), canary.tokens + sum(s.tokens for s in fitting)


def is_small(steps: Sequence[Step], canary: Probe) -> bool:
    """Whether a budget leaves few requests. Checks then come one by one, so that each run is like the others."""
    return not all(step.fits for step in steps) and plan_totals(steps, canary)[0] <= SMALL_RUN


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


def prerequisite_cycles(checks: Mapping[str, Check]) -> Iterator[str]:
    """Ids of checks that are prerequisites of themselves, directly or indirectly."""
    for start in checks:
        if start in with_needs(checks, checks[start].needs):
            yield start
