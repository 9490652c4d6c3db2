"""The messages and pointers of violations, and their number."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import validate_request
from conformance.validation.violation import MAX_VIOLATIONS
from tests.validation.payloads import rows


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
def test_pointers_are_escaped_as_in_rfc_6901(name: str, pointer: str) -> None:
    body = {"model": "m", "input": "x", name: 1}
    for form in (body, json.dumps(body)):
        (violation,) = validate_request(form)
        assert violation.pointer == pointer


def test_a_name_that_is_not_a_string_is_an_undescribed_property() -> None:
    (violation,) = validate_request({"model": "m", "input": "x", 3: 1})
    assert (violation.requirement, violation.pointer) == ("request.additional-properties", "/3")


MILLION = 1_000_000

LONG: dict[str, Callable[[], Any]] = {
    "long name": lambda: {"model": "m", "input": "x", "k" * 10 * MILLION: 1},
    "name of surrogates": lambda: {"model": "m", "input": "x", "\ud800" * 100_000: 1},
    "name of escape codes": lambda: {"model": "m", "input": "x", "\x1b[31m" * MILLION: 1},
    "long format": lambda: {"model": "m", "input": "x", "encoding_format": "k" * 10 * MILLION},
    "long text": lambda: {"model": "m", "input": ["k" * 10 * MILLION, 1]},
    "long nested text": lambda: {"model": "m", "input": [1, ["k" * 10 * MILLION]]},
    "long number": lambda: {"model": 10**600, "input": "x"},
    "long negative number": lambda: {"model": "m", "input": "x", "dimensions": -(10**600)},
    "array as model": lambda: {"model": ["x"] * MILLION, "input": {"x" * 1000: 1}},
    "many texts": lambda: {"model": "m", "input": ["a"] * MILLION},
    "array": lambda: ["k" * 10 * MILLION],
}
"""What makes a large body. A body exists only during its test."""


@pytest.mark.parametrize("name", LONG)
def test_a_message_is_one_short_line_for_every_body(name: str) -> None:
    found = validate_request(LONG[name]())
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
def test_a_pointer_in_a_message_is_printable_and_at_most_eighty_characters(name: str, place: str) -> None:
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
def test_a_long_integer_is_described_by_its_bits(value: Any, found: str) -> None:
    assert [row[2] for row in rows(validate_request({"model": value, "input": "x"}))] == [
        f"expected a string, found {found}"
    ]


@settings(deadline=None)
@given(st.text(min_size=1))
def test_a_message_is_printable_for_every_name(name: str) -> None:
    for violation in validate_request({name: name, "encoding_format": name}):
        assert violation.message.isprintable()


@pytest.mark.parametrize("item", ["null", "1", '""', "[1]", "[]", "{}", "1.5", "true", '"a",1'])
def test_many_items_are_validated_in_bounded_time_and_space(item: str) -> None:
    body = f'{{"model":"m","input":[{",".join([item] * 200_000)}]}}'
    start = time.process_time()
    assert 1 <= len(validate_request(body)) <= MAX_VIOLATIONS
    assert time.process_time() - start < 20


def test_many_unknown_names_are_validated_in_bounded_space() -> None:
    body = {"input": "x", **{f"k{number}": 1 for number in range(100_000)}}
    found = validate_request(body)
    assert len(found) <= MAX_VIOLATIONS
    assert found[0].requirement == "request.model.required"


def test_a_list_has_at_most_a_thousand_violations() -> None:
    assert MAX_VIOLATIONS == 1000


def test_thousands_of_wrong_items_do_not_hide_empty_ones() -> None:
    found = validate_request({"model": "m", "input": [*[""] * 3000, *[1] * 2000]})
    assert {v.requirement for v in found} == {
        "request.input.strings.max-items",
        "request.input.strings.items.type",
        "request.input.strings.items.empty",
    }
