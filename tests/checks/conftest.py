"""The small contract and its correct server, and suites for users who have not all credentials."""

from __future__ import annotations

import pytest

from tests.mutants.ground import Ground, small_contract


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Ground:
    return Ground.of(small_contract(tmp_path_factory.mktemp("contract")))
