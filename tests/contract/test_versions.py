"""The version of the catalogue in which each requirement was added."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.contract import CatalogueError, catalogue_version
from tests.contract.requirement_data import CATALOGUE, DATA, build


def with_versions(version: int, since: dict[str, Any]) -> dict[str, Any]:
    return {**DATA, "version": version, "since": since}


def test_all_requirements_belong_to_a_version_of_the_catalogue() -> None:
    assert {requirement.since for requirement in CATALOGUE.values()} <= {*range(1, catalogue_version() + 1)}
    assert all(CATALOGUE.matching(glob) for glob in DATA["since"])


def test_the_first_glob_that_matches_decides() -> None:
    catalogue = build(with_versions(3, {"http.chunked": 2, "http.*": 3}))
    assert catalogue["http.chunked"].since == 2
    assert catalogue["http.method.get"].since == 3
    assert catalogue["request.input.string.type"].since == 1


@pytest.mark.parametrize("since", [1, 3, "2", None])
def test_a_version_that_does_not_exist_is_rejected(since: object) -> None:
    with pytest.raises(
        CatalogueError, match=r"http\.chunked in `since`: expected a version above 1 and at most 2"
    ):
        build(with_versions(2, {"http.chunked": since}))
