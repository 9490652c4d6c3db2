"""The directed cases: each is what it claims to be, and each keyword has some on both sides."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from jsonschema import Draft4Validator

from conformance.contract import Contract
from conformance.generators import Case, invalid_cases, malformed_cases, plain_case, valid_cases
from conformance.generators.case import input_tokens
from conformance.validation import validate_request
from conformance.validation.strict_json import Kind

Cases = Mapping[str, list[Case]]

NO_NEGATIVE = {
    f"request.input.{form}.type": "a branch permits its type; what fits no branch violates request.input.one-of"
    for form in ("string", "strings", "integers", "integer-arrays")
}
"""Requirements of schema keywords without a case that violates them, with the reason."""

NO_POSITIVE = {
    f"request.{name}.null": "what is no null is a value of the type; request.*.type has those"
    for name in ("encoding_format", "dimensions", "user")
}
"""Requirements of schema keywords without a case that is valid, with the reason."""


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
    """The jsonschema package's opinion on the request schema, of whose family OpenAPI 3.0 is."""
    return Draft4Validator(_resolved(contract.document, dict(contract.request.node)))


def test_each_keyword_of_the_request_has_a_valid_case_or_a_reason(contract: Contract, valid: Cases) -> None:
    assert _of_keywords(contract) - valid.keys() == NO_POSITIVE.keys()


def test_each_keyword_of_the_request_has_an_invalid_case_or_a_reason(
    contract: Contract, invalid: Cases
) -> None:
    assert _of_keywords(contract) - invalid.keys() == NO_NEGATIVE.keys()


def test_valid_cases_violate_nothing(contract: Contract, valid: Cases) -> None:
    for case in _each(valid):
        assert validate_request(case.body, contract=contract) == []
        assert case.valid


def test_invalid_cases_violate_what_the_validator_says(
    contract: Contract, invalid: Cases, malformed: Cases
) -> None:
    for case in [*_each(invalid), *_each(malformed)]:
        found = {violation.requirement for violation in validate_request(case.body, contract=contract)}
        assert case.violations == found
        assert not case.valid


def test_a_case_has_one_defect(contract: Contract, invalid: Cases, malformed: Cases) -> None:
    for requirement, cases in {**invalid, **malformed}.items():
        near = {requirement, *contract.catalogue[requirement].related}
        for case in cases:
            assert case.violations <= near, case
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


def test_items_are_wrong_alone_first_last_and_in_the_middle(invalid: Cases) -> None:
    for requirement in ("strings.items.type", "integers.items.type", "integer-arrays.items.items.type"):
        places = Counter(
            case.description.rpartition(", ")[2] for case in invalid[f"request.input.{requirement}"]
        )
        assert set(places) >= {"at the first place", "at the last place", "in the middle"}


def test_wrong_letter_case_and_nearly_right_names_are_among_the_defects(invalid: Cases) -> None:
    bodies = [json.loads(case.body) for case in _each(invalid)]
    assert any(body.get("encoding_format") == "BASE64" for body in bodies if isinstance(body, dict))
    assert any("encodingFormat" in body for body in bodies if isinstance(body, dict))


def test_bounds_are_tried_on_both_sides(contract: Contract, valid: Cases, invalid: Cases) -> None:
    for branch in contract.request.properties["input"].branches[1:]:
        most = branch.node["maxItems"]
        assert _counts(valid[branch.id_of("maxItems")]) == {most - 1, most}
        assert _counts(invalid[branch.id_of("maxItems")]) == {most + 1}
        assert _counts(valid[branch.id_of("minItems")]) == {1, 2}
        assert _counts(invalid[branch.id_of("minItems")]) == {0}


def test_a_batch_over_the_limit_is_clean_but_for_that(contract: Contract, invalid: Cases) -> None:
    for branch in contract.request.properties["input"].branches[1:]:
        (case,) = invalid[branch.id_of("maxItems")]
        payload = json.loads(case.body)
        payload["input"] = payload["input"][:-1]
        assert validate_request(payload, contract=contract) == []


@pytest.mark.parametrize("kind", Kind)
def test_every_way_of_being_malformed_has_a_case(kind: Kind, malformed: Cases) -> None:
    assert malformed[f"request.json.{kind.value}"]


def test_no_way_of_being_malformed_gets_lost(malformed: Cases) -> None:
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


def test_wrong_types_of_all_kinds_are_tried_for_the_input(invalid: Cases) -> None:
    values = [json.loads(case.body)["input"] for case in invalid["request.input.one-of"]]
    assert {type(value) for value in values} == {type(None), bool, int, float, dict, list}
    assert {type(value[0]) for value in values if isinstance(value, list)} == {type(None), bool, float, dict}


def test_malformed_bodies_violate_nothing_but_json(malformed: Cases) -> None:
    for case in _each(malformed):
        assert all(id.startswith("request.json.") for id in case.violations)


def test_another_model_is_in_every_case_that_names_one(contract: Contract) -> None:
    for case in [plain_case(contract, "my-model"), *_each(valid_cases(contract, "my-model"))]:
        assert json.loads(case.body)["model"] == "my-model"


def test_texts_of_one_batch_differ_in_words(valid: Cases) -> None:
    for case in valid["request.input.strings.max-items"]:
        texts = json.loads(case.body)["input"]
        assert len({text.casefold() for text in texts}) == len(texts)


def test_known_tokens_are_those_of_every_vocabulary(valid: Cases) -> None:
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
        (b"no JSON", 0),
        (b"[" * 100_000, 0),
        (b'{"input":{}}', 1),
    ],
)
def test_prompt_tokens_are_estimated(body: bytes, tokens: int) -> None:
    assert input_tokens(body) == tokens


def _of_keywords(contract: Contract) -> set[str]:
    return {
        id
        for id, requirement in contract.catalogue.items()
        if requirement.area == "request" and requirement.source.kind == "schema" and "json" not in id
    }


def _each(cases: Cases) -> Iterator[Case]:
    for some in cases.values():
        yield from some


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
