"""A target that claims less than everything is held to what it claims, and to refusing the rest."""

from __future__ import annotations

import pytest

from conformance.contract import DeclaredCapabilities
from conformance.engine import Verdict
from conformance.report import Exit
from conformance.report.model.standing import overall
from tests.mutants.ground import Ground, exit_of, small_contract
from tests.mutants.mutant import accepts

UNSUPPORTED = ("dimensions", "base64", "token-input", "nested-token-input", "batch")
LESS = {
    **{name: DeclaredCapabilities.read([name]) for name in UNSUPPORTED},
    "next to nothing": DeclaredCapabilities.read(UNSUPPORTED, ["input-tokens=256"]),
    "limits": DeclaredCapabilities.read((), ["batch=20", "dimensions=2048", "input-tokens=128"]),
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground.of(small_contract(tmp_path_factory.mktemp("contract")))


@pytest.mark.parametrize("name", LESS)
def test_a_server_that_refuses_what_it_does_not_claim_is_right(name: str, small: Ground) -> None:
    result = small.claiming(LESS[name]).run()
    verdicts = {id: outcome.verdict for id, outcome in result.outcomes.items()}
    assert {id: v for id, v in verdicts.items() if v not in (Verdict.PASS, Verdict.UNSUPPORTED)} == {}
    assert Verdict.UNSUPPORTED in verdicts.values()
    assert {v for id, v in verdicts.items() if id.startswith("capability.")} == {Verdict.PASS}
    assert exit_of(result) is Exit.OK
    assert overall(result) == "partial"


def test_a_server_that_has_what_is_declared_unsupported_is_told(small: Ground) -> None:
    suite = Ground(small.contract, small.correct, DeclaredCapabilities.read(["base64"]))
    result = suite.run(selected=["capability.base64"])
    outcome = result.outcomes["capability.base64"]
    assert outcome.verdict is Verdict.FAIL
    assert "answered as if it did" in outcome.evidence[0].actual


def test_a_misread_request_is_told_with_what_came_in_place_of_what_was_asked(small: Ground) -> None:
    suite = Ground(small.contract, small.correct, DeclaredCapabilities.read(["dimensions"]))
    ignoring = accepts(
        lambda p: "dimensions" in p, lambda p: {k: v for k, v in p.items() if k != "dimensions"}
    )
    outcome = suite.run(ignoring, selected=["capability.dimensions"]).outcomes["capability.dimensions"]
    assert {item.actual.split(":")[0] for item in outcome.evidence} == {"accepted, and misread"}


def test_without_a_declaration_no_run_is_about_capabilities(small: Ground) -> None:
    assert not [id for id in small.suite().catalogue if id.startswith("capability.")]
