"""Keywords that the vendored contract does not use have cases, and work in the reference server and the suite."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conformance.contract import Contract
from conformance.generators import invalid_cases, valid_cases
from conformance.generators.hypothesis_strategies import valid_payloads
from conformance.validation import validate_request
from tests.generators.conftest import Changed
from tests.mutants.setup import Setup

SCHEMAS: dict[str, dict[str, Any]] = {
    "lengths": {"type": "string", "minLength": 3, "maxLength": 5},
    "long": {"type": "string", "minLength": 40},
    "bounds": {"type": "integer", "minimum": 2, "maximum": 9},
    "exclusive": {
        "type": "integer",
        "minimum": 2,
        "exclusiveMinimum": True,
        "maximum": 9,
        "exclusiveMaximum": True,
    },
    "most": {"type": "integer", "maximum": 9},
    "number": {"type": "number", "minimum": 0.5},
    "fraction": {"type": "number", "minimum": 0.2, "maximum": 0.8},
    "nullable": {"type": "string", "nullable": True},
    "switch": {"type": "boolean"},
    "words": {"type": "string", "enum": ["one", "two"]},
    "levels": {"type": "integer", "enum": [1, 2, 3]},
    "list": {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 4},
    "either": {"oneOf": [{"type": "string"}, {"type": "integer"}]},
    "any": {"anyOf": [{"type": "string"}, {"type": "boolean"}]},
    "anything": {"description": "no constraint"},
}
"""The schemas of properties that are added to the request; all of them are required."""


def with_properties(document: Any) -> None:
    node = document["components"]["schemas"]["CreateEmbeddingRequest"]
    node["properties"] |= SCHEMAS
    node["required"] += SCHEMAS


def with_small_batches(document: Any) -> None:
    for branch in document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]["input"]["oneOf"]:
        if "maxItems" in branch:
            branch["maxItems"] = 5


@pytest.fixture(scope="module")
def contract(changed: Changed) -> Contract:
    return changed(with_properties, with_small_batches)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_keyword_has_valid_and_invalid_cases(name: str, contract: Contract) -> None:
    valid, invalid = (make(contract, "text-embedding-3-small") for make in (valid_cases, invalid_cases))
    stated = {
        id
        for id, requirement in contract.catalogue.items()
        if id.startswith(f"request.{name}.") and requirement.source.kind == "schema"
    }
    branch_types = {branch.id_of("type") for branch in contract.request.properties[name].branches}
    assert stated
    assert stated - valid.keys() == set()
    assert stated - invalid.keys() - branch_types == set()
    for id in stated:
        assert all(name in json.loads(case.body) for case in valid[id])


@pytest.mark.parametrize(
    ("name", "inside", "outside"),
    [
        ("bounds", {2, 9}, {1, 10}),
        ("exclusive", {3, 8}, {2, 9}),
        ("most", {9}, {10}),
    ],
)
def test_numbers_are_tested_on_both_sides_of_each_bound(
    name: str, inside: set[int], outside: set[int], contract: Contract
) -> None:
    valid, invalid = sent(contract, name, "minimum", "maximum")
    assert set(valid) == inside
    assert {value for value in invalid if value > 0} == outside


def test_lengths_are_tested_on_both_sides_of_each_bound(contract: Contract) -> None:
    valid, invalid = sent(contract, "lengths", "min-length", "max-length")
    assert ({len(value) for value in valid}, {len(value) for value in invalid}) == ({3, 5}, {2, 6})


def sent(contract: Contract, name: str, *keywords: str) -> tuple[list[Any], list[Any]]:
    """Return the values of a property in the valid and in the invalid cases for some of its keywords."""
    ids = [f"request.{name}.{keyword}" for keyword in keywords]
    valid, invalid = (make(contract, "text-embedding-3-small") for make in (valid_cases, invalid_cases))
    one, other = (
        [json.loads(c.body)[name] for id in ids for c in cases.get(id, ())] for cases in (valid, invalid)
    )
    return one, other


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_generated_payloads_satisfy_every_keyword(contract: Contract, data: st.DataObject) -> None:
    assert validate_request(data.draw(valid_payloads(contract, "m")), contract=contract) == []


@pytest.mark.slow
def test_the_reference_server_passes(contract: Contract) -> None:
    """Requirements that need arrays of more than five items are not tested."""
    outcomes = Setup.of(contract).run().outcomes
    others = {id: outcome for id, outcome in outcomes.items() if outcome.verdict != "pass"}
    assert {id: outcome.verdict.value for id, outcome in others.items()} == {
        "meaning.batch.tokens": "not-tested",
        "meaning.partly-cached": "not-tested",
        "meaning.tokens": "not-tested",
        "response.usage.token-sums": "not-tested",
    }
    for outcome in others.values():
        assert outcome.reason.endswith(".max-items")


def test_properties_of_a_nested_object_are_tested(changed: Changed) -> None:
    def with_object(document: Any) -> None:
        properties = document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]
        nested = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
        properties["extra"] = nested

    contract = changed(with_object, with_small_batches)
    selected = [requirement.id for requirement in contract.catalogue.matching("request.extra.*")]
    outcomes = Setup.of(contract).run(selected=selected).outcomes
    assert {outcomes[id].verdict for id in selected} == {"pass"}
