"""The same server gets the same verdicts at any concurrency, and each time."""

from __future__ import annotations

import pytest

from conformance.engine import Load, RunResult
from tests.mutants.ground import Ground
from tests.mutants.zoo import mutants

SOME = (
    "drops unknown properties",
    "crashes on malformed JSON",
    "forgets an embedding on base64",
    "knows nothing of Portkey-Key and Virtual-Key",
    "looks at x-portkey-api-key alone, and whether it is there",
)


@pytest.mark.parametrize("name", SOME)
def test_verdicts_do_not_depend_on_concurrency(name: str, small: Ground) -> None:
    runs = [
        small.run(mutants(small.contract)[name].fault, load=Load(concurrency=number)) for number in (1, 32)
    ]
    assert verdicts(runs[0]) == verdicts(runs[1])
    assert "fail" in verdicts(runs[0]).values()


def test_evidence_does_not_depend_on_concurrency(small: Ground) -> None:
    fault = mutants(small.contract)["drops unknown properties"].fault
    one, many = (small.run(fault, load=Load(concurrency=number)) for number in (1, 32))
    for id, outcome in one.outcomes.items():
        assert [e.probe for e in outcome.evidence] == [e.probe for e in many.outcomes[id].evidence]
        assert outcome.reason == many.outcomes[id].reason


def test_the_correct_server_passes_time_after_time(small: Ground) -> None:
    for _ in range(3):
        assert set(verdicts(small.run()).values()) == {"pass"}


def verdicts(result: RunResult) -> dict[str, str]:
    return {id: outcome.verdict.value for id, outcome in result.outcomes.items()}
