"""Run the suite against a hostile target in this process. A target that ends its process stops listening instead."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from conformance.checks import build_suite
from conformance.checks.property import Generation
from conformance.contract import Contract
from conformance.engine import Budget, Load, Run, RunResult, Settings, Verdict
from conformance.http_client import open_url
from conformance.reference import BASE_PATH
from tests.mutants.setup import Setup, credentials

from .index import SERVERS
from .serve import PROFILE
from .server import CloseConnection, HostileServer
from .states import StateFault

SECONDS = 60.0
TIMEOUT = "--timeout="


class Runs:
    """Runs of the suite with the contract in a file. The correct server is the same for all."""

    def __init__(self, file: Path) -> None:
        self._setup = Setup.of(Contract.load(file, profile=PROFILE))

    def run(self, name: str, requests: int | None = None) -> RunResult:
        """A run against a new server of the class *name*, of at most so many *requests*."""
        return asyncio.run(self._run(SERVERS[name](self._setup.correct), requests))

    async def _run(self, server: HostileServer, requests: int | None) -> RunResult:
        async def end() -> None:
            server.stop_listening()
            raise CloseConnection

        server.end = end  # type: ignore[method-assign]
        await server.listen()
        target = open_url(f"http://{server.host}:{server.port}{BASE_PATH}", timeout=_timeout(server))
        contract = self._setup.contract
        suite = build_suite(contract, credentials(contract), generation=Generation(5))
        try:
            return await Run(suite, target, Settings(Load(), Budget(requests=requests))).execute()
        finally:
            server.stop_listening()


def _timeout(server: HostileServer) -> float:
    given = [option.removeprefix(TIMEOUT) for option in server.expected.options if option.startswith(TIMEOUT)]
    return float(given[0]) if given else SECONDS


def differences(fault: StateFault, result: RunResult) -> Sequence[str]:
    """How the findings of a run differ from those that *fault* must have."""
    failures = {
        id: outcome
        for id, outcome in result.outcomes.items()
        if outcome.verdict is Verdict.FAIL and outcome.requirement.level == "must"
    }
    named = failures.pop(fault.requirement, None)
    found = [f"{id}: {outcome.reason}" for id, outcome in failures.items() if id not in fault.also]
    if named is None:
        return [f"{fault.requirement} did not fail", *found]
    shown = named.evidence[0]
    if not shown.reproduction.startswith(fault.condition):
        found.append(f"the condition is {shown.reproduction!r}")
    if fault.cause not in shown.actual:
        found.append(f"the cause is {shown.actual!r}")
    return found
