"""Every check of the area can fail, and fails for its own fault alone."""

from __future__ import annotations

import pytest

from conformance.contract import Contract
from tests.forwarding.matrix import deviations
from tests.forwarding.mutants import mutants
from tests.forwarding.pairs import run_pair

CATALOGUE = Contract.load().catalogue
MUTANTS = mutants()
AREA = {id for id, requirement in CATALOGUE.items() if requirement.area == "forwarding"}
SAMPLE = (
    "forwarding.once",
    "forwarding.input.text",
    "forwarding.input.nested-tokens",
    "forwarding.dimensions",
    "forwarding.credential.config.withheld",
    "forwarding.response.usage",
    "forwarding.error.404",
    "forwarding.error.malformed",
    "forwarding.status.500",
)
"""What each mutant is tried on, besides its own and their relatives; `matrix` tries it on the whole area."""


def test_every_requirement_of_the_area_has_a_mutant_and_no_other() -> None:
    assert {mutant.breaks for mutant in MUTANTS.values()} == AREA


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_fails_its_requirement_and_no_stranger(name: str) -> None:
    mutant = MUTANTS[name]
    report = run_pair(mutant.gateway, (mutant.breaks, *CATALOGUE[mutant.breaks].related, *SAMPLE))
    assert deviations(mutant, report) == []
