"""The jsonschema package as the oracle: on thousands of payloads it and the validators agree on every violation.

Integral floats are left out: whether ``1.0`` is an integer differs between dialects of JSON Schema.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from jsonschema.exceptions import ValidationError
from openapi_schema_validator import OAS30Validator

from conformance import Contract, Violation, validate_request, validate_response
from conformance.contract import Catalogue
from conformance.contract.catalogue import from_schema
from conformance.contract.schema import build_schema
from conformance.payload.compile import Validator

Defect = tuple[str, str]
"""JSON pointer, and the keyword (for `required` with the property's name)."""

DETERMINISTIC = settings(
    derandomize=True,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.too_slow],
)


# --- the oracle -----------------------------------------------------------------------------------------------------


def plain(document: Mapping[str, Any], node: Any) -> Any:
    """A raw schema with its references replaced by what they lead to."""
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
    """What one error of jsonschema says, `oneOf` and `anyOf` as a whole."""
    place, keyword = pointer(error.absolute_path), str(error.validator)
    if keyword == "required":
        return {(place, f"required {name}") for name in error.validator_value if name not in error.instance}
    if keyword == "additionalProperties":
        unknown = set(error.instance) - set(error.schema["properties"])
        return {(f"{place}{pointer([name])}", keyword) for name in unknown}
    return {(place, keyword)}


def ways(error: ValidationError) -> list[set[Defect]]:
    """The sets of defects that may be reported for a `oneOf` error: itself, or those of one branch."""
    branches: dict[int, set[Defect]] = {}
    for inner in error.context or ():
        assert inner.validator != "oneOf"
        branches.setdefault(inner.relative_schema_path[0], set()).update(defects(inner))
    return [defects(error), *branches.values()]


def agree(ours: list[Defect], errors: list[ValidationError]) -> None:
    """Every error of jsonschema is one of *ours*, and nothing else is."""
    assert Counter(ours) == Counter(set(ours))
    left = set(ours)
    for error in errors:
        if error.validator != "oneOf":
            assert defects(error) <= set(ours)
            left -= defects(error)
    for error in errors:
        if error.validator == "oneOf":
            place = pointer(error.absolute_path)
            below = {defect for defect in left if defect[0] == place or defect[0].startswith(f"{place}/")}
            assert below in ways(error)
            left -= below
    assert left == set()


def from_schemas(violations: list[Violation], catalogue: Catalogue) -> list[Defect]:
    """Our violations as defects, those left out that no schema states."""
    found = []
    for violation in violations:
        requirement = catalogue[violation.requirement]
        keyword = requirement.template
        if requirement.source.kind == "schema":
            name = f" {violation.requirement.split('.')[-2]}" if keyword == "required" else ""
            found.append((violation.pointer, f"{keyword}{name}"))
    return found


# --- payloads -------------------------------------------------------------------------------------------------------

TEXTS = st.sampled_from(["", "x", "é", "a/b~c", "float", "list", "embedding", "text-embedding-3-small"])
NUMBERS = st.integers(-2, 3) | st.sampled_from([2**70, -(2**70), 0.5, -1.5, 1e-9, float("nan"), float("inf")])
SCALARS: st.SearchStrategy[Any] = st.none() | st.booleans() | NUMBERS | TEXTS
KEYS = st.sampled_from(
    [
        "input",
        "model",
        "encoding_format",
        "dimensions",
        "user",
        "data",
        "object",
        "index",
        "embedding",
        "usage",
    ]
    + ["prompt_tokens", "total_tokens", "x", "a/b~c", ""]
)
JSON: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=8,
)

