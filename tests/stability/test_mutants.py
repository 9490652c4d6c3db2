"""Every check of the area can fail, and passes for the recorded server."""

from __future__ import annotations

import numpy as np
import pytest

from conformance.contract import Contract
from conformance.drift import Grade
from conformance.engine import RunResult
from tests.faulty_servers.embeddings import changes_vectors
from tests.mutants.setup import failed
from tests.stability.matrix import deviations
from tests.stability.mutants import mutants
from tests.stability.runs import run_with_snapshot

MUTANTS = mutants()
FIRST = {mutant.breaks: name for name, mutant in reversed([*MUTANTS.items()])}
"""The first mutant of each requirement."""

AREA = {id for id, requirement in Contract.load().catalogue.items() if requirement.area == "stability"}


def test_exactly_the_requirements_of_the_area_have_mutants() -> None:
    assert FIRST.keys() == AREA


def test_the_recorded_server_is_identical() -> None:
    finished = run_with_snapshot()
    assert {id: finished.result.outcomes[id].reason for id in AREA if id not in passed(finished.result)} == {}
    assert finished.comparison is not None
    assert finished.comparison.grade is Grade.IDENTICAL


@pytest.mark.parametrize("name", FIRST.values())
def test_a_mutant_fails_its_requirement(name: str) -> None:
    mutant = MUTANTS[name]
    assert failed(run_with_snapshot(mutant.fault, only=[mutant.breaks]).result) == {mutant.breaks}


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_fails_only_related_requirements(name: str) -> None:
    result = run_with_snapshot(MUTANTS[name].fault).result
    assert list(deviations(MUTANTS[name], result)) == []


def passed(result: RunResult) -> set[str]:
    return {id for id, outcome in result.outcomes.items() if outcome.verdict == "pass"}


def test_much_longer_vectors_fail_the_length() -> None:
    longer = changes_vectors(lambda vectors, _: [np.tile(vector, 8) for vector in vectors])
    finished = run_with_snapshot(longer, only=["stability.length"])
    assert failed(finished.result) == {"stability.length"}
    assert finished.comparison is not None
    assert finished.comparison.grade is Grade.RE_EMBED
