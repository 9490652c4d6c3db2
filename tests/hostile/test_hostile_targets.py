"""Runs against hostile targets end in time, within their memory, with the right findings and a valid report."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.mutants.setup import small_contract

from .index import QUICK, SERVERS
from .running import run


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a contract with small batches."""
    folder = tmp_path_factory.mktemp("contract")
    small_contract(folder)
    return folder / "small.yaml"


@pytest.mark.slow
@pytest.mark.parametrize("name", SERVERS)
def test_a_run_ends_within_its_limits_with_the_right_findings(name: str, small: Path, tmp_path: Path) -> None:
    assert_as_expected(name, small, tmp_path)


@pytest.mark.parametrize("name", QUICK)
def test_a_part_of_a_run_ends_so_too(name: str, small: Path, tmp_path: Path) -> None:
    assert_as_expected(name, small, tmp_path, QUICK[name])


def assert_as_expected(name: str, small: Path, folder: Path, only: Sequence[str] = ()) -> None:
    """Run the suite, or a part of it, against the target *name*, and compare the result with what is expected."""
    expected = SERVERS[name].expected
    found = list(run(name, expected, small, folder, only).problems(expected))
    assert found == [], f"{SERVERS[name].__doc__}\n" + "\n".join(found)


def test_there_are_many_targets() -> None:
    assert len(SERVERS) >= 40
    assert set(SERVERS) >= set(QUICK)


def test_a_docstring_describes_each_target() -> None:
    assert [name for name, server in SERVERS.items() if not vars(server).get("__doc__")] == []