INTEGERS = st.integers(0, 9)
REQUESTS = st.fixed_dictionaries(
    {
        "input": st.one_of(
            st.just("text"),
            st.lists(st.sampled_from(["a", "b"]), min_size=1, max_size=4),
            st.lists(INTEGERS, min_size=1, max_size=4),
            st.lists(st.lists(INTEGERS, min_size=1, max_size=4), min_size=1, max_size=4),
        ),
        "model": st.just("m"),
    },
    optional={
        "encoding_format": st.sampled_from(["float", "base64"]),
        "dimensions": st.integers(1, 3),
        "user": st.just("u"),
    },
)
EMBEDDINGS = st.fixed_dictionaries(
    {
        "object": st.just("embedding"),
        "index": INTEGERS,
        "embedding": st.lists(st.sampled_from([0.5, 1, -2]), max_size=4) | st.just("AAAAPw=="),
    }
)
RESPONSES = st.fixed_dictionaries(
    {
        "object": st.just("list"),
        "data": st.lists(EMBEDDINGS, max_size=3),
        "model": st.just("m"),
        "usage": st.fixed_dictionaries({"prompt_tokens": INTEGERS, "total_tokens": INTEGERS}),
    }
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all values inside *value*, itself left out."""
    steps: Any = value.items() if isinstance(value, dict) else ()
    for step, child in enumerate(value) if isinstance(value, list) else steps:
        yield (*path, step)
        yield from places(child, (*path, step))


def retyped(value: Any) -> Any:
    """*value* in another type that it could be mistaken for."""
    match value:
        case bool():
            return int(value)
        case int() | float():
            return str(value)
        case str():
            return [value]
        case list():
            return value[0] if value else {}
        case dict():
            return list(value.values())
    return False


def mutate(draw: Callable[[st.SearchStrategy[Any]], Any], value: Any) -> None:
    """Replace, delete, insert, duplicate or retype at a random place of *value*."""
    found = list(places(value))
    if not found:
        return
    *above, step = draw(st.sampled_from(found))
    parent = value
    for name in above:
        parent = parent[name]
    match draw(st.sampled_from(["replace", "delete", "insert", "duplicate", "retype"])):
        case "replace":
            parent[step] = draw(JSON)
        case "delete":
            del parent[step]
        case "retype":
            parent[step] = retyped(parent[step])
        case "insert" if isinstance(parent, list):
            parent.insert(step, draw(JSON))
        case "duplicate" if isinstance(parent, list):
            parent[step:step] = [deepcopy(parent[step]) for _ in range(draw(st.integers(1, 3)))]
        case _:
            parent[draw(KEYS)] = draw(JSON)


@st.composite
def mutants(draw: Any, valid: st.SearchStrategy[Any]) -> Any:
    """A valid payload after no to four mutations."""
    payload = draw(valid)
    for _ in range(draw(st.integers(0, 4))):
        mutate(draw, payload)
    return payload


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
    errors = list(oracle(contract, name).iter_errors(payload))
    event(f"{min(len(errors), 3)} errors")
    # Text alone would be read as JSON.
    form = f'"{payload}"' if isinstance(payload, str) else payload
    agree(from_schemas(validate(form, contract=contract), contract.catalogue), errors)


@settings(DETERMINISTIC, max_examples=1500)
@given(mutants(REQUESTS) | JSON)
def test_requests_are_judged_as_by_jsonschema(contract: Contract, payload: Any) -> None:
    compare(payload, contract, "CreateEmbeddingRequest", validate_request)


@settings(DETERMINISTIC, max_examples=1500)
@given(mutants(RESPONSES) | JSON)
def test_answers_are_judged_as_by_jsonschema(contract: Contract, payload: Any) -> None:
    compare(payload, contract, "CreateEmbeddingResponse", validate_response)


@settings(DETERMINISTIC, max_examples=1000)
@given(mutants(st.lists(JSON, max_size=5)))
def test_inputs_are_judged_as_by_jsonschema(contract: Contract, payload: Any) -> None:
    compare({"model": "m", "input": payload}, contract, "CreateEmbeddingRequest", validate_request)


def test_valid_and_broken_payloads_are_both_plenty(contract: Contract) -> None:
    valid = Counter[bool]()

    @settings(DETERMINISTIC, max_examples=300)
    @given(mutants(REQUESTS))
    def sort(payload: Any) -> None:
        valid[oracle(contract, "CreateEmbeddingRequest").is_valid(payload)] += 1

    sort()
    assert min(valid[True], valid[False]) > 50


# --- schemas of all kinds -------------------------------------------------------------------------------------------

SIZES = st.integers(0, 3)
TYPES = st.sampled_from(["string", "integer", "number", "boolean", "array", "object"])


def nodes(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Schemas of the keywords that the contract room knows, around *inner* ones."""
    properties = st.dictionaries(st.sampled_from(["a", "b", "c/~"]), inner, max_size=2)
    keywords = {
        "type": TYPES,
        "nullable": st.booleans(),
        "enum": st.lists(
            SCALARS.filter(lambda value: value == value), min_size=1, max_size=3, unique_by=repr
        ),
        "required": st.lists(st.sampled_from(["a", "b", "d"]), min_size=1, unique=True),
        "properties": properties,
        "additionalProperties": st.booleans(),
        "items": inner,
        "minItems": SIZES,
        "maxItems": SIZES,
        "minLength": SIZES,
        "maxLength": SIZES,
        "minimum": st.integers(-2, 2),
        "maximum": st.integers(-2, 2),
        "exclusiveMinimum": st.booleans(),
        "exclusiveMaximum": st.booleans(),
    }
    return st.fixed_dictionaries({}, optional=keywords).map(completed)


def completed(node: dict[str, Any]) -> dict[str, Any]:
    """*node* with what OpenAPI 3.0 wants beside some keywords."""
    if node.get("type") == "array" and "items" not in node:
        node["items"] = {}
    if node.get("additionalProperties") is False:
        node.setdefault("properties", {})
    return node


LEAVES = nodes(st.just({}))
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: (
        nodes(inner) | st.lists(LEAVES, min_size=1, max_size=3).map(lambda branches: {"oneOf": branches})
    ),
    max_leaves=5,
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["a", "b", "c/~", "d"]), inner)
    ),
    max_leaves=6,
)


