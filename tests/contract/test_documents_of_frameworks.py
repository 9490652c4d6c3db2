"""Documents as frameworks and vendors write them: duplicate keys, long enumerations, alternatives that never show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.checks import build_suite
from conformance.checks.observable import optional_ids
from conformance.contract import Contract, UnsupportedSchema
from conformance.contract.credentials import MissingCredentials
from conformance.contract.example_values import example_value
from conformance.generators import valid_cases
from conformance.generators.large_bounds import large_bounds
from conformance.generators.valid import depends_on_model
from conformance.validation.semantic_rules import count_inputs
from tests.roles.shapes import TEXT, TEXTS, VECTORS, Schema, Shape, an_object

KEYS = """
{openapi: 3.0.3, info: {title: a, version: '1'}, paths: {
  /other: {get: {responses: {}, responses: {}}},
  /embeddings: {post: {
    requestBody: {content: {application/json: {schema: {type: object, type: object, properties: {input: {}}}}}},
    responses: {'200': {description: ''}}}}}}
"""


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_duplicate_key_is_a_defect_only_inside_the_operation(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"contract.{suffix}"
    names: tuple[str, ...] = (
        "openapi",
        "info",
        "title",
        "version",
        "paths",
        "get",
        "responses",
        "post",
        "requestBody",
        "content",
    )
    names += (
        "schema",
        "type",
        "properties",
        "input",
        "description",
        "application/json",
        "/other",
        "/embeddings",
    )
    text = KEYS.replace("'", '"')
    if suffix == "json":
        for name in names:
            text = text.replace(f"{name}:", f'"{name}":')
        for value in ("3.0.3", "a", "object"):
            text = text.replace(f": {value},", f': "{value}",')
    file.write_text(text)
    defects = Contract.load(file).defects
    repeated = [defect.pointer for defect in defects if "occurs again" in defect.problem]
    assert repeated == ["/paths/~1embeddings/post/requestBody/content/application~1json/schema/type"]


def test_only_some_values_of_a_long_enumeration_are_tested(tmp_path: Path) -> None:
    models = {"type": "string", "enum": [f"model {number}" for number in range(1500)]}
    contract = Shape(an_object("input", "model", input=TEXTS, model=models), VECTORS).load(tmp_path)
    cases = valid_cases(contract, contract.default_model)["request.model.enum"]
    assert 50 <= len(cases) <= 100


def test_an_alternative_that_is_a_list_is_optional(tmp_path: Path) -> None:
    kind: Schema = {"type": "string", "enum": ["float"]}
    form = {"anyOf": [kind, {"type": "array", "items": kind}]}
    response = an_object("data", "form", data=VECTORS, form=form)
    optional = optional_ids(Shape(an_object("input", input=TEXTS), response).load(tmp_path))
    assert "response.form.strings.items.enum" in optional
    assert not [id for id in optional if id.startswith("response.data")]


def test_objects_have_as_many_members_as_they_need(tmp_path: Path) -> None:
    free: Schema = {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}}
    contract = Shape(an_object("input", "tags", input=TEXT, tags=free), VECTORS).load(tmp_path)
    assert example_value(contract.request.properties["tags"]) == {"name_1": 98, "name_2": 99}


def test_a_batch_whose_response_is_too_large_is_not_sent(tmp_path: Path) -> None:
    contract = Shape(an_object("input", input={**TEXTS, "maxItems": 8192}), VECTORS).load(tmp_path)
    assert large_bounds(contract) == {
        "request.input.max-items": "a body beyond the bound has 8,193 texts; the suite sends at most 4,096"
    }


@pytest.mark.parametrize(("most", "depends"), [(2**53 - 1, True), (3072, False)])
def test_a_size_with_the_bound_of_its_type_depends_on_the_model(
    tmp_path: Path, most: int, depends: bool
) -> None:
    size: Schema = {"type": "integer", "minimum": 1, "maximum": most}
    contract = Shape(an_object("input", input=TEXT, size=size), VECTORS).load(tmp_path)
    assert depends_on_model(contract, "size") is depends


def test_the_number_of_vectors_for_objects_is_not_known() -> None:
    assert count_inputs([{"text": "a"}, {"text": "b"}]) is None


def test_a_document_without_a_known_valid_request_says_what_to_add(tmp_path: Path) -> None:
    never: Schema = {"allOf": [{"type": "integer"}, {"not": {"multipleOf": 1}}]}
    contract = Shape(an_object("input", "n", input=TEXT, n=never), VECTORS).load(tmp_path)
    action = r"an action of a profile: \{target: \$\.paths\['/embed'\]\.post\.requestBody\.content"
    with pytest.raises(UnsupportedSchema, match=action):
        build_suite(contract, ())


@pytest.mark.parametrize("texts", [{"maxLength": 3}, {"pattern": "^[a-z]{3}$"}])
def test_a_contract_that_allows_few_texts_has_checks(texts: Schema, tmp_path: Path) -> None:
    request = an_object("input", input={"type": "string", **texts}, dimensions={"type": "integer"})
    suite = build_suite(Shape(request, VECTORS).load(tmp_path), ())
    reason = suite.checks["meaning.requested-lengths"].untestable
    assert reason.startswith("the contract does not allow a request with a text")


def test_messages_about_another_document_do_not_name_the_default_profile(tmp_path: Path) -> None:
    contract = _with_key(tmp_path)
    with pytest.raises(MissingCredentials) as caught:
        build_suite(contract, ())
    assert "the contract contract.json needs credentials" in str(caught.value)
    assert "portkey" not in str(caught.value)


def _with_key(folder: Path) -> Contract:
    document: dict[str, Any] = json.loads(
        Shape(an_object("input", input=TEXT), VECTORS).load(folder).file.read_text()
    )
    document["security"] = [{"Key": []}]
    document["components"] = {"securitySchemes": {"Key": {"type": "http", "scheme": "bearer"}}}
    (folder / "contract.json").write_text(json.dumps(document))
    return Contract.load(folder / "contract.json")
