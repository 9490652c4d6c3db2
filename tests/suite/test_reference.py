"""The reference is conformant under the vendored contract, whole and unabridged."""

from __future__ import annotations

import asyncio

from conformance.contract import Contract
from conformance.engine import Budget, Run, Settings, totals
from conformance.reference import BASE_PATH, create_app
from conformance.suite import build_suite
from conformance.target import open_app
from tests.mutants.ground import credentials


def test_the_reference_meets_every_requirement_with_no_more_than_was_planned() -> None:
    contract = Contract.load()
    suite = build_suite(contract, credentials(contract))
    run = Run(
        suite, open_app(create_app(contract), base_path=BASE_PATH), Settings(budget=Budget(1500, 60_000))
    )
    result = asyncio.run(run.execute())
    assert {id: o.reason for id, o in result.outcomes.items() if o.verdict != "pass"} == {}
    assert (result.requests, result.tokens) == totals(run.plan, suite.canary)