def compiled(schema: Mapping[str, Any]) -> tuple[Validator, Catalogue]:
    tree = build_schema({"root": schema}, "/root", "request")
    catalogue = Catalogue(from_schema(tree))
    return Validator(tree, catalogue), catalogue


@settings(DETERMINISTIC, max_examples=1500)
@given(SCHEMAS, st.lists(VALUES, min_size=1, max_size=4))
def test_any_schema_judges_any_value_as_jsonschema_does(schema: Any, values: list[Any]) -> None:
    validator, catalogue = compiled(schema)
    for value in values:
        errors = list(OAS30Validator(schema).iter_errors(value))
        ours = list(validator.violations(value))
        assert validator.accepts(value) == (not ours) == (not errors)
        agree(from_schemas(ours, catalogue), errors)


@settings(DETERMINISTIC, max_examples=500)
@given(st.lists(LEAVES, min_size=1, max_size=3), VALUES)
def test_any_of_is_one_violation_where_no_branch_fits(branches: list[Any], value: Any) -> None:
    schema = {"anyOf": branches}
    validator, _ = compiled(schema)
    valid = OAS30Validator(schema).is_valid(value)
    assert validator.accepts(value) == valid
    assert [v.requirement for v in validator.violations(value)] == ([] if valid else ["request.any-of"])


def test_the_oracle_can_fail() -> None:
    errors = list(Draft4Validator({"oneOf": [{"type": "string"}, {"minItems": 2}]}).iter_errors([]))
    agree([("", "oneOf")], errors)
    agree([("", "minItems")], errors)
    for wrong in ([], [("", "maxItems")], [("", "minItems"), ("", "type")], [("", "oneOf"), ("", "oneOf")]):
        with pytest.raises(AssertionError):
            agree(wrong, errors)
    assert re.fullmatch(r"(/a~1b)(/0)", pointer(["a/b", 0]))
    assert Path(__file__).name == "test_oracle.py"
