"""Bounds beyond which a body would be very large are not tested, and say why."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.contract import Contract
from conformance.generators import budget, invalid_cases, large_bounds, valid_cases
from conformance.generators.budget import TooManyBodies
from conformance.generators.valid import option_combinations
from tests.generators.conftest import Changed
from tests.mutants.setup import Setup

HUGE = 2**31 - 1
STRING, STRINGS = "request.input.string.max-length", "request.input.strings.max-items"


def form(document: Any, place: int) -> dict[str, Any]:
    found: dict[str, Any] = document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]["input"]
    form: dict[str, Any] = found["oneOf"][place]
    return form


def huge_text(document: Any) -> None:
    form(document, 0)["maxLength"] = HUGE


def huge_array(document: Any) -> None:
    form(document, 1)["maxItems"] = HUGE


def long_texts(document: Any) -> None:
    form(document, 0)["maxLength"] = 100_000
    form(document, 1)["items"]["maxLength"] = 100_000


def test_the_bounds_of_the_vendored_contract_are_tested(contract: Contract) -> None:
    assert large_bounds.large_bounds(contract) == {}


def test_a_huge_bound_has_a_reason_and_no_bodies(changed: Changed) -> None:
    contract = changed(huge_text, huge_array)
    assert large_bounds.large_bounds(contract) == {
        STRING: "a body beyond the bound has 2,147,483,648 bytes; the suite sends at most 32 MiB,"
        " and 64 MiB for all bounds together",
        STRINGS: "a body beyond the bound has 2,147,483,648 items; the suite sends at most 250,000",
    }
    for cases in (valid_cases(contract, "m"), invalid_cases(contract, "m")):
        assert not {STRING, STRINGS} & cases.keys()
        assert max(len(case.body) for found in cases.values() for case in found) < 100_000


def test_a_huge_bound_is_not_tested_and_everything_else_is(changed: Changed) -> None:
    setup = Setup.of(changed(huge_text))
    check = setup.suite().checks[STRING]
    assert check.without_requests == large_bounds.large_bounds(setup.contract)[STRING]
    assert not check.probes


def test_bounds_share_the_room(changed: Changed, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = changed(long_texts)
    large_bounds.large_bounds.cache_clear()
    assert large_bounds.large_bounds(contract) == {}
    for room, untested in (
        (700_007, []),
        (700_006, ["request.input.strings.items.max-length"]),
        (0, [STRING]),
    ):
        large_bounds.large_bounds.cache_clear()
        monkeypatch.setattr(large_bounds, "MAX_ROOM", room)
        assert list(large_bounds.large_bounds(contract))[: len(untested) or None] == untested
    large_bounds.large_bounds.cache_clear()


def test_too_many_bodies_are_an_error(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_CASES", 9)
    for generate in (valid_cases, invalid_cases, option_combinations):
        with pytest.raises(TooManyBodies, match="use fewer properties"):
            generate(contract, "m")


def test_too_large_bodies_are_an_error(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MAX_BYTES", 2_000)
    for generate in (valid_cases, invalid_cases):
        with pytest.raises(TooManyBodies) as caught:
            generate(contract, "m")
        assert str(caught.value).startswith(f"{contract.file}: ")
