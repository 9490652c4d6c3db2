"""Every keyword has a valid and an invalid case: in nested objects, in items, in alternatives, required or optional."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

import conformance.generators
from conformance.contract import Contract
from conformance.contract.requirements.catalogue import from_schema
from conformance.engine import RunResult
from conformance.generators import invalid_cases, keyword_cases, valid_cases, without_violation
from conformance.generators.hypothesis_provider import DRAWS_OF_ATTEMPT
from conformance.generators.keyword_cases import LIMITED, NONE_FOUND, UNREACHED
from conformance.generators.schema_values import DRAWS_FOR_ONE, MAX_DRAWS, SchemaValues, raw_schema
from conformance.generators.schemathesis_source import DRAWS_TO_READ
from conformance.reference import create_app
from tests.faulty_servers.faults import changes_payload
from tests.faulty_servers.servers import Fault, cached, server_of
from tests.generators.conftest import Changed
from tests.generators.test_other_keywords import with_small_batches
from tests.mutants.setup import Setup, failed

MODEL = "text-embedding-3-small"

ITEM = {
    "type": "object",
    "required": ["id"],
    "properties": {"id": {"type": "string", "pattern": "^id-[0-9]+$"}},
}
LEVEL = {"type": "object", "properties": {"level": {"type": "integer", "minimum": 1, "maximum": 3}}}
NAMED = {"type": "object", "required": ["name"], "additionalProperties": False}
TREE = {"type": "object", "required": ["v"], "properties": {"v": {"type": "integer"}}}
OBJECTS = [
    {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}},
    {"type": "object", "required": ["b"], "properties": {"b": {"type": "integer"}}},
]

SCHEMAS: dict[str, dict[str, Any]] = {
    "pattern": {"type": "string", "pattern": "^[a-z]{3}-[0-9]{2}$"},
    "documented": {"type": "string", "pattern": "^doc:.*", "example": "doc:1"},
    "multiple": {"type": "integer", "multipleOf": 7},
    "quarters": {"type": "number", "multipleOf": 0.25, "minimum": 1},
    "unique": {"type": "array", "items": {"type": "string"}, "uniqueItems": True, "minItems": 2},
    "least": {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
    "most": {"type": "object", "maxProperties": 2},
    "nested": {
        **NAMED,
        "properties": {
            "name": {"type": "string", "minLength": 3},
            "inner": LEVEL,
            "list": {"type": "array", "items": ITEM},
        },
    },
    "conditional": {
        "type": "object",
        "properties": {"kind": {"type": "string"}, "size": {"type": "integer"}},
        "if": {"properties": {"kind": {"const": "big"}}, "required": ["kind"]},
        "then": {"required": ["size"]},
    },
    "dependent": {"type": "object", "dependentRequired": {"a": ["b"]}},
    "dependent_schemas": {
        "type": "object",
        "dependentSchemas": {"a": {"properties": {"b": {"type": "integer"}}}},
    },
    "contains": {"type": "array", "contains": {"type": "integer", "minimum": 5}, "maxContains": 2},
    "prefix": {"type": "array", "prefixItems": [{"type": "string"}, {"type": "integer"}], "items": False},
    "names": {"type": "object", "propertyNames": {"pattern": "^[a-z]+$"}},
    "patterns": {
        "type": "object",
        "patternProperties": {"^x-": {"type": "integer"}},
        "additionalProperties": False,
    },
    "excluded": {"type": "string", "not": {"enum": ["forbidden"]}},
    "without": {"type": "object", "not": {"type": "object", "required": ["secret"]}},
    "all": {"allOf": [ITEM, LEVEL]},
    "both": {"allOf": [{"type": "string", "pattern": "^a"}, {"pattern": "z$"}]},
    "constant": {"const": "fixed"},
    "constant_object": {"const": {"a": [1]}},
    "either": {"oneOf": OBJECTS},
    "overlapping": {"oneOf": [{"type": "integer", "multipleOf": n} for n in (3, 5)]},
    "any": {"anyOf": [{"type": "object", "required": ["k"]}, {"type": "object", "maxProperties": 1}]},
    "types": {"type": ["string", "integer", "null"], "maxLength": 5, "minimum": 3},
    "tree": {"$ref": "#/components/schemas/Tree"},
}
"""The schemas of properties that are added to the request."""


def with_optional(document: Any) -> None:
    document["openapi"] = "3.1.0"
    schemas = document["components"]["schemas"]
    inner = {**TREE["properties"], "kids": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}  # type: ignore[dict-item]
    schemas["Tree"] = {**TREE, "properties": inner}
    schemas["CreateEmbeddingRequest"]["properties"] |= SCHEMAS


def with_required(document: Any) -> None:
    document["components"]["schemas"]["CreateEmbeddingRequest"]["required"] += SCHEMAS


@pytest.fixture(
    scope="module", params=[(with_optional,), (with_optional, with_required)], ids=["optional", "required"]
)
def contract(request: pytest.FixtureRequest, changed: Changed) -> Contract:
    return changed(with_small_batches, *request.param)


def test_each_keyword_has_a_valid_and_an_invalid_case(contract: Contract) -> None:
    valid, invalid = valid_cases(contract, MODEL), invalid_cases(contract, MODEL)
    forms = {node.id_of("type") for node in contract.request.walk() if node.branch}
    stated = {r.id: r.template for r in from_schema(contract.request)}
    assert {id for id in stated if id not in invalid} == forms
    assert {id for id, keyword in stated.items() if id not in valid} == {
        id for id, keyword in stated.items() if keyword == "null"
    }
    assert without_violation(contract, MODEL) == {}


def test_an_invalid_case_differs_from_a_valid_request_in_one_value(contract: Contract) -> None:
    """The keywords inside an alternative have no violation of their own if all alternatives are violated."""
    for id, cases in invalid_cases(contract, MODEL).items():
        related = {id, *contract.catalogue[id].related}
        around = {node.id_of("oneOf") for node in contract.request.walk() if "oneOf" in node.node}
        for case in cases:
            assert case.violations <= related | around | inside(contract, id), case
            assert not case.valid


def inside(contract: Contract, id: str) -> set[str]:
    """The ids of the alternatives beside the one that *id* is about."""
    return {
        other
        for node in contract.request.walk()
        for branch in node.branches
        if id.startswith(f"{node.name}.")
        for other in contract.catalogue
        if other.startswith(f"{branch.name}.")
    }


def test_cases_are_equal_in_each_run(contract: Contract) -> None:
    node = contract.request.properties["both"]
    values = [list(SchemaValues(contract).generated(raw_schema(node), node)) for _ in range(2)]
    assert values[0][:2] == values[1][:2] != []


def test_the_generator_has_a_limit(contract: Contract) -> None:
    values, node = SchemaValues(contract), contract.request.properties["both"]
    values.draws.take(MAX_DRAWS)
    assert values.draws.are_exhausted
    assert list(values.generated(raw_schema(node), node)) == []


def test_the_generator_draws_at_most_as_many_values_as_one_keyword_may(contract: Contract) -> None:
    """The schema excludes everything that it generates, so without a limit it draws thousands of values."""
    never = {"type": "string", "pattern": "^a{40}$", "not": {"pattern": "^a{20}"}}
    values, node = SchemaValues(contract), contract.request.properties["both"]
    assert list(values.generated(never, node)) == []
    assert values.draws.used <= DRAWS_FOR_ONE + DRAWS_OF_ATTEMPT + DRAWS_TO_READ


def test_the_cases_of_a_contract_have_a_limit(contract: Contract, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keyword_cases, "MAX_STEPS", 100)
    found = keyword_cases.keyword_cases(contract, MODEL, (), ())
    assert LIMITED in found.reasons.values()


def test_no_generator_looks_at_a_clock() -> None:
    """What is sent must not depend on the speed of the machine."""
    for file in Path(conformance.generators.__file__).parent.glob("*.py"):
        assert not re.search(r"^(import|from) (time|datetime)\b", file.read_text("utf-8"), re.MULTILINE), file


def test_values_are_as_plain_as_the_keywords_allow(contract: Contract) -> None:
    values = SchemaValues(contract)
    assert values.valid(contract.request.properties["documented"])[0] == "doc:1"
    assert values.valid(contract.request.properties["both"])[0] == "az"


def test_the_reference_server_passes(changed: Changed) -> None:
    contract = changed(with_small_batches, with_optional)
    added = [id for name in SCHEMAS for id in contract.catalogue if id.startswith(f"request.{name}.")]
    outcomes = run(contract, added).outcomes
    assert {outcomes[id].verdict for id in added} == {"pass"}


@pytest.mark.parametrize(
    ("name", "member", "value", "fails"),
    [
        ("nested", "inner", None, "request.nested.inner.level.maximum"),
        ("nested", "list", None, "request.nested.list.items.id.pattern"),
        ("nested", "unknown_property", None, "request.nested.additional-properties"),
        ("any", "", {"k": 1}, "request.any.any-of"),
        ("conditional", "", {}, "request.conditional.if"),
        ("contains", "", [7], "request.contains.contains"),
    ],
)
def test_a_server_that_ignores_a_part_of_a_value_fails(
    name: str, member: str, value: Any, fails: str, changed: Changed
) -> None:
    contract = changed(with_small_batches, with_optional)
    assert failed(run(contract, [fails], ignores(name, member, value))) == {fails}


def test_a_keyword_that_no_request_can_violate_is_not_tested(changed: Changed) -> None:
    def with_excluded(document: Any) -> None:
        properties = document["components"]["schemas"]["CreateEmbeddingRequest"]["properties"]
        forms = [
            {"type": "array", "items": {"type": "string"}},
            {"type": "array", "items": {"type": "null"}, "minItems": 1},
        ]
        properties["either"] = {"oneOf": forms}
        properties["nothing"] = {"type": "object", "required": ["a"], "properties": {"a": {"not": {}}}}

    contract = changed(with_small_batches, with_excluded)
    reasons = without_violation(contract, MODEL)
    assert reasons["request.either.nulls.min-items"] == NONE_FOUND
    assert reasons["request.nothing.a.not"] == UNREACHED
    outcomes = run(contract, [*reasons]).outcomes
    for id, reason in reasons.items():
        assert (outcomes[id].verdict, outcomes[id].reason) == ("not-tested", reason)


def run(contract: Contract, selected: list[str], *faults: Fault) -> RunResult:
    """Run some requirements against the reference server with *faults*."""
    return Setup(contract, cached(server_of(create_app(contract)))).run(*faults, selected=selected)


def ignores(name: str, member: str, value: Any) -> Fault:
    """A server that ignores one property of the request, or one *member* of its value; *value* is in its place."""

    def without(payload: Any) -> Any:
        found = payload[name]
        kept = value if not member else {k: v for k, v in found.items() if k != member}
        return {**payload, name: kept}

    def is_meant(payload: Any) -> bool:
        found = payload.get(name)
        return isinstance(found, dict | list) if not member else isinstance(found, dict)

    return changes_payload(is_meant, without)


def test_descriptions_name_the_place(contract: Contract) -> None:
    (first, *_) = invalid_cases(contract, MODEL)["request.nested.list.items.id.pattern"]
    assert first.description.startswith("id of each item of list of nested: ")
    (item, *_) = json.loads(first.body)["nested"]["list"]
    assert not item["id"].startswith("id-") or not item["id"][3:].isdigit()
