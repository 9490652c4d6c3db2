import json
import time
from collections import OrderedDict
from enum import StrEnum
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import Violation, validate_request
from conformance.contract import Contract
from conformance.validation.violation import MAX_VIOLATIONS

Row = tuple[str, str, str]
"""Requirement id, pointer, and what the message says behind the pointer."""

NO_FORM = "a string or an array of strings or an array of integers or an array of arrays of integers"


def rows(violations: list[Violation]) -> list[Row]:
    """The violations as rows; the message begins with the pointer, or with `the body`."""
    found = []
    for violation in violations:
        place, _, said = violation.message.partition(": ")
        assert place == (violation.pointer or "the body")
        found.append((violation.requirement, violation.pointer, said))
    return found


def of(**more: Any) -> list[Row]:
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
def test_every_form_of_input_is_valid_up_to_its_bounds(value: Any) -> None:
    assert of(input=value) == []


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
    assert of(**more) == []


# --- one defect, one violation --------------------------------------------------------------------------------------

STRINGS, INTEGERS, ARRAYS = (
    "request.input.strings",
    "request.input.integers",
    "request.input.integer-arrays",
)


def mixed(place: int, stranger: Any, item: Any) -> list[Any]:
    items = [item] * 2048
    items[place] = stranger
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
        ("", ("request.input.string.min-length", "/input", "expected at least 1 character, found 0 of them")),
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
def test_a_wrong_input_is_named_in_the_form_that_it_was_meant_for(value: Any, row: Row) -> None:
    assert of(input=value) == [row]


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
                "expected no property but input, model, encoding_format, dimensions, user, "
                "found the string 'truncate' as a name",
            ),
        ),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_a_wrong_property_is_one_violation(more: dict[str, Any], row: Row) -> None:
    assert of(**more) == [row]


@pytest.mark.parametrize(
    ("value", "found"),
    [(True, "true"), (3, "3"), (["x", "y"], "an array of 2 items"), ({}, "an object")],
)
def test_a_value_of_another_type_is_outside_of_an_enumeration_as_well(value: Any, found: str) -> None:
    kind, outside = of(encoding_format=value)
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
def test_a_body_that_is_no_object_is_one_violation(body: Any, found: str) -> None:
    row = ("request.type", "", f"expected an object, found {found}")
    assert rows(validate_request(json.dumps(body))) == [row]
    assert rows(validate_request(body)) == [row]


def test_each_missing_property_is_named() -> None:
    assert rows(validate_request({})) == [
        ("request.model.required", "", "expected the property model, found none of that name"),
        ("request.input.required", "", "expected the property input, found none of that name"),
    ]
    assert [row[0] for row in rows(validate_request({"input": "x"}))] == ["request.model.required"]


def test_several_defects_are_all_found() -> None:
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


def test_too_many_items_and_a_wrong_one_are_both_found() -> None:
    assert [row[:2] for row in of(input=[*["a"] * 2048, 1])] == [
        ("request.input.strings.max-items", "/input"),
        ("request.input.strings.items.type", "/input/2048"),
    ]


@pytest.mark.parametrize(
    ("value", "pointers"),
    [([""], ["/input/0"]), (["a", "", "b", ""], ["/input/1", "/input/3"]), (["a"], []), ([[]], [])],
)
def test_an_empty_string_inside_an_array_is_a_matter_of_should(value: Any, pointers: list[str]) -> None:
    found = [v for v in validate_request({"model": "m", "input": value}) if v.level == "should"]
    assert [v.pointer for v in found] == pointers
    assert {v.requirement for v in found} <= {"request.input.strings.items.empty"}
    assert all(
        v.message.endswith("expected a string that is not empty, found an empty string") for v in found
    )


# --- pointers -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "pointer"),
    [
        ("a/b", "/a~1b"),
        ("a~b", "/a~0b"),
        ("~1", "/~01"),
        ("/", "/~1"),
        ("", "/"),
        ("0", "/0"),
        ("é\n", "/é\n"),
    ],
)
def test_pointers_are_escaped_as_rfc_6901_has_it(name: str, pointer: str) -> None:
    body = {"model": "m", "input": "x", name: 1}
    for form in (body, json.dumps(body)):
        (violation,) = validate_request(form)
        assert violation.pointer == pointer


