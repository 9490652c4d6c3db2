"""Find the roles of a contract's properties."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.contract.errors import ContractError, InvalidFile
from conformance.contract.roles import Roles, known_roles, usual_roles
from tests.roles.shapes import (
    COUNT,
    SHAPES,
    TEXT,
    TEXT_OR_TEXTS,
    TEXTS,
    VECTOR,
    VECTORS,
    Schema,
    Shape,
    a_list,
    an_object,
)


def found(folder: Path, request: Schema, response: Schema) -> dict[str, str]:
    roles = Shape(request, response).load(folder).roles.as_dict()
    return {role: name for role, name in roles.items() if name is not None}


def test_the_vendored_contract_has_the_usual_names() -> None:
    assert Contract.load().roles == usual_roles()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_roles_of_other_shapes(tmp_path: Path, shape: Shape) -> None:
    assert found(tmp_path, shape.request, shape.response) == shape.roles


def test_other_forms_of_a_response_may_have_the_list_elsewhere(tmp_path: Path) -> None:
    roles = SHAPES["two forms of a response"].load(tmp_path).roles
    assert roles.other_vectors == (("embeddings", "float"),)
    assert roles.items_of({"embeddings": [[1]]}) == [[1]]
    assert roles.items_of({"embeddings": {"float": [[2]]}}) == [[2]]
    assert roles.items_of({"embeddings": {"int8": [[2]]}}) is None


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"input": {"type": "integer"}, "texts": TEXTS}, "texts"),
        ({"texts": TEXTS, "input": TEXT}, "input"),
        ({"input": {}}, "input"),
        ({"input": {"type": "string", "enum": ["a"]}, "phrases": TEXTS}, "phrases"),
        ({"phrases": TEXTS, "model": TEXT, "user": TEXT}, "phrases"),
        ({"phrases": {"type": "array", "items": TEXT_OR_TEXTS}}, "phrases"),
        ({"phrases": TEXTS, "others": TEXTS}, None),
        ({"phrase": TEXT}, None),
        ({}, "input"),
    ],
)
def test_texts_have_a_name_or_are_the_only_array_of_texts(
    tmp_path: Path, properties: dict[str, Schema], expected: str | None
) -> None:
    assert found(tmp_path, an_object(**properties), VECTORS).get("texts") == expected


@pytest.mark.parametrize(
    ("properties", "expected"),
    [
        ({"encoding_format": {"type": "string"}}, "encoding_format"),
        ({"format": {"type": "string", "enum": ["json", "xml"]}}, None),
        ({"format": {"type": "string", "enum": [None, "base64"], "nullable": True}}, "format"),
        ({"as": {"type": "string", "enum": ["float", "base64"]}}, "as"),
        ({"as": {"type": "string", "enum": ["float", "int"]}}, None),
        ({"as": {"type": "array", "items": {"type": "string", "enum": ["base64"]}}}, None),
    ],
)
def test_an_encoding_names_base64(
    tmp_path: Path, properties: dict[str, Schema], expected: str | None
) -> None:
    request = an_object("input", input=TEXTS, **properties)
    assert found(tmp_path, request, VECTORS).get("encoding") == expected


@pytest.mark.parametrize(
    ("response", "expected"),
    [
        ({}, ("/data", "/embedding", "/index", "/usage/prompt_tokens")),
        ({"type": "object"}, ("/data", "/embedding", "/index", "/usage/prompt_tokens")),
        (an_object(data={"type": "array"}), ("/data", "/embedding", "/index", None)),
        (an_object(data=a_list(index=COUNT)), ("/data", "/embedding", "/index", None)),
        (an_object(data=a_list(url=TEXT)), ("/data", "/embedding", None, None)),
        (an_object(data=a_list(numbers=VECTOR)), ("/data", "/numbers", None, None)),
        (an_object(data=a_list(one=VECTOR, two=VECTOR)), ("/data", "/embedding", None, None)),
        (an_object(list=a_list(embedding=VECTOR)), ("/list", "/embedding", None, None)),
        (an_object(data=TEXTS, other=VECTORS), ("/other", "", None, None)),
        (an_object(one=VECTORS, other=VECTORS), (None, None, None, None)),
        (an_object(text=TEXT), (None, None, None, None)),
        (an_object(data=VECTORS, usage={}), ("/data", "", None, "/usage/prompt_tokens")),
        (an_object(data=VECTORS, usage=an_object(prompt_tokens=TEXT)), ("/data", "", None, None)),
    ],
    ids=str,
)
def test_places_in_responses(tmp_path: Path, response: Schema, expected: tuple[Any, ...]) -> None:
    roles = found(tmp_path, an_object("input", input=TEXTS), response)
    assert tuple(map(roles.get, ("vectors", "vector", "index", "prompt-tokens"))) == expected


@pytest.mark.parametrize("written", ["null", "", None])
def test_an_example_that_stands_for_nothing_is_no_model(tmp_path: Path, written: str | None) -> None:
    model = {"type": "string", "nullable": True, "example": written, "default": written}
    shape = Shape(an_object("input", input=TEXTS, model=model), VECTORS)
    assert shape.load(tmp_path).example_model is None
    assert shape.load(tmp_path).default_model is None


def test_a_required_model_without_an_example_has_any_name(tmp_path: Path) -> None:
    contract = Shape(an_object("input", "engine", input=TEXTS, engine=TEXT), VECTORS).load(tmp_path)
    assert (contract.example_model, contract.default_model) == (None, "model")


def profile(folder: Path, **roles: object) -> Path:
    file = folder / "mine.yaml"
    document = {
        "overlay": "1.1.0",
        "info": {"title": "t", "version": "1"},
        "x-conformance": {"roles": roles},
        "actions": [{"target": "$.info", "update": {"x-mine": True}}],
    }
    file.write_text(json.dumps(document))
    return file


ITEM = an_object("vec", "place", vec=VECTOR, place=COUNT)
GIVEN = Shape(
    an_object("first", first=TEXTS, second=TEXTS, input={"type": "integer"}),
    an_object(one={"type": "array", "items": ITEM}, two={"type": "array", "items": ITEM}, count=COUNT),
)


def test_a_profile_sets_roles(tmp_path: Path) -> None:
    given: dict[str, Any] = {"texts": "second", "vectors": "two", "index": "place", "prompt-tokens": "/count"}
    roles = GIVEN.load(tmp_path, profile=profile(tmp_path, **given)).roles
    expected = Roles("second", vectors=("two",), vector=("vec",), index=("place",), prompt_tokens=("count",))
    assert roles == expected


def test_without_a_role_its_requirements_are_dropped(tmp_path: Path) -> None:
    contract = Contract.load(profile=profile(tmp_path, user=None, index=None))
    assert (contract.roles.user, contract.roles.index) == (None, None)
    lost = {
        "meaning.user",
        "response.index",
        "response.order",
        "forwarding.user",
        "forwarding.response.order",
    }
    assert {*contract.catalogue.dropped} == lost


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"texts": "secnd"}, "the request has no property 'secnd'; did you mean 'second'?"),
        ({"vectors": "/two/x"}, "the response has no property '/two/x'"),
        ({"vectors": "count"}, "count is not a list of vectors"),
        ({"vectors": "two", "index": "plaice"}, "the item has no property 'plaice'; did you mean 'place'?"),
        ({"response-model": "model"}, "the response has no property 'model'"),
    ],
)
def test_a_role_needs_a_property_of_the_contract(tmp_path: Path, given: dict[str, str], message: str) -> None:
    with pytest.raises(ContractError) as error:
        GIVEN.load(tmp_path, profile=profile(tmp_path, **{"texts": "second", **given}))
    assert message in str(error.value)
    assert "x-conformance: roles: " in str(error.value)


@pytest.mark.parametrize(
    ("given", "message"), [({"text": "a"}, "did you mean 'texts'?"), ({"texts": 1}, "a string")]
)
def test_a_profile_names_known_roles(tmp_path: Path, given: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidFile, match=r"mine\.yaml") as error:
        GIVEN.load(tmp_path, profile=profile(tmp_path, **given))
    assert message in str(error.value)


def test_names_of_roles_are_not_repeated() -> None:
    for role in known_roles().values():
        assert len({*role.names}) == len(role.names)
        assert {*role.usual[-1:]} <= {*role.names}
