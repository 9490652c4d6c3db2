"""A small world for the engine: requirements that say nothing, checks of one probe, a target that is a function."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from types import TracebackType
from typing import Self

from conformance.contract import Catalogue, Requirement, Source
from conformance.engine import (
    Budget,
    Check,
    Evidence,
    Expect,
    Judge,
    Load,
    Outcome,
    Probe,
    ProbeResult,
    Run,
    RunResult,
    Settings,
    Suite,
    describe,
    each,
)
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response

Answered = int | Response | FailureKind
Behaviour = Callable[[Request], Answered | Awaitable[Answered]]

CANARY = Probe("a plainly valid request", Request(path="/canary"), Expect.ACCEPT, tokens=1)
REFUSED = FailureKind.REFUSED


class FakeTarget:
    """A target that answers as *behaviour* says: a status, a whole answer, or why there is none."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self.requests: list[Request] = []
        self.times: list[float] = []
        self.running = self.peak = 0

    @property
    def description(self) -> dict[str, str]:
        return {"url": "http://fake/v1"}

    @property
    def paths(self) -> list[str]:
        """The paths of all requests but the canary's, as names of probes."""
        return [request.path.strip("/") for request in self.requests if request != CANARY.request]

    async def send(self, request: Request) -> Exchange:
        self.requests.append(request)
        self.times.append(asyncio.get_running_loop().time())
        self.running += 1
        self.peak = max(self.peak, self.running)
        try:
            await asyncio.sleep(0)
            answered = self._behaviour(request)
            if inspect.isawaitable(answered):
                answered = await answered
        finally:
            self.running -= 1
        return exchange(request, answered)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass


def exchange(request: Request, answered: Answered) -> Exchange:
    if isinstance(answered, FailureKind):
        return Exchange(request, None, Failure(answered, "so it is"), 0.0)
    response = answered if isinstance(answered, Response) else status(answered)
    return Exchange(request, response, None, 0.0)


def status(code: int, **headers: str) -> Response:
    return Response(code, tuple((name.replace("_", "-"), value) for name, value in headers.items()), b"")


def probe(name: str, expect: Expect = Expect.ACCEPT, tokens: int = 1) -> Probe:
    return Probe(name, Request(path=f"/{name}"), expect, tokens)


def check(
    id: str,
    *probes: Probe,
    needs: Sequence[str] = (),
    judge: Judge | None = None,
    untestable: str = "",
) -> Check:
    """A check that is met when each of its probes, one of its own name by default, gets what it expects."""
    default = () if untestable else (probe(id),)
    source = Source("http", reference="RFC 9110")
    requirement = Requirement(id, "must", "area", f"{id} is as it should be", source)
    return Check(requirement, probes or default, judge or each(as_expected), tuple(needs), untestable)


def as_expected(answer: ProbeResult) -> Evidence | None:
    response = answer.exchange.response
    code = response.status if response is not None else 0
    wanted = range(200, 201) if answer.probe.expect is Expect.ACCEPT else range(400, 500)
    if code in wanted:
        return None
    return Evidence(str(answer.probe.expect), describe(answer.exchange), answer.exchange)


def suite(*checks: Check) -> Suite:
    """The suite of *checks*, whose catalogue has nothing else."""
    return Suite(
        Catalogue([check.requirement for check in checks]), {c.requirement.id: c for c in checks}, CANARY
    )


def make_run(
    checks: Sequence[Check],
    target: FakeTarget,
    *,
    load: Load | None = None,
    budget: Budget | None = None,
    wait: float | None = None,
    selected: Sequence[str] | None = None,
    heard: list[Outcome] | None = None,
) -> Run:
    settings = Settings(load or Load(), budget or Budget(), wait)
    on_outcome = (heard if heard is not None else []).append
    return Run(suite(*checks), target, settings, selected=selected, on_outcome=on_outcome)


def run(
    checks: Sequence[Check],
    target: FakeTarget | Behaviour,
    *,
    load: Load | None = None,
    budget: Budget | None = None,
    wait: float | None = None,
    selected: Sequence[str] | None = None,
) -> RunResult:
    """Run *checks* against *target*, which may be just its behaviour."""
    fake = target if isinstance(target, FakeTarget) else FakeTarget(target)
    return asyncio.run(
        make_run(checks, fake, load=load, budget=budget, wait=wait, selected=selected).execute()
    )


def verdicts(result: RunResult) -> dict[str, str]:
    return {id: outcome.verdict.value for id, outcome in result.outcomes.items()}


def by_path(statuses: dict[str, Answered], otherwise: Answered = 200) -> Behaviour:
    """Answers by the names of probes; the canary's is ``canary``."""
    return lambda request: statuses.get(request.path.strip("/"), otherwise)
