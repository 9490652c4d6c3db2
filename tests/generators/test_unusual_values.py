"""Unusual values: one list of kinds for every property, classified by the validator."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.generators.case import Case
from conformance.generators.unusual_values import (
    ANY,
    BINARY,
    FOR_NUMBERS,
    FOR_UNKNOWN,
    NAMES,
    UTF16,
    nested_value,
    unusual_cases,
)
from tests.generators.conftest import Changed


def at(cases: list[Case], place: str) -> dict[str, Case]:
    """The cases at *place*, by their kind."""
    ending = f" as {place}"
    return {
        case.description.removesuffix(ending): case for case in cases if case.description.endswith(ending)
    }


def additional_property(document: Any) -> None:
    properties = document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]
    properties["pooling"] = {"type": "number"}


def test_every_property_gets_every_kind(contract: Contract) -> None:
    cases = unusual_cases(contract, "m")
    for name, node in contract.request.properties.items():
        kinds = (
            ANY.keys()
            | nested_value(False).keys()
            | (FOR_NUMBERS.keys() if node.type == "integer" else set())
        )
        assert at(cases, name).keys() == kinds


def test_unknown_properties_and_items_get_kinds_of_their_own(contract: Contract) -> None:
    cases = unusual_cases(contract, "m")
    kinds = ANY.keys() | nested_value(False).keys() | FOR_UNKNOWN.keys()
    assert at(cases, "an undocumented property").keys() == kinds
    assert at(cases, "an item of input").keys() == FOR_NUMBERS.keys()
    assert at(cases, "the whole body").keys() == {UTF16, *BINARY}
    assert sum("an undocumented property with" in case.description for case in cases) == len(NAMES)


def test_the_value_is_at_its_place(contract: Contract) -> None:
    case = at(unusual_cases(contract, "m"), "dimensions")["a number above the range of 64-bit floats"]
    assert case.body == b'{"model":"m","input":"river","dimensions":1e400}' or case.body.endswith(b":1e400}")
    item = at(unusual_cases(contract, "m"), "an item of input")["a negative integer"]
    assert json.loads(item.body)["input"] == [97, -1]


def test_the_validator_decides_what_is_invalid(contract: Contract) -> None:
    cases = unusual_cases(contract, "m")
    assert not at(cases, "dimensions")["the integer 2^63"].violations
    assert at(cases, "user")["the integer 2^63"].violations == {"request.user.type"}
    assert not at(cases, "user")["a string with a lone surrogate"].violations
    assert at(cases, "an undocumented property")["null"].violations == {"request.additional-properties"}


def open_form(document: Any) -> None:
    del document["components"]["schemas"]["CreateEmbeddingRequest"]["additionalProperties"]


def test_a_contract_that_allows_undescribed_properties_allows_nested_ones(changed: Changed) -> None:
    cases = at(unusual_cases(changed(open_form), "m"), "an undocumented property")
    assert not any(case.violations for case in cases.values())
    assert nested_value(True).keys() <= cases.keys()


@pytest.mark.parametrize("profile", ["openai", "open", "azure"])
def test_a_target_that_may_accept_undescribed_properties_may_accept_nested_ones(profile: str) -> None:
    contract = Contract.load(profile=profile)
    cases = at(unusual_cases(contract, "m"), "an undocumented property")
    levels = {contract.catalogue[id].level for case in cases.values() for id in case.violations}
    assert "must" not in levels
    assert nested_value(True).keys() <= cases.keys()


def test_a_property_of_another_contract_gets_the_kinds_too(changed: Changed) -> None:
    cases = at(unusual_cases(changed(additional_property), "m"), "pooling")
    assert cases.keys() == ANY.keys() | nested_value(False).keys() | FOR_NUMBERS.keys()
    assert cases["an object"].violations == {"request.pooling.type"}
