"""Unsupported features: the target must reject them, and the rest of the suite does not use them."""

from __future__ import annotations

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract, DeclaredCapabilities, shipped_capabilities
from conformance.engine import Verdict
from conformance.exit_codes import Exit
from conformance.report.model.standing import overall_verdict
from tests.faulty_servers.faults import changes_payload
from tests.mutants.setup import Setup, credentials, exit_of
from tests.sampling import sampled

UNSUPPORTED = tuple(
    name for name, capability in shipped_capabilities().items() if capability.needed_by is not None
)
DECLARED = {
    **{name: DeclaredCapabilities.read([name]) for name in UNSUPPORTED},
    "all at once": DeclaredCapabilities.read(UNSUPPORTED, ["input-tokens=256"]),
    "limits": DeclaredCapabilities.read((), ["batch=20", "dimensions=2048", "input-tokens=128"]),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", sampled(DECLARED, ["limits"]))
def test_a_server_that_rejects_unsupported_features_is_conformant(name: str, small: Setup) -> None:
    result = small.declaring(DECLARED[name]).run()
    verdicts = {id: outcome.verdict for id, outcome in result.outcomes.items()}
    assert {id: v for id, v in verdicts.items() if v not in (Verdict.PASS, Verdict.UNSUPPORTED)} == {}
    assert Verdict.UNSUPPORTED in verdicts.values()
    assert {v for id, v in verdicts.items() if id.startswith("capability.")} == {Verdict.PASS}
    assert exit_of(result) is Exit.OK
    assert overall_verdict(result) == "partial"


def test_requested_lengths_are_unsupported_without_dimensions() -> None:
    contract = Contract.load()
    declared = DeclaredCapabilities.read(["dimensions"])
    checks = build_suite(contract, credentials(contract), capabilities=declared).checks
    assert "dimensions" in checks["meaning.requested-lengths"].unsupported


def test_what_a_model_does_not_support_is_not_required_of_other_models() -> None:
    contract = Contract.load()
    declared = DeclaredCapabilities.read(["dimensions"])
    checks = build_suite(contract, credentials(contract), capabilities=declared).checks
    models = {probe.payload["model"] for probe in checks["capability.dimensions"].probes}
    assert models == {contract.example_model}


def test_a_server_that_supports_a_feature_declared_unsupported_fails(small: Setup) -> None:
    suite = Setup(small.contract, small.correct, DeclaredCapabilities.read(["base64"]))
    result = suite.run(selected=["capability.base64"])
    outcome = result.outcomes["capability.base64"]
    assert outcome.verdict is Verdict.FAIL
    assert outcome.evidence[0].actual.startswith(
        "the server accepted it, and the response alone shows no fault"
    )


def test_evidence_for_an_ignored_property_states_that_the_response_is_wrong(small: Setup) -> None:
    suite = Setup(small.contract, small.correct, DeclaredCapabilities.read(["dimensions"]))
    ignoring = changes_payload(
        lambda p: "dimensions" in p, lambda p: {k: v for k, v in p.items() if k != "dimensions"}
    )
    outcome = suite.run(ignoring, selected=["capability.dimensions"]).outcomes["capability.dimensions"]
    assert {item.actual.split(":")[0] for item in outcome.evidence} == {
        "the server accepted it, with a wrong response"
    }
    assert "/data/0/embedding: expected 1 number, as requested, found " in outcome.evidence[0].actual
    assert {item.expected for item in outcome.evidence} == {"a 4xx, since this is declared unsupported"}


def test_evidence_for_a_request_over_a_limit_names_the_limit(small: Setup) -> None:
    suite = Setup(small.contract, small.correct, DeclaredCapabilities.read((), ["batch=20"]))
    outcome = suite.run(selected=["capability.batch"]).outcomes["capability.batch"]
    assert {item.expected for item in outcome.evidence} == {"a 4xx, since this is over the declared limit"}


def test_without_a_declaration_no_capability_is_tested(small: Setup) -> None:
    assert not [id for id in small.suite().catalogue if id.startswith("capability.")]
