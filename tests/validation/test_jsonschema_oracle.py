"""The jsonschema package as an oracle: it and our validators agree on every violation of thousands of payloads.

Integral floats are excluded: dialects of JSON Schema differ on whether ``1.0`` is an integer.
``test_keywords_oracle.py`` compares all other keywords.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from functools import lru_cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError
from openapi_schema_validator import OAS30Validator

from conformance import Contract, Violation, validate_request, validate_response
from conformance.contract import Catalogue
from conformance.contract.requirements.catalogue import from_schema
from conformance.contract.schema import build_schema
from conformance.validation.schema_validator import Validator
from tests.validation.random_payloads import NAMES, leaf, mutated, request, response, schema, value

Defect = tuple[str, str]
"""JSON pointer, and the keyword (for `required` with the property's name)."""

CHANCE = st.randoms(use_true_random=True)
"""A random generator of Python, seeded by Hypothesis: Hypothesis' own generator takes 100 times as long."""

ROUNDS = 20
"""Payloads for each seed."""

deterministic = settings(derandomize=True, deadline=None, database=None, max_examples=100)


# --- the oracle -----------------------------------------------------------------------------------------------------


def plain(document: Mapping[str, Any], node: Any) -> Any:
    """A raw schema with its references replaced by their targets."""
    if isinstance(node, list):
        return [plain(document, item) for item in node]
    if not isinstance(node, dict):
        return node
    if "$ref" in node:
        target: Any = document
        for token in node["$ref"].removeprefix("#/").split("/"):
            target = target[token]
        return plain(document, target)
    return {key: plain(document, value) for key, value in node.items()}


def pointer(steps: Any) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


def defects(error: ValidationError) -> set[Defect]:
    """The defects in one error of jsonschema; a `oneOf` or `anyOf` error is one defect."""
    place, keyword = pointer(error.absolute_path), str(error.validator)
    instance: Any = error.instance
    schema: Any = error.schema
    if keyword == "required":
        return {(place, f"required {name}") for name in schema["required"] if name not in instance}
    if keyword == "additionalProperties":
        unknown = set(instance) - set(schema["properties"])
        return {(f"{place}{pointer([name])}", keyword) for name in unknown}
    return {(place, keyword)}


def alternatives(error: ValidationError) -> list[set[Defect]]:
    """The correct reports of a `oneOf` error: the error itself, or the defects of one branch."""
    branches: dict[str | int, set[Defect]] = {}
    for inner in error.context or ():
        assert inner.validator != "oneOf"
        branches.setdefault(inner.relative_schema_path[0], set()).update(defects(inner))
    return [defects(error), *branches.values()]


def expand_nulls(ours: list[Defect], errors: list[ValidationError]) -> set[Defect]:
    """*ours*, with each violation for null replaced by one defect for each keyword that null violates."""
    nulls = {place for place, keyword in ours if keyword == "null"}
    refused = [error for error in errors if error.instance is None and pointer(error.absolute_path) in nulls]
    keywords = {defect for error in refused for defect in defects(error)}
    assert {place for place, keyword in keywords if keyword == "type"} == nulls
    return {defect for defect in ours if defect[1] != "null"} | keywords


def assert_agreement(ours: list[Defect], errors: list[ValidationError]) -> None:
    """Assert that *ours* are exactly the errors of jsonschema."""
    assert Counter(ours) == Counter(set(ours))
    found = expand_nulls(ours, errors)
    left = set(found)
    for error in errors:
        if error.validator != "oneOf":
            assert defects(error) <= found
            left -= defects(error)
    for error in errors:
        if error.validator == "oneOf":
            place = pointer(error.absolute_path)
            below = {defect for defect in left if defect[0] == place or defect[0].startswith(f"{place}/")}
            assert below in alternatives(error)
            left -= below
    assert left == set()


def schema_defects(violations: list[Violation], catalogue: Catalogue) -> list[Defect]:
    """Our violations as defects, without those of rules that no schema states."""
    found = []
    for violation in violations:
        requirement = catalogue[violation.requirement]
        keyword = requirement.template
        if requirement.source.kind == "schema":
            name = f" {violation.requirement.split('.')[-2]}" if keyword == "required" else ""
            found.append((violation.pointer, f"{keyword}{name}"))
    return found


# --- payloads -------------------------------------------------------------------------------------------------------


# --- the contract's schemas -----------------------------------------------------------------------------------------

SHORT = """
overlay: 1.1.0
info: {title: Arrays that are short enough to be too long in a test, version: 1.0.0}
actions:
  - {target: "$.components.schemas.CreateEmbeddingRequest.properties.input.oneOf[?@.maxItems]", update: {maxItems: 3}}
"""


@pytest.fixture(scope="module")
def contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    """The vendored contract with arrays of at most three items."""
    profile = tmp_path_factory.mktemp("profile") / "short.yaml"
    profile.write_text(SHORT)
    return Contract.load(profile=profile)


@lru_cache
def oracle(contract: Contract, name: str) -> Draft4Validator:
    return Draft4Validator(plain(contract.document, contract.document["components"]["schemas"][name]))


def compare(payload: Any, contract: Contract, name: str, validate: Callable[..., list[Violation]]) -> None:
    note(f"payload: {payload!r}")
    errors = list(oracle(contract, name).iter_errors(payload))
    # A string on its own would be read as JSON text.
    form = f'"{payload}"' if isinstance(payload, str) else payload
    assert_agreement(schema_defects(validate(form, contract=contract), contract.catalogue), errors)


@deterministic
@given(CHANCE)
def test_requests_get_the_violations_of_jsonschema(contract: Contract, chance: Random) -> None:
    for _ in range(ROUNDS):
        compare(mutated(chance, request), contract, "CreateEmbeddingRequest", validate_request)


@deterministic
@given(CHANCE)
def test_inputs_get_the_violations_of_jsonschema(contract: Contract, chance: Random) -> None:
    for _ in range(ROUNDS):
        payload = {"model": "m", "input": mutated(chance, lambda chance: request(chance)["input"])}
        compare(payload, contract, "CreateEmbeddingRequest", validate_request)


@deterministic
@given(CHANCE)
def test_responses_get_the_violations_of_jsonschema(contract: Contract, chance: Random) -> None:
    for _ in range(ROUNDS):
        compare(mutated(chance, response), contract, "CreateEmbeddingResponse", validate_response)


@pytest.mark.parametrize(
    ("valid", "name"), [(request, "CreateEmbeddingRequest"), (response, "CreateEmbeddingResponse")]
)
def test_many_payloads_are_valid_and_many_are_invalid(
    contract: Contract, valid: Callable[[Random], Any], name: str
) -> None:
    chance = Random(1)
    found = Counter(oracle(contract, name).is_valid(mutated(chance, valid)) for _ in range(400))
    assert min(found[True], found[False]) > 60


# --- schemas of all kinds -------------------------------------------------------------------------------------------


def compiled(node: Mapping[str, Any]) -> tuple[Validator, Catalogue]:
    tree = build_schema({"root": node}, "/root", "request")
    catalogue = Catalogue(from_schema(tree))
    return Validator(tree, catalogue), catalogue


@deterministic
@given(CHANCE)
def test_any_schema_and_any_value_give_the_violations_of_jsonschema(chance: Random) -> None:
    for _ in range(ROUNDS):
        node = schema(chance)
        validator, catalogue = compiled(node)
        judge = OAS30Validator(node)
        for _ in range(4):
            item = value(chance, NAMES)
            note(f"schema: {node!r}, value: {item!r}")
            errors = list(judge.iter_errors(item))
            ours = list(validator.violations(item))
            assert validator.accepts(item) == (not ours) == (not errors)
            assert_agreement(schema_defects(ours, catalogue), errors)


@deterministic
@given(CHANCE)
def test_any_of_is_one_violation_if_no_branch_fits(chance: Random) -> None:
    for _ in range(ROUNDS):
        node = {"anyOf": [leaf(chance) for _ in range(chance.randint(1, 3))]}
        item = value(chance, NAMES, depth=1)
        validator, _catalogue = compiled(node)
        note(f"schema: {node!r}, value: {item!r}")
        valid = OAS30Validator(node).is_valid(item)
        assert validator.accepts(item) == valid
        assert [v.requirement for v in validator.violations(item)] == ([] if valid else ["request.any-of"])


@pytest.mark.parametrize(
    ("node", "item"),
    [
        ({"type": "integer"}, 1.0),
        ({"type": "array", "items": {"type": "integer"}}, [1.0, 2]),
        ({"type": "array", "items": {"type": "integer", "minimum": 1}}, [1.0, 2]),
        ({"oneOf": [{"type": "array", "items": {"type": "integer"}}]}, [2, 1.0]),
    ],
)
def test_an_integral_float_is_an_integer_at_every_place(node: Any, item: Any) -> None:
    validator, _catalogue = compiled(node)
    assert validator.accepts(item)
    assert list(validator.violations(item)) == []


def test_the_comparison_detects_differences() -> None:
    errors = list(Draft4Validator({"oneOf": [{"type": "string"}, {"minItems": 2}]}).iter_errors([]))
    assert_agreement([("", "oneOf")], errors)
    assert_agreement([("", "minItems")], errors)
    for wrong in ([], [("", "maxItems")], [("", "minItems"), ("", "type")], [("", "oneOf"), ("", "oneOf")]):
        with pytest.raises(AssertionError):
            assert_agreement(wrong, errors)
