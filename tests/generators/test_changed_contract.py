"""A changed contract changes probes, validators and the reference server, without changes to code."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.engine import RunResult
from conformance.generators import invalid_cases, valid_cases
from conformance.validation import validate_request
from tests.generators.conftest import Change, Changed
from tests.mutants.setup import Setup, failed, not_passed
from tests.sampling import sampled

INPUT = "request.input"


def fewer_items(document: Any) -> None:
    for branch in document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]["input"]["oneOf"]:
        if "maxItems" in branch:
            branch["maxItems"] = 100


def more_dimensions(document: Any) -> None:
    document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]["dimensions"]["minimum"] = 4


def another_key(document: Any) -> None:
    document["components"]["securitySchemes"]["Portkey-Key"]["name"] = "x-gateway-key"


def no_virtual_key(document: Any) -> None:
    del document["paths"]["/embeddings"]["post"]["security"][0]


def additional_property(document: Any) -> None:
    properties = document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]
    properties["normalize"] = {"type": "boolean"}


# All changes but the first are tested with small batches, which takes a tenth of the time.
CHANGES: dict[str, tuple[Change, ...]] = {
    "fewer items": (fewer_items,),
    "more dimensions": (fewer_items, more_dimensions),
    "another key": (fewer_items, another_key),
    "no virtual key": (fewer_items, no_virtual_key),
    "an additional property": (fewer_items, additional_property),
    "all changes": (fewer_items, more_dimensions, another_key, no_virtual_key, additional_property),
}

FAILS: dict[str, set[str]] = {
    "fewer items": {f"{INPUT}.{form}.max-items" for form in ("strings", "integers", "integer-arrays")},
    "more dimensions": {"request.dimensions.minimum"},
    "another key": {
        "auth.accept.virtual-key",
        "auth.accept.provider-auth+provider-name",
        "auth.accept.config",
        "auth.accept.provider-auth+provider-name+custom-host",
    },
    # A server may accept credentials that the contract does not describe.
    "no virtual key": set(),
    "an additional property": {"request.normalize.type", "request.additional-properties", "property.valid"},
}
"""The requirements of each changed contract that the server of the original contract fails.

Generated requests may find the same faults.
"""


@pytest.mark.parametrize("name", sampled(CHANGES, ["all changes"]))
def test_the_reference_server_conforms_to_a_changed_contract(name: str, changed: Changed) -> None:
    assert not_passed(Setup.of(changed(*CHANGES[name])).run()) == {}


@pytest.mark.parametrize("name", sampled(FAILS, []))
def test_a_server_of_the_original_contract_fails_the_changed_requirements(
    name: str, changed: Changed, contract: Contract
) -> None:
    server = contract if name == "fewer items" else changed(fewer_items)
    other = changed(*CHANGES[name])
    related = {id for failing in FAILS[name] for id in other.catalogue[failing].related}
    generated = {id for id in related if id.startswith("property.")}
    areas = ("auth.", "request.", "http.", "property.")
    result = against(server, other, [id for id in other.catalogue if id.startswith(areas)])
    assert FAILS[name] <= failed(result) <= FAILS[name] | generated


def test_rejected_credentials_block_all_other_requirements(changed: Changed, contract: Contract) -> None:
    result = against(contract, changed(another_key))
    rest = {id: o.verdict for id, o in result.outcomes.items() if not id.startswith("auth.accept.")}
    assert rest.pop("http.response.framing") == "pass"
    assert set(rest.values()) == {"blocked"}


def test_a_server_without_a_security_alternative_fails_its_requirement(
    changed: Changed, contract: Contract
) -> None:
    result = against(changed(no_virtual_key), contract)
    assert failed(result) == {"auth.accept.virtual-key"}


def test_validators_use_the_changed_contract(changed: Changed) -> None:
    contract = changed(fewer_items, more_dimensions, additional_property)
    base = {"model": "text-embedding-3-small", "input": "river"}
    for payload, expected in (
        ({**base, "input": ["river"] * 100}, []),
        ({**base, "input": ["river"] * 101}, [f"{INPUT}.strings.max-items"]),
        ({**base, "dimensions": 4}, []),
        ({**base, "dimensions": 3}, ["request.dimensions.minimum"]),
        ({**base, "normalize": False}, []),
        ({**base, "normalize": "false"}, ["request.normalize.type"]),
        ({**base, "normaliz": False}, ["request.additional-properties"]),
    ):
        assert [v.requirement for v in validate_request(payload, contract=contract)] == expected


def test_probes_use_the_changed_contract(changed: Changed) -> None:
    contract = changed(fewer_items, more_dimensions, additional_property)
    valid, invalid = (make(contract, "text-embedding-3-small") for make in (valid_cases, invalid_cases))
    assert sent(valid[f"{INPUT}.strings.max-items"], lambda p: len(p["input"])) == [99, 100]
    assert sent(invalid[f"{INPUT}.strings.max-items"], lambda p: len(p["input"])) == [101]
    assert sent(valid["request.dimensions.minimum"], lambda p: p["dimensions"]) == [4]
    assert sent(invalid["request.dimensions.minimum"], lambda p: p["dimensions"]) == [3, 0, -1] * 2
    assert True in sent(valid["request.normalize.type"], lambda p: p["normalize"])
    assert "river" in sent(invalid["request.normalize.type"], lambda p: p["normalize"])


def test_the_catalogue_has_the_requirements_of_the_changed_contract(
    changed: Changed, contract: Contract
) -> None:
    other = changed(no_virtual_key, additional_property)
    assert "request.normalize.type" in other.catalogue.keys() - contract.catalogue.keys()
    assert {
        id for id in contract.catalogue.keys() - other.catalogue.keys() if "virtual-key" not in id
    } == set()


def against(server: Contract, suite: Contract, selected: list[str] | None = None) -> RunResult:
    """Run the suite of one contract, or what is *selected* of it, against the server of another one."""
    return Setup(suite, Setup.of(server).correct).run(selected=selected)


def sent(cases: list[Any], value: Callable[[Any], Any]) -> list[Any]:
    return [value(json.loads(case.body)) for case in cases]
