"""Each fault of servers with two tenants is found."""

from __future__ import annotations

import pytest

from conformance.contract import Contract
from tests.mutants.all_mutants import mutants
from tests.mutants.setup import Setup, failed

MUTANTS = {name: mutant for name, mutant in mutants(Contract.load()).items() if mutant.tenants}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_fault_of_a_server_with_tenants_is_found(name: str) -> None:
    mutant = MUTANTS[name]
    setup = Setup.of(Contract.load())
    result = setup.of_two_tenants().run(mutant.fault, selected=[mutant.breaks])
    assert mutant.breaks in failed(result)
