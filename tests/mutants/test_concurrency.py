"""Verdicts depend neither on the concurrency nor on chance."""

from __future__ import annotations

import pytest

from conformance.engine import Load, RunResult
from tests.mutants.all_mutants import mutants
from tests.mutants.setup import Setup
from tests.sampling import sampled

NAMES = (
    "ignores unknown properties",
    "crashes on malformed JSON",
    "omits an embedding for base64",
    "rejects Portkey-Key and Virtual-Key",
    "accepts all requests with x-portkey-api-key",
)


@pytest.mark.slow
@pytest.mark.parametrize("name", sampled(NAMES, ["ignores unknown properties"]))
def test_verdicts_and_evidence_do_not_depend_on_concurrency(name: str, small: Setup) -> None:
    fault = mutants(small.contract)[name].fault
    selected = [id for id in small.contract.catalogue if not id.startswith("response.")]
    one, many = (small.run(fault, selected=selected, load=Load(concurrency=number)) for number in (1, 32))
    assert verdicts(one) == verdicts(many)
    assert "fail" in verdicts(one).values()
    for id, outcome in one.outcomes.items():
        assert [e.probe for e in outcome.evidence] == [e.probe for e in many.outcomes[id].evidence]
        assert outcome.reason == many.outcomes[id].reason


@pytest.mark.slow  # in the default run, other tests run the whole suite against it once
def test_the_correct_server_passes_every_time(small: Setup) -> None:
    for _ in range(3):
        assert set(verdicts(small.run()).values()) == {"pass"}


def verdicts(result: RunResult) -> dict[str, str]:
    return {id: outcome.verdict.value for id, outcome in result.outcomes.items()}
