"""The reference is conformant under the vendored contract, whole and unabridged."""

from __future__ import annotations

import asyncio

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Budget, Run, RunResult, Settings, totals
from conformance.http_client import open_app
from conformance.reference import BASE_PATH, create_app
from tests.mutants.ground import credentials

CONTRACT = Contract.load()
TOKENS = 60_000
BUDGET = Budget(requests=1500, tokens=TOKENS)
Cost = tuple[int, int]
"""Requests and prompt tokens."""


def run_of(*areas: str) -> tuple[RunResult, Cost]:
    """A run of the requirements of some areas, and what was planned for it."""
    suite = build_suite(CONTRACT, credentials(CONTRACT), tokenizer="bytes")
    target = open_app(create_app(CONTRACT), base_path=BASE_PATH)
    selected = [id for id, requirement in CONTRACT.catalogue.items() if requirement.area in areas]
    run = Run(suite, target, Settings(budget=BUDGET), selected=selected)
    return asyncio.run(run.execute()), totals(run.plan, suite.canary)


AREAS = {requirement.area for requirement in CONTRACT.catalogue.values()}


def test_the_reference_meets_every_requirement_with_no_more_than_was_planned() -> None:
    """Of what is generated, tokens are not known beforehand; they stay within the budget."""
    result, (requests, _) = run_of(*AREAS)
    assert {id: o.reason for id, o in result.outcomes.items() if o.verdict != "pass"} == {}
    assert result.requests <= requests
    assert result.tokens <= TOKENS


def test_but_for_generated_requests_the_plan_is_what_is_sent() -> None:
    result, (requests, tokens) = run_of(*AREAS - {"property"})
    assert result.requests == requests
    assert (
        abs(result.tokens - tokens) < tokens / 1000
    )  # of what is asked once a length is known, it can not say all
