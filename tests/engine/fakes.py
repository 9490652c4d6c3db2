"""Fakes for the engine: generated requirements, checks with one probe, and a target that is a function."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
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
    describe_answer,
    judges_each,
)
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response, UnrequestedBytes
from tests.virtual_time import run_in_virtual_time

Result = int | Response | FailureKind
Behavior = Callable[[Request], Result | Awaitable[Result]]

CANARY = Probe("a plainly valid request", Request(path="/canary"), Expect.ACCEPT, tokens=1)
REFUSED = FailureKind.REFUSED


class FakeTarget:
    """A target whose *behavior* returns a status, a whole response, or a kind of failure."""

    def __init__(self, behavior: Behavior) -> None:
        self._behavior = behavior
        self.requests: list[Request] = []
        self.pooled: list[Request] = []
        self.times: list[float] = []
        self.running = self.peak = 0

    @property
    def description(self) -> dict[str, str]:
        return {"url": "http://fake/v1"}

    @property
    def paths(self) -> list[str]:
        """The paths of all requests except canaries and repeats on a new connection, as names of probes."""
        return [request.path.strip("/") for request in self.pooled if request != CANARY.request]

    @property
    def unrequested(self) -> Sequence[UnrequestedBytes]:
        return ()

    async def send(self, request: Request, *, after: Sequence[Request] | None = None) -> Exchange:
        self.requests.append(request)
        if after is None:
            self.pooled.append(request)
        begin = asyncio.get_running_loop().time()
        self.times.append(begin)
        self.running += 1
        self.peak = max(self.peak, self.running)
        try:
            await asyncio.sleep(0)
            result = self._behavior(request)
            if inspect.isawaitable(result):
                result = await result
        finally:
            self.running -= 1
        return replace(exchange(request, result), seconds=asyncio.get_running_loop().time() - begin)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        pass


def exchange(request: Request, result: Result) -> Exchange:
    if isinstance(result, FailureKind):
        return Exchange(request, None, Failure(result, "a fake failure"), 0.0)
    response = result if isinstance(result, Response) else status(result)
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
    """A check that passes if each probe gets what it expects. By default, it has one probe with its own name."""
    default = () if untestable else (probe(id),)
    source = Source("http", reference="RFC 9110")
    requirement = Requirement(id, "must", "area", f"The server meets {id}", source)
    return Check(requirement, probes or default, judge or as_expected, tuple(needs), untestable)


@judges_each("")
def as_expected(result: ProbeResult) -> Evidence | None:
    wanted = range(200, 201) if result.probe.expect is Expect.ACCEPT else range(400, 500)
    if result.exchange.status in wanted:
        return None
    return Evidence(str(result.probe.expect), describe_answer(result.exchange), result.exchange)


def suite(*checks: Check) -> Suite:
    """The suite of *checks*; its catalogue has only their requirements."""
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
    outcomes: list[Outcome] | None = None,
) -> Run:
    settings = Settings(load or Load(), budget or Budget(), wait)
    on_outcome = (outcomes if outcomes is not None else []).append
    return Run(suite(*checks), target, settings, selected=selected, on_outcome=on_outcome)


def run(
    checks: Sequence[Check],
    target: FakeTarget | Behavior,
    *,
    load: Load | None = None,
    budget: Budget | None = None,
    wait: float | None = None,
    selected: Sequence[str] | None = None,
) -> RunResult:
    """Run *checks* against a target or a function that is its behavior."""
    fake = target if isinstance(target, FakeTarget) else FakeTarget(target)
    return run_in_virtual_time(
        make_run(checks, fake, load=load, budget=budget, wait=wait, selected=selected).execute()
    )


def verdicts(result: RunResult) -> dict[str, str]:
    return {id: outcome.verdict.value for id, outcome in result.outcomes.items()}


def by_path(results: dict[str, Result], otherwise: Result = 200) -> Behavior:
    """A behavior that gives results by the name of the probe; the canary is named ``canary``."""
    return lambda request: results.get(request.path.strip("/"), otherwise)
