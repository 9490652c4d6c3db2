"""Fixtures: the setups that mutants are tested on."""

from __future__ import annotations

import pytest

from conformance.contract import Contract
from tests.mutants.setup import Setup, small_contract


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    return Setup.of(small_contract(tmp_path_factory.mktemp("contract")))


@pytest.fixture(scope="session")
def vendored() -> Setup:
    return Setup.of(Contract.load())