def test_a_name_that_is_no_string_is_a_property_that_nobody_described() -> None:
    (violation,) = validate_request({"model": "m", "input": "x", 3: 1})
    assert (violation.requirement, violation.pointer) == ("request.additional-properties", "/3")


# --- the message ----------------------------------------------------------------------------------------------------

LONG = "k" * 10_000_000


@pytest.mark.parametrize(
    "body",
    [
        {"model": "m", "input": "x", LONG: 1},
        {"model": "m", "input": "x", "\ud800" * 100_000: 1},
        {"model": "m", "input": "x", "\x1b[31m" * 1_000_000: 1},
        {"model": "m", "input": "x", "encoding_format": LONG},
        {"model": "m", "input": [LONG, 1]},
        {"model": "m", "input": [1, [LONG]]},
        {"model": 10**600, "input": "x"},
        {"model": "m", "input": "x", "dimensions": -(10**600)},
        {"model": ["x"] * 1_000_000, "input": {"x" * 1000: 1}},
        {"model": "m", "input": ["a"] * 1_000_000},
        [LONG],
    ],
    ids=lambda body: repr(body)[:40].replace("\x1b", "ESC"),
)
def test_a_message_is_one_short_line_whatever_the_body(body: Any) -> None:
    found = validate_request(body)
    assert found
    for violation in found:
        assert len(violation.message) < 300
        assert violation.message.isprintable()
        assert str(violation) == violation.message


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("k" * 79, "/" + "k" * 79),
        ("k" * 80, "/" + "k" * 76 + "..."),
        ("\n" * 40, "/" + "\\n" * 38 + "..."),
        ("é\x1b", "/é\\x1b"),
    ],
)
def test_a_place_is_printable_and_has_eighty_characters_at_most(name: str, place: str) -> None:
    (violation,) = validate_request({"model": "m", "input": "x", name: 1})
    assert violation.pointer == f"/{name}"
    assert violation.message.partition(": ")[0] == place


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (2**256 - 1, str(2**256 - 1)),
        (2**256, "an integer of 257 bits"),
        (-(2**256), "an integer of 257 bits"),
    ],
)
def test_a_long_number_is_told_by_its_size(value: Any, found: str) -> None:
    assert [row[2] for row in of(model=value)] == [f"expected a string, found {found}"]


@settings(deadline=None)
@given(st.text(min_size=1))
def test_a_message_is_printable_whatever_the_name(name: str) -> None:
    for violation in validate_request({name: name, "encoding_format": name}):
        assert violation.message.isprintable()


@pytest.mark.parametrize("item", ["null", "1", '""', "[1]", "[]", "{}", "1.5", "true", '"a",1'])
def test_a_body_of_many_items_is_judged_in_bounded_time_and_space(item: str) -> None:
    body = f'{{"model":"m","input":[{",".join([item] * 200_000)}]}}'
    start = time.perf_counter()
    assert 1 <= len(validate_request(body)) <= MAX_VIOLATIONS
    assert time.perf_counter() - start < 10


def test_a_body_of_many_unknown_names_is_judged_in_bounded_space() -> None:
    body = {"input": "x", **{f"k{number}": 1 for number in range(100_000)}}
    found = validate_request(body)
    assert len(found) <= MAX_VIOLATIONS
    assert found[0].requirement == "request.model.required"


def test_a_list_of_violations_has_a_thousand_at_most() -> None:
    assert MAX_VIOLATIONS == 1000


def test_thousands_of_wrong_items_do_not_hide_the_empty_ones() -> None:
    found = validate_request({"model": "m", "input": [*[""] * 3000, *[1] * 2000]})
    assert {v.requirement for v in found} == {
        "request.input.strings.max-items",
        "request.input.strings.items.type",
        "request.input.strings.items.empty",
    }


