"""The jsonschema package as an oracle for every keyword of OpenAPI 3.0 and 3.1, in random schemas.

A schema with a defect is read in another way than written, so it is not compared.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_schema_validator import OAS30Validator

from conformance.contract import Catalogue
from conformance.contract.openapi.json_schema import definitions_of
from conformance.contract.openapi.normal_form import normal_form
from conformance.contract.requirements.catalogue import from_schema
from conformance.contract.schema import build_schema
from conformance.validation.schema_validator import Validator
from tests.validation.random_schemas import Schemas, document, value

CHANCE = st.randoms(use_true_random=True)
"""A random generator of Python, seeded by Hypothesis: Hypothesis' own generator takes 100 times as long."""

ORACLES: Mapping[str, Any] = {"3.0": OAS30Validator, "3.1": Draft202012Validator}
ROUNDS = 10
ROOT = "#/components/schemas/S"

deterministic = settings(derandomize=True, deadline=None, database=None, max_examples=60)


def compiled(raw: Mapping[str, Any]) -> tuple[Validator, bool]:
    """The validator of the first component of the document *raw*, and whether the document has a defect."""
    found, defects = normal_form(raw)
    tree = build_schema(found, ROOT.removeprefix("#"), "request", definitions_of(raw))
    return Validator(tree, Catalogue(from_schema(tree))), bool(defects)


def undiscriminated(node: Any) -> Any:
    """*node* without discriminators: they state nothing, but OAS30Validator looks for the alternatives by them."""
    if isinstance(node, list):
        return [undiscriminated(item) for item in node]
    if not isinstance(node, dict):
        return node
    return {key: undiscriminated(value) for key, value in node.items() if key != "discriminator"}


def compare(chance: Random, version: str) -> Counter[Any]:
    """Compare the judgments of some values; count them."""
    raw = document(chance, version)
    validator, has_defect = compiled(raw)
    if has_defect:
        return Counter({"with a defect": 1})
    oracle = ORACLES[version]({"$ref": ROOT, **undiscriminated(raw)})
    judgments: Counter[Any] = Counter()
    for _ in range(6):
        item = value(chance)
        expected = oracle.is_valid(item)
        found = (validator.accepts(item), not list(validator.violations(item)))
        assert found == (expected, expected), f"document: {raw!r}, value: {item!r}"
        judgments[expected] += 1
    return judgments


@pytest.mark.parametrize("version", ORACLES)
@deterministic
@given(chance=CHANCE)
def test_any_keyword_and_any_value_are_judged_as_by_jsonschema(version: str, chance: Random) -> None:
    for _ in range(ROUNDS):
        compare(chance, version)


@pytest.mark.parametrize("version", ORACLES)
def test_most_schemas_are_compared_and_both_judgments_are_frequent(version: str) -> None:
    chance = Random(1)
    judgments = sum((compare(chance, version) for _ in range(200)), Counter[Any]())
    assert judgments["with a defect"] < 60
    assert min(judgments[True], judgments[False]) > 150


@pytest.mark.parametrize("version", ORACLES)
def test_every_keyword_is_generated(version: str) -> None:
    chance, schemas = Random(1), Schemas(Random(2), version)
    written = str([document(chance, version) for _ in range(100)])
    makers = [*schemas._options(), *schemas._applicators(1, 0)]
    aliases = {"closed", "sealed", "types"}
    assert [name for name in makers if name not in aliases and f"'{name}':" not in written] == []
