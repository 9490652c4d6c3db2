from collections.abc import Mapping
from typing import Any

import pytest

from conformance.contract import Contract, Schema, UnsupportedSchema, phrase
from conformance.contract.errors import DanglingReference
from conformance.contract.schema import build_schema, kebab

VENDORED = Contract.load()


def build(node: Any, name: str = "request", **components: Any) -> Schema:
    document = {"components": {"schemas": {"Body": node, **components}}}
    return build_schema(document, "/components/schemas/Body", name)


def ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def array(items: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


STRING, INTEGER, NUMBER = {"type": "string"}, {"type": "integer"}, {"type": "number"}


# --- names ----------------------------------------------------------------------------------------------------------


def test_every_node_of_the_request_is_named_after_what_it_holds() -> None:
    assert [node.name for node in VENDORED.request.walk()] == [
        "request",
        "request.input",
        "request.input.string",
        "request.input.strings",
        "request.input.strings.items",
        "request.input.integers",
        "request.input.integers.items",
        "request.input.integer-arrays",
        "request.input.integer-arrays.items",
        "request.input.integer-arrays.items.items",
        "request.model",
        "request.encoding_format",
        "request.dimensions",
        "request.user",
    ]


def test_every_node_of_the_response_is_named_after_what_it_holds() -> None:
    assert [node.name for node in VENDORED.response.walk()] == [
        "response",
        "response.data",
        "response.data.items",
        "response.data.items.index",
        "response.data.items.embedding",
        "response.data.items.embedding.numbers",
        "response.data.items.embedding.numbers.items",
        "response.data.items.embedding.string",
        "response.data.items.object",
        "response.model",
        "response.object",
        "response.usage",
        "response.usage.prompt_tokens",
        "response.usage.total_tokens",
    ]


@pytest.mark.parametrize(
    ("branches", "names"),
    [
        ([STRING, array(STRING)], ["string", "strings"]),
        ([array(INTEGER), array(array(INTEGER))], ["integers", "integer-arrays"]),
        ([array(array(array(NUMBER)))], ["number-array-arrays"]),
        ([{"type": "object"}, array({"type": "object"})], ["object", "objects"]),
        ([{"type": "array"}, array({})], ["array", "values"]),
        ([{}, array(ref("Word"))], ["value", "strings"]),
        ([STRING, {"type": "string", "minLength": 9}, STRING], ["string", "string-2", "string-3"]),
        ([array(STRING), STRING, array(STRING)], ["strings", "string", "strings-2"]),
    ],
)
def test_branches_are_named_after_what_they_hold_and_numbered_where_that_is_the_same(
    branches: list[Any], names: list[str]
) -> None:
    root = build({"oneOf": branches}, Word=STRING)
    assert [branch.name for branch in root.branches] == [f"request.{name}" for name in names]
    assert all(branch.branch for branch in root.branches)
    assert not root.branch


def test_the_title_of_a_branch_and_its_place_do_not_matter_for_its_name() -> None:
    one = build({"oneOf": [{**STRING, "title": "array"}, {**INTEGER, "title": "array"}]})
    other = build({"oneOf": [INTEGER, STRING]})
    assert {b.name for b in one.branches} == {b.name for b in other.branches}


@pytest.mark.parametrize(
    ("word", "dashed"),
    [
        ("maxItems", "max-items"),
        ("type", "type"),
        ("Portkey-Key", "portkey-key"),
        ("additionalProperties", "additional-properties"),
        ("encoding_format", "encoding_format"),
    ],
)
def test_keywords_and_schemes_are_dashed(word: str, dashed: str) -> None:
    assert kebab(word) == dashed


def test_a_place_says_in_words_where_a_value_stands() -> None:
    places = {node.name: node.place for node in VENDORED.response.walk()}
    assert places["response"] == "the response's body"
    assert places["response.usage"] == "usage"
    assert places["response.usage.prompt_tokens"] == "prompt_tokens of usage"
    assert places["response.data.items.embedding"] == "embedding of each item of data"
    assert places["response.data.items.embedding.string"] == "embedding of each item of data as a string"


@pytest.mark.parametrize(
    ("node", "shape"),
    [
        (STRING, "a string"),
        (INTEGER, "an integer"),
        (array(STRING), "an array of strings"),
        (array(array(INTEGER)), "an array of arrays of integers"),
        (array({}), "an array of values"),
        (array({"type": "array"}), "an array of arrays"),
        ({"type": "array"}, "an array"),
        ({}, "a value"),
    ],
)
def test_a_shape_is_the_form_in_words(node: Any, shape: str) -> None:
    assert build(node).shape == shape


# --- references -----------------------------------------------------------------------------------------------------


def test_a_reference_keeps_its_name_and_its_pointer_is_behind_it() -> None:
    root = build({"type": "object", "properties": {"a/b": ref("Word")}}, Word=STRING)
    node = root.properties["a/b"]
    assert (node.name, node.pointer, node.type) == ("request.a/b", "/components/schemas/Word", "string")


def test_a_property_that_stands_in_place_has_an_escaped_pointer() -> None:
    root = build({"type": "object", "properties": {"a/b~c": STRING}})
    assert root.properties["a/b~c"].pointer == "/components/schemas/Body/properties/a~1b~0c"


def test_two_references_to_one_schema_are_no_recursion() -> None:
    root = build({"type": "object", "properties": {"a": ref("Word"), "b": ref("Word")}}, Word=STRING)
    assert [node.name for node in root.walk()] == ["request", "request.a", "request.b"]


@pytest.mark.parametrize(
    "node",
    [
        {"type": "object", "properties": {"again": ref("Body")}},
        array(ref("Body")),
        {"oneOf": [STRING, array(ref("Body"))]},
        {"anyOf": [STRING, ref("Body")]},
        {
            "type": "object",
            "properties": {"first": array({"type": "object", "properties": {"x": ref("Body")}})},
        },
    ],
)
def test_a_schema_that_contains_itself_is_refused(node: Any) -> None:
    with pytest.raises(UnsupportedSchema) as caught:
        build(node)
    assert str(caught.value) == (
        "/components/schemas/Body: a schema that contains itself is not supported; expected a finite tree"
    )


def test_two_schemas_that_contain_each_other_are_refused() -> None:
    with pytest.raises(UnsupportedSchema) as caught:
        build(array(ref("Other")), Other=array(ref("Body")))
    assert caught.value.pointer == "/components/schemas/Body"


def test_a_reference_to_nowhere_is_refused_by_its_name() -> None:
    with pytest.raises(DanglingReference, match="#/components/schemas/Bodi"):
        build(array(ref("Bodi")))


# --- keywords -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "keyword",
    [
        "allOf",
        "not",
        "pattern",
        "uniqueItems",
        "multipleOf",
        "minProperties",
        "maxProperties",
        "discriminator",
        "const",
        "maxitems",
    ],
)
def test_a_keyword_that_no_check_would_follow_is_refused_where_it_stands(keyword: str) -> None:
    node = {"type": "object", "properties": {"a": array({"oneOf": [STRING, {**INTEGER, keyword: 1}]})}}
    with pytest.raises(UnsupportedSchema, match=f"the keyword '{keyword}'") as caught:
        build(node)
    assert caught.value.pointer == "/components/schemas/Body/properties/a/items/oneOf/1"


