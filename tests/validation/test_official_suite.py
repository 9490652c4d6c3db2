"""The official test suite of JSON Schema is judged as it says, except what a contract cannot express."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.validation.official_suite import DRAFTS, excluded, groups, misjudged


@pytest.mark.parametrize("version", DRAFTS)
def test_every_group_that_a_contract_can_express_is_judged_as_the_suite_says(
    version: str, tmp_path: Path
) -> None:
    reasons, wrong = excluded(version), misjudged(version, tmp_path)
    assert {name: tests for name, tests in wrong.items() if name not in reasons} == {}
    assert [name for name in reasons if name not in wrong] == []


@pytest.mark.parametrize("version", DRAFTS)
def test_the_names_of_groups_are_different(version: str) -> None:
    names = [group.name for group in groups(version)]
    assert len(names) == len(set(names)) > 150
