"""What a check needs is tried first; when that is not met, the check's own requests are not sent."""

from __future__ import annotations

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Expect, Load, Suite, Verdict
from tests.engine.fakes import FakeTarget, by_path, check, probe, run, suite, verdicts
from tests.mutants.ground import credentials


def test_a_failed_prerequisite_blocks_without_a_request() -> None:
    target = FakeTarget(by_path({"a": 401}))
    result = run([check("a"), check("b", needs=["a"])], target)
    assert verdicts(result) == {"a": "fail", "b": "blocked"}
    assert target.paths == ["a"]
    assert "it needs a, which is fail" in result.outcomes["b"].reason


def test_blocking_goes_on_through_what_is_blocked() -> None:
    target = FakeTarget(by_path({"a": 401}))
    checks = [check("a"), check("b", needs=["a"]), check("c", needs=["b"]), check("d")]
    assert verdicts(run(checks, target)) == {"a": "fail", "b": "blocked", "c": "blocked", "d": "pass"}
    assert sorted(target.paths) == ["a", "d"]


def test_what_needs_something_untestable_is_not_tested_either() -> None:
    checks = [check("a", untestable="a key is missing"), check("b", needs=["a"])]
    assert verdicts(run(checks, lambda request: 200)) == {"a": "not-tested", "b": "not-tested"}


def test_an_inconclusive_prerequisite_blocks() -> None:
    checks = [check("a"), check("b", needs=["a"])]
    result = run(checks, lambda request: 429 if request.path == "/a" else 200, load=Load(tries=1))
    assert verdicts(result) == {"a": "inconclusive", "b": "blocked"}


def test_prerequisites_come_first_in_whatever_order_the_checks_stand() -> None:
    target = FakeTarget(lambda request: 200)
    run([check("c", needs=["b"]), check("b", needs=["a"]), check("a")], target)
    assert target.paths == ["a", "b", "c"]


def test_a_prerequisite_that_was_not_selected_runs_and_its_outcome_is_known() -> None:
    target = FakeTarget(lambda request: 200)
    result = run([check("a"), check("b", needs=["a"]), check("c")], target, selected=["b"])
    assert target.paths == ["a", "b"]
    assert verdicts(result) == {"a": "pass", "b": "pass", "c": "not-tested"}
    assert result.outcomes["c"].reason == "not selected"
    assert result.selected == ("b",)


def test_the_canary_of_a_prerequisite_is_waited_for() -> None:
    target = FakeTarget(by_path({"bad": 400}))
    checks = [check("a", probe("bad", Expect.REJECT)), check("b", needs=["a"])]
    assert verdicts(run(checks, target)) == {"a": "pass", "b": "pass"}
    assert [request.path for request in target.requests] == ["/canary", "/bad", "/canary", "/b"]


def test_checks_that_wait_for_each_other_are_a_mistake_of_the_suite() -> None:
    with pytest.raises(ValueError, match="a, b"):
        suite(check("a", needs=["b"]), check("b", needs=["a"]), check("c", needs=["a"]))


@pytest.fixture(scope="module")
def real() -> Suite:
    contract = Contract.load()
    return build_suite(contract, credentials(contract), tokenizer="bytes")


def test_everything_that_a_real_check_needs_is_a_check(real: Suite) -> None:
    assert {need for check in real.checks.values() for need in check.needs} <= real.checks.keys()


def test_every_real_check_but_those_of_acceptance_needs_valid_credentials(real: Suite) -> None:
    free = {id for id, check in real.checks.items() if not check.needs}
    assert free == {id for id in real.catalogue if id.startswith("auth.accept.")}


def test_verdict_words_are_those_of_the_design() -> None:
    words = "pass fail blocked inconclusive error unsupported not-tested"
    assert [verdict.value for verdict in Verdict] == words.split()
