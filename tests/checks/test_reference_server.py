"""The reference server meets every requirement of the complete vendored contract."""

from __future__ import annotations

import asyncio

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Budget, Run, RunResult, Settings, plan_totals
from conformance.http_client import open_app
from conformance.reference import BASE_PATH, create_app
from tests.mutants.setup import credentials, not_passed

CONTRACT = Contract.load()
TOKENS = 450_000
"""The reference server may count each byte as a token."""
BUDGET = Budget(requests=2000, tokens=TOKENS)
Cost = tuple[int, int]
"""Requests and prompt tokens."""


def run_of(*areas: str) -> tuple[RunResult, Cost]:
    """Run the requirements of some areas. Return the result and the planned cost."""
    suite = build_suite(CONTRACT, credentials(CONTRACT), tokenizer="bytes")
    target = open_app(create_app(CONTRACT), base_path=BASE_PATH, timeout=600)
    selected = [id for id, requirement in CONTRACT.catalogue.items() if requirement.area in areas]
    run = Run(suite, target, Settings(budget=BUDGET), selected=selected)
    return asyncio.run(run.execute()), plan_totals(run.plan, suite.canary)


AREAS = {requirement.area for requirement in CONTRACT.catalogue.values()}


def test_the_reference_meets_every_requirement_within_the_plan() -> None:
    """The tokens of generated requests are not known in advance; they stay within the budget."""
    result, (requests, _) = run_of(*AREAS)
    assert not_passed(result) == {}
    assert result.requests <= requests
    assert result.tokens <= TOKENS


@pytest.mark.slow  # tests/engine/test_budget.py shows the same with a small contract
def test_the_plan_is_sent_with_few_requests_less() -> None:
    """Some checks end early for a correct target."""
    result, (requests, _) = run_of(*AREAS - {"property"})
    assert 0.98 * requests < result.requests <= requests
