from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from conformance.contract import Contract, Schema, UnsupportedSchema, describe_keyword
from conformance.contract.errors import DanglingReference
from conformance.contract.schema import build_schema, kebab_case
from conformance.contract.schema_size import check_least_size, least_size

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


def test_names_of_request_nodes() -> None:
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


def test_names_of_response_nodes() -> None:
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
def test_names_of_branches(branches: list[Any], names: list[str]) -> None:
    root = build({"oneOf": branches}, Word=STRING)
    assert [branch.name for branch in root.branches] == [f"request.{name}" for name in names]
    assert all(branch.branch for branch in root.branches)
    assert not root.branch


def test_branch_names_ignore_titles_and_order() -> None:
    one = build({"oneOf": [{**STRING, "title": "array"}, {**INTEGER, "title": "array"}]})
    other = build({"oneOf": [INTEGER, STRING]})
    assert {b.name for b in one.branches} == {b.name for b in other.branches}


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("maxItems", "max-items"),
        ("type", "type"),
        ("Portkey-Key", "portkey-key"),
        ("additionalProperties", "additional-properties"),
        ("encoding_format", "encoding_format"),
    ],
)
def test_kebab_case_of_keywords_and_schemes(word: str, expected: str) -> None:
    assert kebab_case(word) == expected


def test_place_describes_the_location_in_words() -> None:
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
def test_shape_in_words(node: Any, shape: str) -> None:
    assert build(node).shape == shape


# --- references -----------------------------------------------------------------------------------------------------


def test_node_has_the_pointer_of_its_references_target() -> None:
    root = build({"type": "object", "properties": {"a/b": ref("Word")}}, Word=STRING)
    node = root.properties["a/b"]
    assert (node.name, node.pointer, node.type) == ("request.a/b", "/components/schemas/Word", "string")


def test_pointer_of_an_inline_property_is_escaped() -> None:
    root = build({"type": "object", "properties": {"a/b~c": STRING}})
    assert root.properties["a/b~c"].pointer == "/components/schemas/Body/properties/a~1b~0c"


def test_two_references_to_one_schema_are_not_recursion() -> None:
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
def test_a_recursive_schema_ends_with_a_reference_to_itself(node: Any) -> None:
    recursive = [n for n in every(build(node)) if "recursion" in n.node]
    assert [n.node["recursion"] for n in recursive] == ["/components/schemas/Body"]


def every(node: Schema) -> Iterator[Schema]:
    """*node* and all nodes below it, with the branches of anyOf."""
    yield node
    for child in (*node.properties.values(), *([node.items] if node.items else []), *node.branches):
        yield from every(child)


def test_rejects_dangling_references() -> None:
    with pytest.raises(DanglingReference, match="#/components/schemas/Bodi"):
        build(array(ref("Bodi")))


# --- keywords -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "found"),
    [
        (True, "a schema that is True"),
        ("string", "a schema that is 'string'"),
    ],
)
def test_rejects_unsupported_constructs(node: Any, found: str) -> None:
    with pytest.raises(UnsupportedSchema) as caught:
        build(array(node))
    assert (caught.value.pointer, caught.value.found) == ("/components/schemas/Body/items", found)


def test_annotations_and_extensions_are_not_constraints() -> None:
    notes = dict.fromkeys(("title", "description", "default", "example", "format", "x-anything"), "x")
    assert list(build({**STRING, **notes, "deprecated": True}).keywords()) == ["type"]


def test_additional_properties_true_is_not_a_constraint() -> None:
    assert list(build({"additionalProperties": True}).keywords()) == []
    assert not build({"additionalProperties": True}).closed
    assert build({"additionalProperties": False}).closed


def test_keywords_are_in_document_order() -> None:
    node = {"maxItems": 3, "type": "array", "items": STRING, "minItems": 1}
    assert list(build(node).keywords()) == ["maxItems", "type", "minItems"]


def test_walk_omits_branches_of_any_of() -> None:
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
def test_nullable_needs_a_type(node: Mapping[str, Any], nullable: bool) -> None:
    assert build(node).nullable is nullable


@pytest.mark.parametrize(
    ("node", "keyword", "words"),
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
def test_describes_keywords_in_words(node: Any, keyword: str, words: str) -> None:
    assert describe_keyword(build(node), keyword) == words


def nested(depth: int) -> dict[str, Any]:
    schema: dict[str, Any] = STRING
    for _ in range(depth):
        schema = {"oneOf": [schema, array(INTEGER)]}
    return schema


def test_the_depth_of_schemas_is_limited() -> None:
    assert not [n for n in every(build(nested(8))) if "recursion" in n.node]
    assert [n for n in every(build(nested(9))) if "recursion" in n.node]


def test_the_number_of_schemas_is_limited() -> None:
    def properties(count: int) -> dict[str, Any]:
        return {"type": "object", "properties": {f"p{n}": ref("Word") for n in range(count)}}

    assert build(properties(299), Word=STRING)
    with pytest.raises(UnsupportedSchema, match="more than 300 schemas"):
        build(properties(300), Word=STRING)


def test_values_of_enumerations_and_required_properties_are_limited() -> None:
    words = [f"w{n}" for n in range(19_999)]
    body = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "enum": words}}}
    assert build(body)
    body["required"] = ["a", "b"]
    with pytest.raises(UnsupportedSchema, match="more than 20,000 values"):
        build(body)


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({"type": "string", "minLength": 20_000}, ""),
        (array(STRING, minItems=5_000), ""),
        (array(array(INTEGER, minItems=200), minItems=200), ""),
        (array(array(INTEGER, minItems=9_000)), "/items"),
    ],
)
def test_the_least_size_of_a_request_is_limited(schema: dict[str, Any], pointer: str) -> None:
    small = build({"type": "object", "required": ["a"], "properties": {"a": array(STRING, minItems=9)}})
    check_least_size(small)
    assert least_size(small) == 2 + len("request.a") + 2 + 9 * (1 + 3)
    with pytest.raises(UnsupportedSchema, match="lower minLength or minItems") as caught:
        check_least_size(build({"type": "object", "properties": {"a": schema}}))
    assert caught.value.pointer == f"/components/schemas/Body/properties/a{pointer}"
