"""Each case is valid or invalid as intended, and each keyword of the contract has both kinds."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft4Validator

from conformance.contract import Contract
from conformance.contract.roles import usual_roles
from conformance.generators import Case, invalid_cases, malformed_cases, plain_case, valid_cases
from conformance.generators.case import input_tokens
from conformance.validation import validate_request
from conformance.validation.json_problem import ProblemKind

Cases = Mapping[str, list[Case]]

NO_NEGATIVE = {
    f"request.input.{form}.type": "a value of a wrong type violates request.input.one-of instead"
    for form in ("string", "strings", "integers", "integer-arrays")
}
"""Requirements from schema keywords without an invalid case, with the reason."""

NO_POSITIVE = {
    f"request.{name}.null": "a value that is not null is a valid case of request.*.type"
    for name in ("encoding_format", "dimensions", "user")
}
"""Requirements from schema keywords without a valid case, with the reason."""


@pytest.fixture(scope="module")
def valid(contract: Contract) -> Cases:
    return valid_cases(contract, "text-embedding-3-small")


@pytest.fixture(scope="module")
def invalid(contract: Contract) -> Cases:
    return invalid_cases(contract, "text-embedding-3-small")


@pytest.fixture(scope="module")
def malformed(contract: Contract) -> Cases:
    return malformed_cases(contract, "text-embedding-3-small")


@pytest.fixture(scope="module")
def oracle(contract: Contract) -> Draft4Validator:
    """The jsonschema package's validator for the request schema; OpenAPI 3.0 is based on draft 4."""
    return Draft4Validator(_resolved(contract.document, dict(contract.request.node)))


def test_each_keyword_of_the_request_has_a_valid_case_or_a_reason(contract: Contract, valid: Cases) -> None:
    assert _keyword_requirements(contract) - valid.keys() == NO_POSITIVE.keys()


def test_each_keyword_of_the_request_has_an_invalid_case_or_a_reason(
    contract: Contract, invalid: Cases
) -> None:
    assert _keyword_requirements(contract) - invalid.keys() == NO_NEGATIVE.keys()


def test_valid_cases_violate_nothing(contract: Contract, valid: Cases) -> None:
    for case in _each(valid):
        assert validate_request(case.body, contract=contract) == []
        assert case.valid


def test_invalid_cases_list_the_violations_that_the_validator_reports(
    contract: Contract, invalid: Cases, malformed: Cases
) -> None:
    for case in [*_each(invalid), *_each(malformed)]:
        found = {violation.requirement for violation in validate_request(case.body, contract=contract)}
        assert case.violations == found
        assert not case.valid


def test_a_case_has_one_defect(contract: Contract, invalid: Cases, malformed: Cases) -> None:
    for requirement, cases in {**invalid, **malformed}.items():
        allowed = {requirement, *contract.catalogue[requirement].related}
        for case in cases:
            assert case.violations <= allowed, case
            assert len(validate_request(case.body, contract=contract)) == len(case.violations), case


def test_jsonschema_agrees_on_valid_cases(oracle: Draft4Validator, valid: Cases) -> None:
    for case in _each(valid):
        assert list(oracle.iter_errors(json.loads(case.body))) == []


def test_jsonschema_agrees_on_invalid_cases(oracle: Draft4Validator, invalid: Cases) -> None:
    for case in _each(invalid):
        assert not oracle.is_valid(json.loads(case.body)), case


def test_no_requirement_has_the_same_case_twice(valid: Cases, invalid: Cases, malformed: Cases) -> None:
    for cases in [*valid.values(), *invalid.values(), *malformed.values()]:
        assert max(Counter(case.body for case in cases).values()) == 1
        assert max(Counter(case.description for case in cases).values()) == 1


def test_invalid_items_occur_at_the_start_in_the_middle_and_at_the_end(invalid: Cases) -> None:
    for requirement in ("strings.items.type", "integers.items.type", "integer-arrays.items.items.type"):
        described = [case.description for case in invalid[f"request.input.{requirement}"]]
        for value in ("null", "true", "1.5"):
            assert sum(f"[a valid item, {value}, a valid item]" in one for one in described) == 1
            places = (f"{value}, 2 valid items]", f"[2 valid items, {value}]", f"130 valid items, {value}]")
            assert sum(place in one for place in places for one in described) == 1
        for place in (", 2 valid items]", "[2 valid items, ", "[130 valid items, "):
            assert sum(place in one for one in described) >= 2


def test_defects_include_changed_case_and_misspelled_names(invalid: Cases) -> None:
    bodies = [json.loads(case.body) for case in _each(invalid)]
    assert any(body.get("encoding_format") == "BASE64" for body in bodies if isinstance(body, dict))
    assert any("encodingFormat" in body for body in bodies if isinstance(body, dict))


