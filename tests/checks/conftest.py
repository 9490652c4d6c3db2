"""The small contract and its correct server."""

from __future__ import annotations

import pytest

from tests.mutants.setup import Setup, small_contract


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Setup:
    return Setup.of(small_contract(tmp_path_factory.mktemp("contract")))
