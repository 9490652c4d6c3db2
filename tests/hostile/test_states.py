"""Each run against a server with a fault that depends on its state names the same requirement and the same cause."""

from __future__ import annotations

import pytest

from tests.mutants.setup import small_contract

from .in_process import Runs, differences
from .states import FAULTS

SMALL = 99
"""Requests of a small run."""

QUICK = ("wrong-after-rejection", "wrong-beside-others", "wrong-fifth-of-connection", "wrong-replica")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Runs with a contract with small batches."""
    folder = tmp_path_factory.mktemp("contract")
    small_contract(folder)
    return Runs(folder / "small.yaml")


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_three_whole_runs_name_the_same_requirement_and_cause(name: str, runs: Runs) -> None:
    assert [differences(FAULTS[name], runs.run(name)) for _ in range(3)] == [[]] * 3


@pytest.mark.slow
@pytest.mark.parametrize("name", FAULTS)
def test_fifty_small_runs_do_so_too(name: str, runs: Runs) -> None:
    results = [runs.run(name, SMALL) for _ in range(50)]
    assert max(result.requests for result in results) < 100
    assert [differences(FAULTS[name], result) for result in results] == [[]] * 50


@pytest.mark.parametrize("name", QUICK)
def test_a_small_run_names_the_requirement_and_the_cause(name: str, runs: Runs) -> None:
    assert differences(FAULTS[name], runs.run(name, SMALL)) == []


def test_a_fault_that_no_request_of_a_run_shows_is_not_blamed_on_another(runs: Runs) -> None:
    assert {outcome.verdict for outcome in runs.run("wrong-after-idle-second", SMALL).outcomes.values()} == {
        "pass",
        "not-tested",
    }
