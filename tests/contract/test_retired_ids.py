"""Ids of earlier versions lead to their successors."""

from __future__ import annotations

import pytest

from conformance.contract import Contract
from conformance.contract.requirements.retired import current_id
from tests.contract.requirement_ids import recorded_ids


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("auth.detour", "auth.bypass"),
        (
            "auth.refuse.without-virtual-key+provider-auth+config",
            "auth.reject.without-virtual-key+provider-auth+config",
        ),
        ("auth.secret.azure-key.extended", "auth.secret.azure-key.character-appended"),
        ("http.chunked", "http.chunked"),
        ("auth.secret.a.b.extended", "auth.secret.a.b.extended"),
    ],
)
def test_a_retired_id_has_its_successor(old: str, new: str) -> None:
    assert current_id(old) == new


def test_no_id_in_use_is_retired() -> None:
    assert [id for id in recorded_ids() if current_id(id) != id] == []


def test_the_successor_is_suggested_for_a_retired_id() -> None:
    assert (
        Contract.load().catalogue.closest("auth.meaningless-authorization")
        == "auth.placeholder-authorization"
    )