def test_array_lengths_are_tested_on_both_sides_of_each_bound(
    contract: Contract, valid: Cases, invalid: Cases
) -> None:
    for branch in contract.request.properties["input"].branches[1:]:
        most = branch.node["maxItems"]
        assert _counts(valid[branch.id_of("maxItems")]) == {most - 1, most}
        assert _counts(invalid[branch.id_of("maxItems")]) == {most + 1}
        assert _counts(valid[branch.id_of("minItems")]) == {1, 2}
        assert _counts(invalid[branch.id_of("minItems")]) == {0}


def test_a_batch_over_the_limit_has_no_other_defect(contract: Contract, invalid: Cases) -> None:
    for branch in contract.request.properties["input"].branches[1:]:
        (case,) = invalid[branch.id_of("maxItems")]
        payload = json.loads(case.body)
        payload["input"] = payload["input"][:-1]
        assert validate_request(payload, contract=contract) == []


@pytest.mark.parametrize("kind", ProblemKind)
def test_every_kind_of_malformed_json_has_a_case(kind: ProblemKind, malformed: Cases) -> None:
    assert malformed[f"request.json.{kind.value}"]


def test_the_number_of_malformed_bodies_of_each_kind(malformed: Cases) -> None:
    assert {id.rpartition(".")[2]: len(cases) for id, cases in malformed.items()} == {
        "syntax": 3,
        "extensions": 6,
        "encoding": 2,
        "empty": 2,
        "depth": 1,
        "long-number": 1,
        "trailing-data": 2,
        "not-a-number": 3,
        "duplicate-key": 2,
        "byte-order-mark": 1,
    }


def test_the_input_is_tested_with_every_wrong_type(invalid: Cases) -> None:
    values = [json.loads(case.body)["input"] for case in invalid["request.input.one-of"]]
    assert {type(value) for value in values} == {type(None), bool, int, float, dict, list}
    assert {type(value[0]) for value in values if isinstance(value, list)} == {type(None), bool, float, dict}


def test_malformed_bodies_violate_only_json_requirements(malformed: Cases) -> None:
    for case in _each(malformed):
        assert all(id.startswith("request.json.") for id in case.violations)


def test_valid_cases_use_the_given_model(contract: Contract) -> None:
    for case in [plain_case(contract, "my-model"), *_each(valid_cases(contract, "my-model"))]:
        assert json.loads(case.body)["model"] == "my-model"


def test_texts_of_one_batch_differ_in_words(valid: Cases) -> None:
    for case in valid["request.input.strings.max-items"]:
        texts = json.loads(case.body)["input"]
        assert len({text.casefold() for text in texts}) == len(texts)


def test_token_ids_are_in_every_vocabulary(valid: Cases) -> None:
    for requirement in ("integers", "integer-arrays"):
        for case in _each(valid):
            if case.requirement.startswith(f"request.input.{requirement}."):
                assert set(_flat(json.loads(case.body)["input"])) <= {*range(97, 123)}


@pytest.mark.parametrize(
    ("body", "tokens"),
    [
        (b'{"input":"abcdefgh"}', 3),
        (b'{"input":[1,2,3]}', 3),
        (b'{"input":[[1,2],[3]]}', 3),
        (b'{"input":["abcd","e"]}', 3),
        (b'{"model":"x"}', 0),
        (b"not JSON", 0),
        (b"[" * 100_000, 0),
        (b'{"input":{}}', 1),
    ],
)
def test_prompt_tokens_are_estimated(body: bytes, tokens: int) -> None:
    assert input_tokens(body, usual_roles()) == tokens


def _keyword_requirements(contract: Contract) -> set[str]:
    return {
        id
        for id, requirement in contract.catalogue.items()
        if requirement.area == "request" and requirement.source.kind == "schema" and "json" not in id
    }


def _each(cases: Cases) -> Iterator[Case]:
    for group in cases.values():
        yield from group


def _counts(cases: list[Case]) -> set[int]:
    return {len(json.loads(case.body)["input"]) for case in cases}


def _flat(value: Any) -> Iterator[int]:
    if isinstance(value, list):
        for item in value:
            yield from _flat(item)
    else:
        yield value


def _resolved(document: Mapping[str, Any], node: Any) -> Any:
    if isinstance(node, list):
        return [_resolved(document, item) for item in node]
    if not isinstance(node, Mapping):
        return node
    if "$ref" in node:
        target: Any = document
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        return _resolved(document, target)
    return {name: _resolved(document, value) for name, value in node.items()}
