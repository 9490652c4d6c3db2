"""Runs of the suite against the reference server of a contract, with or without faults."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from conformance.checks import build_suite
from conformance.contract import Contract, DeclaredCapabilities
from conformance.contract.spec_files import vendored_document
from conformance.engine import Load, Run, RunResult, Settings, Suite
from conformance.exit_codes import Exit
from conformance.http_client import Target, open_app
from conformance.reference import BASE_PATH, create_app, default_credentials
from conformance.report import exit_code, judge_standing
from conformance.secret import Secret
from tests.faulty_servers.faults import rejects
from tests.faulty_servers.messages import Request, Response
from tests.faulty_servers.servers import Fault, Server, application, cached, server_of, with_faults
from tests.faulty_servers.tenants import accepts_second_tenant, other_value
from tests.mutants.mutant import Mutant

MAX_ITEMS = 72
"""The most items of an array in the small contract."""

MANY, PART = 100, 7
"""Of checks of responses with more than MANY probes, a part of a run sends every seventh."""

BUSY = "this machine is too busy"

NATIVE_LENGTH = 96
"""The length of vectors in requests without `dimensions`; short vectors make the tests fast."""


@dataclass(frozen=True)
class Setup:
    """A contract with its correct server, which supports all capabilities, or those that are declared.

    ``others`` are the credentials of a second tenant of the server, if it has one.
    """

    contract: Contract
    correct: Server
    declared: DeclaredCapabilities = field(default_factory=DeclaredCapabilities)
    others: Sequence[tuple[str, Secret]] = ()

    @classmethod
    def of(cls, contract: Contract) -> Setup:
        """The reference server of *contract*, with its default credentials."""
        reference = cached(server_of(create_app(contract)))
        return cls(contract, cached(with_faults(reference, _shortens_vectors)))

    def declaring(self, declared: DeclaredCapabilities) -> Setup:
        """The same contract with a server that rejects requests for other capabilities than *declared*."""
        return replace(self, correct=with_faults(self.correct, rejects(declared.missing)), declared=declared)

    def of_two_tenants(self) -> Setup:
        """The same contract with a server that has a second tenant, with the same models."""
        others = [(name, Secret(other_value(value), "OTHER")) for name, value in credentials(self.contract)]
        return replace(self, correct=with_faults(self.correct, accepts_second_tenant), others=others)

    def for_mutant(self, mutant: Mutant) -> Setup:
        """The setup in which *mutant* is tested."""
        return (self.of_two_tenants() if mutant.tenants else self).declaring(mutant.declared)

    def suite(self, only: Sequence[str] | None = None) -> Suite:
        """A new suite, of some requirements or of all. A suite is for one run: checks keep what they read."""
        return build_suite(
            self.contract,
            credentials(self.contract),
            tokenizer="bytes",
            capabilities=self.declared,
            only=only,
            other_headers=self.others,
        )

    def target(self, *faults: Fault, timeout: float = 60.0) -> Target:
        """The correct server with *faults*, as a target; the first fault is the nearest to the server."""
        server = with_faults(self.correct, *faults)
        return open_app(application(server), base_path=BASE_PATH, timeout=timeout)

    def run(
        self,
        *faults: Fault,
        selected: Sequence[str] | None = None,
        load: Load | None = None,
        part: bool = False,
    ) -> RunResult:
        """Run the suite against the correct server with *faults*; *part*: only with a part of the many probes."""
        settings = Settings(load or Load())
        suite = part_of(self.suite(selected)) if part else self.suite(selected)
        return asyncio.run(Run(suite, self.target(*faults), settings, selected=selected).execute())


def part_of(suite: Suite) -> Suite:
    """*suite* with one of PART probes for each check of all valid responses, which has hundreds."""
    checks = {
        id: replace(check, probes=check.probes[::PART])
        if check.requirement.area == "response" and len(check.probes) > MANY
        else check
        for id, check in suite.checks.items()
    }
    return replace(suite, checks=checks)


async def _shortens_vectors(request: Request, reference: Server) -> Response:
    """Return vectors of NATIVE_LENGTH for requests without ``dimensions``."""
    response = await reference(request)
    payload = request.payload()
    if not response.ok or "dimensions" in payload:
        return response
    short = await reference(request.with_payload({**payload, "dimensions": NATIVE_LENGTH}))
    return short if short.ok else response


def credentials(contract: Contract) -> list[tuple[str, Secret]]:
    """The reference server's default credentials for *contract*, as headers."""
    rendered = (
        contract.security[name].render(value) for name, value in default_credentials(contract).items()
    )
    return [(header, Secret(value, "CREDENTIAL")) for header, value in rendered]


def small_contract(folder: Path) -> Contract:
    """The vendored contract with a small limit for all arrays."""
    text = vendored_document().read_text("utf-8")
    file = folder / "small.yaml"
    file.write_text(text.replace("maxItems: 2048", f"maxItems: {MAX_ITEMS}"), "utf-8")
    contract = Contract.load(file)
    assert {
        branch.node.get("maxItems", MAX_ITEMS) for branch in contract.request.properties["input"].branches
    } == {MAX_ITEMS}
    return contract


def exit_of(result: RunResult) -> Exit:
    """The exit code of a run without a baseline."""
    judged = {
        id: judge_standing(outcome, fail_level="must", baseline={}) for id, outcome in result.outcomes.items()
    }
    return exit_code(result, judged)


def not_passed(result: RunResult) -> dict[str, str]:
    """The reasons of the requirements that did not pass, by id.

    A busy machine cannot judge whether response times grow; the suite then says so, and nothing else is left out.
    """
    return {
        id: outcome.reason
        for id, outcome in result.outcomes.items()
        if outcome.verdict != "pass" and not (id == "state.latency" and BUSY in outcome.reason)
    }


def failed(result: RunResult) -> set[str]:
    """The ids of the requirements that failed."""
    return {id for id, outcome in result.outcomes.items() if outcome.verdict == "fail"}
