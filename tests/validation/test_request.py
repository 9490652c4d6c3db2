import json
from typing import Any

import pytest

from conformance import validate_request
from tests.validation.payloads import Row, rows

NO_FORM = "a string or an array of strings or an array of integers or an array of arrays of integers"


def rows_with(**more: Any) -> list[Row]:
    """The violations of a valid request that is updated with *more*."""
    return rows(validate_request({"model": "m", "input": "x", **more}))


# --- valid ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        "x",
        " ",
        "\x00",
        "\ud800",
        "x" * 100_000,
        ["x"],
        ["x"] * 2048,
        [0],
        [-1],
        [2**70],
        [7] * 2048,
        [[0]],
        [[2**70], [1, 2]],
        [[7] * 3000],
        [[7]] * 2048,
        [1.0],
        [[1.0, 2]],
    ],
    ids=lambda value: repr(value)[:20],
)
def test_every_form_of_input_is_valid_up_to_its_limits(value: Any) -> None:
    assert rows_with(input=value) == []


@pytest.mark.parametrize(
    "more",
    [
        {"model": ""},
        {"model": "text-embedding-3-small"},
        {"model": "anything at all"},
        {"encoding_format": "float"},
        {"encoding_format": "base64"},
        {"dimensions": 1},
        {"dimensions": 2**70},
        {"dimensions": 3.0},
        {"user": ""},
        {"user": "\u0000"},
    ],
)
def test_values_of_the_other_properties_are_valid(more: dict[str, Any]) -> None:
    assert rows_with(**more) == []


# --- one defect, one violation --------------------------------------------------------------------------------------

STRINGS, INTEGERS, ARRAYS = (
    "request.input.strings",
    "request.input.integers",
    "request.input.integer-arrays",
)


def mixed(place: int, other: Any, item: Any) -> list[Any]:
    items = [item] * 2048
    items[place] = other
    return items


@pytest.mark.parametrize(
    ("value", "row"),
    [
        (
            mixed(1777, 3, "a"),
            (f"{STRINGS}.items.type", "/input/1777", "expected a string, found an integer"),
        ),
        (mixed(0, 3, "a"), (f"{STRINGS}.items.type", "/input/0", "expected a string, found an integer")),
        (mixed(2047, None, "a"), (f"{STRINGS}.items.type", "/input/2047", "expected a string, found null")),
        (
            mixed(1024, "a", 3),
            (f"{INTEGERS}.items.type", "/input/1024", "expected an integer, found a string"),
        ),
        (mixed(0, True, 3), (f"{INTEGERS}.items.type", "/input/0", "expected an integer, found a boolean")),
        (mixed(9, 1.5, 3), (f"{INTEGERS}.items.type", "/input/9", "expected an integer, found a number")),
        (mixed(0, 3, [3]), (f"{ARRAYS}.items.type", "/input/0", "expected an array, found an integer")),
        (
            mixed(5, [], [3]),
            (f"{ARRAYS}.items.min-items", "/input/5", "expected at least 1 item, found an empty array"),
        ),
        (
            mixed(7, [3, "a"], [3]),
            (f"{ARRAYS}.items.items.type", "/input/7/1", "expected an integer, found a string"),
        ),
        (
            mixed(7, [[3]], [3]),
            (f"{ARRAYS}.items.items.type", "/input/7/0", "expected an integer, found an array"),
        ),
        (["a", 1], (f"{STRINGS}.items.type", "/input/1", "expected a string, found an integer")),
        ([1, "a"], (f"{INTEGERS}.items.type", "/input/1", "expected an integer, found a string")),
        ([["a"]], (f"{ARRAYS}.items.items.type", "/input/0/0", "expected an integer, found a string")),
        ([[[1]]], (f"{ARRAYS}.items.items.type", "/input/0/0", "expected an integer, found an array")),
        ([[True]], (f"{ARRAYS}.items.items.type", "/input/0/0", "expected an integer, found a boolean")),
        ([[1.5]], (f"{ARRAYS}.items.items.type", "/input/0/0", "expected an integer, found a number")),
        ([[None]], (f"{ARRAYS}.items.items.type", "/input/0/0", "expected an integer, found null")),
        ([[]], (f"{ARRAYS}.items.min-items", "/input/0", "expected at least 1 item, found an empty array")),
        ([], (f"{STRINGS}.min-items", "/input", "expected at least 1 item, found an empty array")),
        (
            ["a"] * 2049,
            (f"{STRINGS}.max-items", "/input", "expected at most 2048 items, found an array of 2049 items"),
        ),
        (
            [1] * 2049,
            (f"{INTEGERS}.max-items", "/input", "expected at most 2048 items, found an array of 2049 items"),
        ),
        (
            [[1]] * 2049,
            (f"{ARRAYS}.max-items", "/input", "expected at most 2048 items, found an array of 2049 items"),
        ),
        (
            "",
            (
                "request.input.string.min-length",
                "/input",
                "expected at least 1 character, found 0 characters",
            ),
        ),
        (
            [True],
            (
                "request.input.one-of",
                "/input",
                f"expected {NO_FORM}, found an array that begins with a boolean",
            ),
        ),
        (
            [1.5],
            (
                "request.input.one-of",
                "/input",
                f"expected {NO_FORM}, found an array that begins with a number",
            ),
        ),
        (
            [None],
            ("request.input.one-of", "/input", f"expected {NO_FORM}, found an array that begins with null"),
        ),
        (
            [{}],
            (
                "request.input.one-of",
                "/input",
                f"expected {NO_FORM}, found an array that begins with an object",
            ),
        ),
        (None, ("request.input.one-of", "/input", f"expected {NO_FORM}, found null")),
        (True, ("request.input.one-of", "/input", f"expected {NO_FORM}, found true")),
        (7, ("request.input.one-of", "/input", f"expected {NO_FORM}, found 7")),
        (1.5, ("request.input.one-of", "/input", f"expected {NO_FORM}, found 1.5")),
        ({"text": "x"}, ("request.input.one-of", "/input", f"expected {NO_FORM}, found an object")),
    ],
    ids=lambda value: repr(value)[:40] if isinstance(value, tuple) else "",
)
def test_a_wrong_input_violates_the_form_that_it_is_closest_to(value: Any, row: Row) -> None:
    assert rows_with(input=value) == [row]


