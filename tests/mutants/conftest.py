"""The grounds that mutants are tried on."""

from __future__ import annotations

import pytest

from conformance.contract import Contract
from tests.mutants.ground import Ground, small_contract


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground.of(small_contract(tmp_path_factory.mktemp("contract")))


@pytest.fixture(scope="session")
def vendored() -> Ground:
    return Ground.of(Contract.load())
