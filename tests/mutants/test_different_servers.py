"""No false alarm: servers that are right in other ways than the reference pass."""

from __future__ import annotations

import pytest

from conformance.contract import Contract
from conformance.engine import Load
from conformance.report import Exit
from tests.mutants.different import different_servers
from tests.mutants.ground import Ground, exit_of, failed

NAMES = [server.name for server in different_servers(Contract.load())]

LOAD = Load(patience=5.0)


@pytest.mark.parametrize("name", NAMES)
def test_a_correct_server_passes(name: str, small: Ground) -> None:
    different = next(server for server in different_servers(small.contract) if server.name == name)
    result = small.run(different.fault, load=LOAD)
    assert failed(result) == set(different.leaves)
    open_ = {id for id, outcome in result.outcomes.items() if outcome.verdict not in ("pass", "fail")}
    assert open_ == set(different.untested), [result.outcomes[id] for id in open_]
    assert exit_of(result) is Exit.OK


def test_there_are_correct_servers_of_many_kinds() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 40


def test_what_they_leave_is_below_must(small: Ground) -> None:
    for server in different_servers(small.contract):
        assert {small.contract.catalogue[id].level for id in server.leaves} <= {"should"}