@pytest.mark.parametrize(
    ("more", "row"),
    [
        ({"model": None}, ("request.model.any-of", "/model", "expected a string, found null")),
        ({"model": 3}, ("request.model.any-of", "/model", "expected a string, found 3")),
        ({"model": []}, ("request.model.any-of", "/model", "expected a string, found an empty array")),
        ({"dimensions": 0}, ("request.dimensions.minimum", "/dimensions", "expected at least 1, found 0")),
        (
            {"dimensions": -(2**70)},
            ("request.dimensions.minimum", "/dimensions", f"expected at least 1, found {-(2**70)}"),
        ),
        (
            {"dimensions": True},
            ("request.dimensions.type", "/dimensions", "expected an integer, found a boolean"),
        ),
        (
            {"dimensions": 1.5},
            ("request.dimensions.type", "/dimensions", "expected an integer, found a number"),
        ),
        (
            {"dimensions": "3"},
            ("request.dimensions.type", "/dimensions", "expected an integer, found a string"),
        ),
        ({"dimensions": None}, ("request.dimensions.null", "/dimensions", "expected an integer, found null")),
        (
            {"dimensions": {}},
            ("request.dimensions.type", "/dimensions", "expected an integer, found an object"),
        ),
        ({"user": None}, ("request.user.null", "/user", "expected a string, found null")),
        (
            {"encoding_format": None},
            ("request.encoding_format.null", "/encoding_format", "expected a string, found null"),
        ),
        ({"user": b"x"}, ("request.user.type", "/user", "expected a string, found a Python bytes")),
        ({"user": 3}, ("request.user.type", "/user", "expected a string, found an integer")),
        (
            {"encoding_format": "Float"},
            (
                "request.encoding_format.enum",
                "/encoding_format",
                "expected one of float, base64, found the string 'Float'",
            ),
        ),
        (
            {"encoding_format": ""},
            (
                "request.encoding_format.enum",
                "/encoding_format",
                "expected one of float, base64, found an empty string",
            ),
        ),
        (
            {"truncate": True},
            (
                "request.additional-properties",
                "/truncate",
                "expected only the properties input, model, encoding_format, dimensions, user, "
                "found the property 'truncate'",
            ),
        ),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_wrong_property_is_one_violation(more: dict[str, Any], row: Row) -> None:
    assert rows_with(**more) == [row]


@pytest.mark.parametrize(
    ("value", "found"),
    [(True, "true"), (3, "3"), (["x", "y"], "an array of 2 items"), ({}, "an object")],
)
def test_a_value_of_another_type_violates_type_and_enum(value: Any, found: str) -> None:
    kind, outside = rows_with(encoding_format=value)
    assert kind[0] == "request.encoding_format.type"
    assert outside == (
        "request.encoding_format.enum",
        "/encoding_format",
        f"expected one of float, base64, found {found}",
    )


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (None, "null"),
        (True, "a boolean"),
        (7, "an integer"),
        (0.5, "a number"),
        ([], "an array"),
        ([{}], "an array"),
    ],
)
def test_a_body_that_is_not_an_object_is_one_violation(body: Any, found: str) -> None:
    row = ("request.type", "", f"expected an object, found {found}")
    assert rows(validate_request(json.dumps(body))) == [row]
    assert rows(validate_request(body)) == [row]


def test_each_missing_property_is_reported() -> None:
    assert rows(validate_request({})) == [
        ("request.model.required", "", "expected the property model, found no property of that name"),
        ("request.input.required", "", "expected the property input, found no property of that name"),
    ]
    assert [row[0] for row in rows(validate_request({"input": "x"}))] == ["request.model.required"]


def test_several_defects_are_all_reported() -> None:
    body = {"input": ["a", 1, "b", None], "dimensions": 0, "encoding_format": 3, "extra": 1}
    assert [(v.requirement, v.pointer) for v in validate_request(body)] == [
        ("request.model.required", ""),
        ("request.input.strings.items.type", "/input/1"),
        ("request.input.strings.items.type", "/input/3"),
        ("request.dimensions.minimum", "/dimensions"),
        ("request.encoding_format.type", "/encoding_format"),
        ("request.encoding_format.enum", "/encoding_format"),
        ("request.additional-properties", "/extra"),
    ]


def test_too_many_items_and_a_wrong_item_are_both_reported() -> None:
    assert [row[:2] for row in rows_with(input=[*["a"] * 2048, 1])] == [
        ("request.input.strings.max-items", "/input"),
        ("request.input.strings.items.type", "/input/2048"),
    ]


@pytest.mark.parametrize(
    ("value", "pointers"),
    [([""], ["/input/0"]), (["a", "", "b", ""], ["/input/1", "/input/3"]), (["a"], []), ([[]], [])],
)
def test_an_empty_string_in_an_array_violates_a_should(value: Any, pointers: list[str]) -> None:
    found = [v for v in validate_request({"model": "m", "input": value}) if v.level == "should"]
    assert [v.pointer for v in found] == pointers
    assert {v.requirement for v in found} <= {"request.input.strings.items.empty"}
    assert all(
        v.message.endswith("expected a string that is not empty, found an empty string") for v in found
    )
