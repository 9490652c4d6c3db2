"""Capabilities as data, and the requests that need them."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.contract import Capability, DeclaredCapabilities, InvalidCapability, shipped_capabilities
from conformance.contract.capabilities import load_capabilities, with_role_names
from conformance.contract.errors import InvalidFile
from conformance.contract.roles import Roles, usual_roles

TEXT = {"model": "m", "input": "a b c"}


def request(**properties: object) -> dict[str, object]:
    return {**TEXT, **properties}


NEEDS = {
    name: request(**with_role_names(capability.example, usual_roles()))
    for name, capability in shipped_capabilities().items()
    if capability.needed_by
}
"""An example of a request for each capability that can be declared unsupported."""


@pytest.mark.parametrize("name", NEEDS)
def test_only_its_own_requests_need_a_capability(name: str) -> None:
    declared = DeclaredCapabilities.read([name])
    assert declared.missing(NEEDS[name]) == {name}
    assert not declared.missing(TEXT)
    assert not any(declared.missing(payload) for other, payload in NEEDS.items() if other != name)


def test_null_needs_no_capability() -> None:
    assert not DeclaredCapabilities.read(["dimensions"]).missing(request(dimensions=None))


@pytest.mark.parametrize(
    ("limit", "within", "beyond"),
    [
        ("dimensions=8", request(dimensions=8), request(dimensions=9)),
        ("batch=2", request(input=["a", "b"]), request(input=["a", "b", "c"])),
        ("batch=2", request(input=[7, 7, 7]), request(input=[[7], [7], [7]])),
        ("input-tokens=3", request(input="a b c"), request(input="a b c d")),
        ("input-tokens=3", request(input=[1, 2, 3]), request(input=[1, 2, 3, 4])),
        ("input-tokens=3", request(input=["a b c"]), request(input=["a", "a b c d"])),
        ("input-tokens=3", request(input=[[1, 2, 3]]), request(input=[[1], [1, 2, 3, 4]])),
    ],
)
def test_requests_over_a_limit_need_the_capability(limit: str, within: object, beyond: object) -> None:
    declared = DeclaredCapabilities.read((), [limit])
    assert not declared.missing(within)
    assert declared.missing(beyond) == {limit.partition("=")[0]}


def test_long_text_of_few_words_may_exceed_a_token_limit() -> None:
    declared = DeclaredCapabilities.read((), ["input-tokens=8"])
    assert declared.possibly_missing(request(input="extraordinary"))
    assert not declared.possibly_missing(request(input="river"))


def test_keeps_the_result_for_a_payload() -> None:
    declared = DeclaredCapabilities.read((), ["input-tokens=3"])
    first = declared.missing(request(input=["a b c d"] * 2))
    assert declared.missing(request(input=["a b c d"] * 2)) is first


def test_results_distinguish_equal_values_of_different_types() -> None:
    declared = DeclaredCapabilities.read(["token-input"])
    assert [bool(declared.missing(request(input=[value]))) for value in (1, True, "1", 1)] == [
        True,
        False,
        False,
        True,
    ]


def test_deeply_nested_payloads_need_no_capability() -> None:
    nested: object = "text"
    for _ in range(5000):
        nested = [nested]
    assert not DeclaredCapabilities.read(["base64"]).missing(request(input=nested))


@pytest.mark.parametrize(
    "capability", shipped_capabilities().values(), ids=lambda capability: capability.name
)
def test_shipped_schemas_are_valid(capability: Capability) -> None:
    for schema in (capability.needed_by, capability.beyond, capability.perhaps_beyond):
        Draft202012Validator.check_schema(with_role_names(schema or {}, usual_roles(), 1))


def test_capabilities_of_a_property_that_the_contract_lacks_need_no_request() -> None:
    declared = replace(
        DeclaredCapabilities.read(["base64", "batch"], ["dimensions=3"]), roles=Roles(texts="phrases")
    )
    assert declared.missing({"phrases": ["a", "b"], "encoding_format": "base64", "dimensions": 9}) == {
        "batch"
    }
    assert not declared.missing({"input": ["a", "b"]})


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("capabilities: []", "an array of 1 or more items"),
        ("capabilities: [{name: a, title: b, needed-by: {}}]", "both 'example' and 'needed-by', or neither"),
        ("capabilities: [{name: a, titel: b, needed-by: {}}]", "did you mean 'title'?"),
        ("capabilities: [{name: a, needed-by: {}}]", "the member 'title'"),
        ("capabilities: [{name: a, title: b}]", "the member 'needed-by' or 'beyond'"),
        (
            "capabilities: [{name: a, title: b, beyond: {}}, {name: a, title: b, beyond: {}}]",
            "each capability once",
        ),
    ],
)
def test_rejects_an_invalid_file_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "capabilities.yaml"
    file.write_text(text)
    with pytest.raises(InvalidFile, match=re.escape(message)) as caught:
        load_capabilities(file)
    assert caught.value.line == 1


@pytest.mark.parametrize("payload", [None, [], "dimensions", 3])
def test_other_values_need_no_capability(payload: object) -> None:
    assert not DeclaredCapabilities.read(NEEDS).missing(payload)


@pytest.mark.parametrize(
    ("unsupported", "limits", "message"),
    [
        (["dimension"], [], "did you mean dimensions?"),
        (["input-tokens"], [], "it can only be limited"),
        ([], ["base64=4"], "only dimensions, batch, input-tokens can be limited"),
        (["batch"], ["batch=4"], "another declaration of batch"),
        ([], ["batch=4", "batch=5"], "another declaration of batch"),
        ([], ["batch"], "batch=N, where N is a whole number from 1"),
        ([], ["batch=0"], "batch=N, where N is a whole number from 1"),
        ([], ["batch=many"], "batch=N, where N is a whole number from 1"),
        ([], ["input-tokens=5000000000"], "from 1 to 1,000,000"),
    ],
)
def test_rejects_invalid_declarations(unsupported: list[str], limits: list[str], message: str) -> None:
    with pytest.raises(InvalidCapability, match=re.escape(message)):
        DeclaredCapabilities.read(unsupported, limits)


def test_conditions_name_each_declared_capability() -> None:
    declared = DeclaredCapabilities.read(["base64"], ["batch=4"])
    assert declared.conditions == {"without base64", "without batch"}
