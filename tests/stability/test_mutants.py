"""Every check of the area can fail, and passes for the recorded server."""

from __future__ import annotations

import pytest

from conformance.contract import Contract
from conformance.drift import Grade
from tests.mutants.setup import failed, not_passed
from tests.sampling import sampled
from tests.stability.matrix import deviations
from tests.stability.mutants import mutants
from tests.stability.runs import run_with_snapshot

MUTANTS = mutants()
FIRST = {mutant.breaks: name for name, mutant in reversed([*MUTANTS.items()])}
"""The first mutant of each requirement."""


def test_exactly_the_requirements_of_the_area_have_mutants() -> None:
    area = {id for id, requirement in Contract.load().catalogue.items() if requirement.area == "stability"}
    assert FIRST.keys() == area


def test_the_recorded_server_is_identical() -> None:
    finished = run_with_snapshot()
    assert not_passed(finished.result) == {}
    assert finished.comparison is not None
    assert finished.comparison.grade is Grade.IDENTICAL


@pytest.mark.parametrize("name", sampled(MUTANTS, FIRST.values()))
def test_a_mutant_fails_its_requirement_and_only_related_ones(name: str) -> None:
    result = run_with_snapshot(MUTANTS[name].fault).result
    assert list(deviations(MUTANTS[name], result)) == []
    assert MUTANTS[name].breaks in failed(result)