@pytest.mark.parametrize(
    ("node", "found"),
    [
        ({"oneOf": [STRING], "anyOf": [STRING]}, "oneOf beside anyOf"),
        ({"type": "object", "additionalProperties": STRING}, "additionalProperties with a schema"),
        ({"type": "text"}, "the type 'text'"),
        ({"type": "null"}, "the type 'null'"),
        (True, "a schema that is True"),
        ("string", "a schema that is 'string'"),
    ],
)
def test_a_construct_that_no_check_would_follow_is_refused(node: Any, found: str) -> None:
    with pytest.raises(UnsupportedSchema) as caught:
        build(array(node))
    assert (caught.value.pointer, caught.value.found) == ("/components/schemas/Body/items", found)


def test_annotations_and_extensions_constrain_nothing() -> None:
    notes = dict.fromkeys(("title", "description", "default", "example", "format", "x-anything"), "x")
    assert list(build({**STRING, **notes, "deprecated": True}).keywords()) == ["type"]


def test_an_open_object_constrains_nothing() -> None:
    assert list(build({"additionalProperties": True}).keywords()) == []
    assert not build({"additionalProperties": True}).closed
    assert build({"additionalProperties": False}).closed


def test_keywords_come_in_the_order_of_the_document() -> None:
    node = {"maxItems": 3, "type": "array", "items": STRING, "minItems": 1}
    assert list(build(node).keywords()) == ["maxItems", "type", "minItems"]


def test_the_branches_of_any_of_state_one_requirement_together() -> None:
    root = build({"anyOf": [STRING, array(INTEGER)]})
    assert [node.name for node in root.walk()] == ["request"]


@pytest.mark.parametrize(
    ("node", "nullable"),
    [
        ({"type": "string", "nullable": True}, True),
        ({"type": "string", "nullable": False}, False),
        ({"type": "string"}, False),
        ({"nullable": True, "enum": ["a"]}, False),
        ({"nullable": True, "oneOf": [STRING]}, False),
    ],
)
def test_nullable_only_adds_null_to_a_type_beside_it(node: Mapping[str, Any], nullable: bool) -> None:
    assert build(node).nullable is nullable


@pytest.mark.parametrize(
    ("node", "keyword", "said"),
    [
        ({"type": "string", "nullable": True}, "type", "a string or null"),
        ({"enum": ["float", 1, None, True]}, "enum", "one of float, 1, null, true"),
        ({"minimum": 1}, "minimum", "at least 1"),
        ({"minimum": 1, "exclusiveMinimum": True}, "minimum", "more than 1"),
        ({"maximum": 1, "exclusiveMaximum": True}, "maximum", "less than 1"),
        ({"maximum": 1, "exclusiveMaximum": False}, "maximum", "at most 1"),
        ({"minItems": 1}, "minItems", "at least 1 item"),
        ({"maxLength": 2}, "maxLength", "at most 2 characters"),
        ({"oneOf": [STRING, array(STRING)]}, "oneOf", "a string or an array of strings"),
        ({"anyOf": [STRING, {**STRING, "enum": ["a"]}]}, "anyOf", "a string"),
    ],
)
def test_a_keyword_is_said_in_words(node: Any, keyword: str, said: str) -> None:
    assert phrase(build(node), keyword) == said
