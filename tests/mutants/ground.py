"""What a mutant is tried on: a contract, its reference server, and the suite for both."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from conformance.checks import build_suite
from conformance.contract import Contract, DeclaredCapabilities
from conformance.contract.spec_files import vendored_document
from conformance.engine import Load, Run, RunResult, Settings, Suite
from conformance.http_client import Target, open_app
from conformance.reference import BASE_PATH, create_app, default_credentials
from conformance.report import Exit, exit_code, judge_standing
from conformance.secret import Secret
from tests.mutants.asgi import Call, Fault, Reply, Serve, application, behind, remembered, server
from tests.mutants.mutant import refuses

FEW = 72
"""Items of the largest array in the small contract."""

WIDTH = 96
"""Numbers of a vector where the request does not say; with more, the tests would wait for nothing but them."""


@dataclass(frozen=True)
class Ground:
    """A contract with its correct server, which may claim less than everything."""

    contract: Contract
    correct: Serve
    claims: DeclaredCapabilities = field(default_factory=DeclaredCapabilities)

    @classmethod
    def of(cls, contract: Contract) -> Ground:
        """The ground for *contract*, with the reference's default credentials."""
        return cls(contract, remembered(behind(_narrow, remembered(server(create_app(contract))))))

    def claiming(self, claims: DeclaredCapabilities) -> Ground:
        """The same contract with a server that refuses whatever takes more than *claims*."""
        return Ground(self.contract, behind(refuses(claims.lacking), self.correct), claims)

    def suite(self) -> Suite:
        """A fresh suite: checks remember what they have read of a run's answers."""
        return build_suite(self.contract, credentials(self.contract), tokenizer="bytes", claims=self.claims)

    def target(self, *faults: Fault, timeout: float = 60.0) -> Target:
        """The correct server behind *faults*, the first one nearest to it."""
        serve = self.correct
        for fault in faults:
            serve = behind(fault, serve)
        return open_app(application(serve), base_path=BASE_PATH, timeout=timeout)

    def run(
        self, *faults: Fault, selected: Sequence[str] | None = None, load: Load | None = None
    ) -> RunResult:
        """A whole run against the correct server behind *faults*."""
        settings = Settings(load or Load())
        return asyncio.run(Run(self.suite(), self.target(*faults), settings, selected=selected).execute())


async def _narrow(call: Call, reference: Serve) -> Reply:
    """The reference, whose vectors are as short as if every request had asked for that."""
    answer = await reference(call)
    payload = call.payload()
    if answer.status != 200 or "dimensions" in payload:
        return answer
    narrow = await reference(call.with_payload({**payload, "dimensions": WIDTH}))
    return narrow if narrow.status == 200 else answer


def credentials(contract: Contract) -> list[tuple[str, Secret]]:
    """The reference's credentials for *contract*, as headers."""
    rendered = (
        contract.security[name].render(value) for name, value in default_credentials(contract).items()
    )
    return [(header, Secret(value, "CREDENTIAL")) for header, value in rendered]


def small_contract(folder: Path) -> Contract:
    """The vendored contract with small bounds for arrays."""
    text = vendored_document().read_text("utf-8")
    file = folder / "small.yaml"
    file.write_text(text.replace("maxItems: 2048", f"maxItems: {FEW}"), "utf-8")
    contract = Contract.load(file)
    assert {branch.node.get("maxItems", FEW) for branch in contract.request.properties["input"].branches} == {
        FEW
    }
    return contract


def exit_of(result: RunResult) -> Exit:
    """The code that a run ends with, without a baseline."""
    judged = {
        id: judge_standing(outcome, fail_level="must", baseline={}) for id, outcome in result.outcomes.items()
    }
    return exit_code(result, judged)


def failed(result: RunResult) -> set[str]:
    """The ids of the requirements that failed."""
    return {id for id, outcome in result.outcomes.items() if outcome.verdict == "fail"}
