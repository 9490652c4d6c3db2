"""Prerequisites run first; if one does not pass, the requests of its dependents are not sent."""

from __future__ import annotations

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Expect, Load, Suite, Verdict
from tests.engine.fakes import FakeTarget, by_path, check, probe, run, suite, verdicts
from tests.mutants.setup import credentials


def test_a_failed_prerequisite_blocks_without_a_request() -> None:
    target = FakeTarget(by_path({"a": 401}))
    result = run([check("a"), check("b", needs=["a"])], target)
    assert verdicts(result) == {"a": "fail", "b": "blocked"}
    assert target.paths == ["a"]
    assert "it needs a, whose verdict is fail" in result.outcomes["b"].reason


def test_a_blocked_check_blocks_its_dependents() -> None:
    target = FakeTarget(by_path({"a": 401}))
    checks = [check("a"), check("b", needs=["a"]), check("c", needs=["b"]), check("d")]
    assert verdicts(run(checks, target)) == {"a": "fail", "b": "blocked", "c": "blocked", "d": "pass"}
    assert sorted(target.paths) == ["a", "d"]


def test_a_check_whose_prerequisite_is_untestable_is_not_tested() -> None:
    checks = [check("a", untestable="a key is missing"), check("b", needs=["a"])]
    assert verdicts(run(checks, lambda request: 200)) == {"a": "not-tested", "b": "not-tested"}


def test_an_inconclusive_prerequisite_blocks() -> None:
    checks = [check("a"), check("b", needs=["a"])]
    result = run(checks, lambda request: 429 if request.path == "/a" else 200, load=Load(tries=1))
    assert verdicts(result) == {"a": "inconclusive", "b": "blocked"}


def test_prerequisites_run_first_in_any_order_of_checks() -> None:
    target = FakeTarget(lambda request: 200)
    run([check("c", needs=["b"]), check("b", needs=["a"]), check("a")], target)
    assert target.paths == ["a", "b", "c"]


def test_a_prerequisite_that_is_not_selected_runs_and_has_an_outcome() -> None:
    target = FakeTarget(lambda request: 200)
    result = run([check("a"), check("b", needs=["a"]), check("c")], target, selected=["b"])
    assert target.paths == ["a", "b"]
    assert verdicts(result) == {"a": "pass", "b": "pass", "c": "not-tested"}
    assert result.outcomes["c"].reason == "not selected"
    assert result.selected == ("b",)


def test_dependents_wait_for_the_canary_of_their_prerequisite() -> None:
    target = FakeTarget(by_path({"bad": 400}))
    checks = [check("a", probe("bad", Expect.REJECT)), check("b", needs=["a"])]
    assert verdicts(run(checks, target)) == {"a": "pass", "b": "pass"}
    assert [request.path for request in target.requests] == ["/canary", "/bad", "/canary", "/b"]


def test_checks_that_need_each_other_raise_an_error() -> None:
    with pytest.raises(ValueError, match="a, b"):
        suite(check("a", needs=["b"]), check("b", needs=["a"]), check("c", needs=["a"]))


@pytest.fixture(scope="module")
def real() -> Suite:
    contract = Contract.load()
    return build_suite(contract, credentials(contract), tokenizer="bytes")


def test_every_prerequisite_of_a_real_check_has_a_check(real: Suite) -> None:
    assert {need for check in real.checks.values() for need in check.needs} <= real.checks.keys()


def test_real_checks_of_accepted_credentials_need_valid_http_only(real: Suite) -> None:
    framing = "http.response.framing"
    assert [id for id, check in real.checks.items() if not check.needs] == [framing]
    assert {id for id, check in real.checks.items() if check.needs == (framing,)} == {
        id for id in real.catalogue if id.startswith("auth.accept.")
    }


def test_verdicts_have_the_documented_words() -> None:
    words = "pass fail blocked inconclusive error unsupported not-tested"
    assert [verdict.value for verdict in Verdict] == words.split()