# --- bytes, str, and objects ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        {"model": "m", "input": "é\U0001f600"},
        {"model": "m", "input": ["a", 1]},
        {"model": 1, "input": [2**70], "dimensions": -(2**70)},
        {"a/b~c": None},
        [1, [2]],
        None,
        1.5,
    ],
)
def test_bytes_text_and_object_are_judged_alike(body: Any) -> None:
    texts = (json.dumps(body), json.dumps(body, ensure_ascii=False, indent=1))
    forms: list[Any] = [form for text in texts for form in (text, text.encode(), bytearray(text.encode()))]
    assert all(validate_request(form) == validate_request(body) for form in [*forms, memoryview(forms[1])])


class Format(StrEnum):
    FLOAT = "float"


@pytest.mark.parametrize(
    "body",
    [
        OrderedDict(model="m", input="x"),
        {"model": "m", "input": ("a", "b")},
        {"model": "m", "input": ((1, 2), (3,))},
        {"model": Format.FLOAT, "input": [Format.FLOAT], "encoding_format": Format.FLOAT},
    ],
)
def test_python_values_that_json_would_write_the_same_are_valid(body: Any) -> None:
    assert validate_request(body) == validate_request(json.dumps(body)) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"x", {1}, 1j])
def test_python_values_that_json_does_not_have_are_violations(value: Any) -> None:
    for place in ("input", "model", "dimensions", "user", "encoding_format"):
        assert of(**{place: value})
    assert of(input=[value])


@pytest.mark.parametrize(
    ("body", "row"),
    [
        (b"", ("must", "request.json.empty", "")),
        (b" \n", ("must", "request.json.empty", "")),
        (b"{", ("must", "request.json.syntax", "")),
        (b"{'model': 'm'}", ("must", "request.json.syntax", "")),
        (b'{"model":"m","input":"x",}', ("must", "request.json.syntax", "")),
        (b'{"model":"m","input":"\xff"}', ("must", "request.json.encoding", "")),
        ('{"model":"m","input":"x"}'.encode("utf-16"), ("must", "request.json.encoding", "")),
        (b"[" * 10_000, ("must", "request.json.depth", "")),
        (b'{"model":"m","input":"x"}{}', ("should", "request.json.trailing-data", "")),
        (b'{"model":"m","input":NaN}', ("should", "request.json.not-a-number", "/input")),
        (b'{"model":"m","input":[1,-Infinity]}', ("should", "request.json.not-a-number", "/input/1")),
        (
            b'{"model":"m","input":[' + b"9" * 700 + b"]}",
            ("should", "request.json.long-number", "/input/0"),
        ),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_bytes_that_hold_no_json_are_one_violation(body: bytes, row: Row) -> None:
    found = validate_request(body)
    assert [(v.level, v.requirement, v.pointer) for v in found] == [row]
    assert len(found[0].message) < 300


def test_a_byte_order_mark_is_reported_and_the_value_judged() -> None:
    mark = ("may", "request.json.byte-order-mark", "")
    for body, more in (('{"model":"m","input":"x"}', []), ('{"model":"m"}', ["request.input.required"])):
        first, *others = validate_request(body.encode("utf-8-sig"))
        assert (first.level, first.requirement, first.pointer) == mark
        assert [v.requirement for v in others] == more


def test_a_name_that_stands_twice_is_reported_and_its_last_value_judged() -> None:
    body = b'{"model":1,"input":"x","model":"m"}'
    (violation,) = validate_request(body)
    assert (violation.level, violation.requirement) == ("should", "request.json.duplicate-key")
    assert 'found "model" 2 times' in violation.message
    first, second = validate_request(b'{"model":"m","input":"x","model":1}')
    assert first == violation
    assert (second.level, second.requirement) == ("must", "request.model.any-of")


def test_levels_come_from_the_catalogue() -> None:
    catalogue = Contract.load().catalogue
    for body in (b"", b"{}{}", b"\xef\xbb\xbf{}", {"model": 1, "input": [""]}, b'{"a":1,"a":2}'):
        assert all(v.level == catalogue[v.requirement].level for v in validate_request(body))
