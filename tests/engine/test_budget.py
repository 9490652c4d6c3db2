"""The plan states what is sent, and a run never exceeds its budget."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Budget, Expect, Judge, Load, Probe, Run, Settings, make_plan, plan_totals
from conformance.engine.plan import PART_FOR_REPEATS
from conformance.engine.transmission import Reader
from conformance.http_client import Request
from tests.engine.fakes import (
    CANARY,
    FakeTarget,
    by_path,
    check,
    make_run,
    probe,
    run,
    status,
    suite,
    verdicts,
)
from tests.mutants.setup import Setup, credentials
from tests.virtual_time import run_in_virtual_time

CHECKS = [
    check("a", probe("x"), probe("y")),
    check("b", probe("y"), probe("z")),
    check("c", probe("bad", Expect.REJECT, tokens=10)),
    check("d", probe("w", tokens=100)),
]
BEHAVIOR = by_path({"bad": 400})


def test_equal_probes_are_planned_and_sent_once() -> None:
    target = FakeTarget(BEHAVIOR)
    made = make_run(CHECKS, target)
    assert [step.requests for step in made.plan] == [2, 1, 2, 1]
    assert [step.tokens for step in made.plan] == [2, 1, 11, 100]
    assert plan_totals(made.plan, CANARY) == (7, 115)
    result = run(CHECKS, target)
    assert sorted(target.paths) == ["bad", "w", "x", "y", "z"]
    assert (result.requests, result.tokens) == (7, 115) == (len(target.requests), 115)


def test_probes_with_different_expectations_are_different_probes() -> None:
    target = FakeTarget(lambda request: 200)
    either = probe("x", Expect.EITHER)
    result = run(
        [check("a", probe("x")), check("b", either, judge=Judge("anything", lambda results: ()))], target
    )
    assert verdicts(result) == {"a": "pass", "b": "pass"}
    assert target.paths == ["x", "x"]


@pytest.mark.parametrize("most", range(1, 9))
def test_requests_never_exceed_the_budget(most: int) -> None:
    target = FakeTarget(BEHAVIOR)
    result = run(CHECKS, target, budget=Budget(requests=most))
    assert len(target.requests) == result.requests <= most
    assert set(verdicts(result).values()) <= {"pass", "not-tested"}
    assert ("not-tested" in verdicts(result).values()) == (most < 7)


def test_tokens_never_exceed_the_budget_and_checks_that_fit_are_run() -> None:
    result = run(CHECKS, BEHAVIOR, budget=Budget(tokens=50))
    assert verdicts(result) == {"a": "pass", "b": "pass", "c": "pass", "d": "not-tested"}
    assert "over budget" in result.outcomes["d"].reason
    assert result.tokens <= 50


def test_requests_in_flight_leave_room_for_what_the_target_counts() -> None:
    async def one_second(_: Request) -> int:
        await asyncio.sleep(1)
        return 200

    checks = [check(f"c{n}", wordy(f"c{n}")) for n in range(150)]
    counting = replace(suite(*checks), canary=wordy("canary"), reader=Reader(tokens=lambda _: 40))
    target = FakeTarget(one_second)
    settings = Settings(Load(concurrency=8), Budget(tokens=2200))
    result = run_in_virtual_time(Run(counting, target, settings).execute())
    assert target.peak == 8
    assert len(target.requests) == 55
    assert result.tokens == 2200


def wordy(name: str) -> Probe:
    """A probe with an estimate of 10 prompt tokens, for which the target counts 40."""
    return Probe(name, Request(path=f"/{name}", body=b"x" * 100), Expect.ACCEPT, tokens=10)


def test_prerequisites_get_the_budget_first() -> None:
    checks = [check("a", probe("x"), probe("y"), needs=["z"]), check("b", needs=["z"]), check("z")]
    result = run(checks, lambda request: 200, budget=Budget(requests=3))
    assert verdicts(result) == {"a": "not-tested", "b": "pass", "z": "pass"}


def test_named_checks_get_the_budget_first_and_then_the_cheapest() -> None:
    checks = [
        check("a", *map(probe, "stuv")),
        check("b", probe("x"), probe("y")),
        check("c"),
        check("d", probe("x")),
    ]
    budget = Budget(requests=5, first=["b"])
    steps = make_run(checks, FakeTarget(BEHAVIOR), budget=budget).plan
    assert [step.check.requirement.id for step in steps if step.fits] == ["b", "c", "d"]
    without = make_run(checks, FakeTarget(BEHAVIOR), budget=replace(budget, first=None)).plan
    assert [step.check.requirement.id for step in without if step.fits] == ["a"]


def test_a_part_of_the_budget_is_kept_for_repeats() -> None:
    checks = [check(f"c{number}") for number in range(30)]
    steps = make_run(checks, FakeTarget(BEHAVIOR), budget=Budget(requests=20, first=[])).plan
    assert plan_totals(steps, CANARY)[0] == 20 - 20 // PART_FOR_REPEATS


def test_a_check_whose_prerequisite_is_over_budget_uses_no_budget() -> None:
    checks = [check("a", probe("x", tokens=99)), check("b", needs=["a"]), check("c")]
    result = run(checks, lambda request: 200, budget=Budget(requests=2, tokens=50))
    assert verdicts(result) == {"a": "not-tested", "b": "not-tested", "c": "pass"}


@pytest.mark.parametrize("most", range(1, 12))
def test_retries_do_not_exceed_the_budget(most: int) -> None:
    target = FakeTarget(lambda request: status(503, retry_after="0") if request.path == "/x" else 200)
    result = run(CHECKS, target, budget=Budget(requests=most), load=Load(concurrency=1))
    assert len(target.requests) <= most
    assert "pass" not in {verdicts(result)["a"], verdicts(result)["c"]}


def test_waiting_for_a_target_does_not_exceed_the_budget() -> None:
    target = FakeTarget(lambda request: 503)
    run(CHECKS, target, budget=Budget(requests=2))
    assert len(target.requests) <= 2


def test_an_empty_plan_sends_nothing() -> None:
    target = FakeTarget(lambda request: 200)
    run([check("a", untestable="no key")], target)
    assert target.requests == []


def test_the_plan_of_the_real_suite_is_sent_exactly_except_generated_requests(small: Setup) -> None:
    suite = small.suite()
    fixed = [id for id, check in suite.checks.items() if not check.extra]
    planned = plan_totals(make_plan(suite.checks, fixed, suite.canary, Budget()), suite.canary)
    result = small.run(selected=fixed)
    assert planned[0] == result.requests


@pytest.mark.slow
def test_generated_requests_do_not_exceed_the_plan(small: Setup) -> None:
    suite = small.suite()
    generated = [id for id, check in suite.checks.items() if check.extra]
    assert generated
    planned = plan_totals(make_plan(suite.checks, generated, suite.canary, Budget()), suite.canary)
    result = small.run(selected=generated)
    assert result.requests <= planned[0]


@pytest.mark.parametrize("requests", [1, 2, 30, 100])
def test_a_real_run_tests_what_fits_its_budget(small: Setup, requests: int) -> None:
    settings = Settings(budget=Budget(requests=requests))
    result = asyncio.run(Run(small.suite(), small.target(), settings).execute())
    passed = [id for id, outcome in result.outcomes.items() if outcome.verdict == "pass"]
    assert result.requests <= requests
    assert set(verdicts(result).values()) <= {"pass", "not-tested"}
    assert bool(passed) == (requests > 1)


def test_the_plan_for_the_vendored_contract_stays_within_the_documented_load() -> None:
    contract = Contract.load()
    suite = build_suite(contract, credentials(contract))
    requests, tokens = plan_totals(
        make_plan(suite.checks, list(suite.checks), suite.canary, Budget()), suite.canary
    )
    assert requests < 2000
    assert tokens < 150_000
