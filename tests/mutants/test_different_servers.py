"""No false alarms: correct servers that differ from the reference server pass."""

from __future__ import annotations

import pytest

from conformance.contract import Contract
from conformance.engine import Load
from conformance.exit_codes import Exit
from tests.mutants.different import different_servers
from tests.mutants.setup import Setup, exit_of, failed
from tests.sampling import sampled

NAMES = [server.name for server in different_servers(Contract.load())]

QUICK = (
    "returns errors as plain text",
    "returns errors without a body",
    "redirects requests with other methods",
    "returns 403 for missing credentials",
    "returns items in another order",
    "rejects dimensions",
    "returns gzip",
    "returns 404 for other methods",
    "returns 429 for every 9th request, with Retry-After 0",
    "returns a dated model name",
    "uses the last of two inputs",
)
"""A server of each kind: errors, statuses, payloads, capabilities, codings, methods, load, names and leniency."""

LOAD = Load(retry_seconds=60.0)


@pytest.mark.parametrize("name", sampled(NAMES, QUICK))
def test_a_correct_server_passes(name: str, small: Setup) -> None:
    different = next(server for server in different_servers(small.contract) if server.name == name)
    result = small.run(different.fault, load=LOAD)
    assert failed(result) == set(different.fails)
    unsettled = {id for id, outcome in result.outcomes.items() if outcome.verdict not in ("pass", "fail")}
    assert unsettled == set(different.untested), [result.outcomes[id] for id in unsettled]
    assert exit_of(result) is Exit.OK


def test_there_are_at_least_forty_correct_servers() -> None:
    assert len(set(NAMES)) == len(NAMES) >= 40


def test_correct_servers_fail_only_should_requirements(small: Setup) -> None:
    for server in different_servers(small.contract):
        assert {small.contract.catalogue[id].level for id in server.fails} <= {"should"}
