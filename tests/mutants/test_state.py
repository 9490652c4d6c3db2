"""A server that a bad request harms is never called conformant."""

from __future__ import annotations

import pytest

from conformance.engine import Load
from conformance.report.standing import overall

from .asgi import Fault
from .ground import Ground
from .state import state_mutants

NAMES = [name for name, _ in state_mutants()]


def fault_named(name: str) -> Fault:
    return dict(state_mutants())[name]


@pytest.mark.parametrize("concurrency", [1, 8])
@pytest.mark.parametrize("name", NAMES)
def test_a_server_that_a_bad_request_harms_is_found(name: str, concurrency: int, small: Ground) -> None:
    result = small.run(fault_named(name), load=Load(concurrency=concurrency))
    assert overall(result) == "nonconformant"


def test_a_server_that_refuses_for_ever_is_found_by_what_follows(small: Ground) -> None:
    result = small.run(fault_named("refuses everything after the first refusal"), load=Load(concurrency=1))
    evidence = [e for outcome in result.outcomes.values() for e in outcome.evidence]
    assert any("followed the refused ones" in e.expected for e in evidence)


def test_the_correct_server_is_not_harmed(small: Ground) -> None:
    assert overall(small.run()) == "conformant"
