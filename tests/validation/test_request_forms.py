"""A request as bytes, as text, and as a Python object."""

import json
from collections import OrderedDict
from enum import StrEnum
from typing import Any

import pytest

from conformance import validate_request
from conformance.contract import Contract
from tests.validation.payloads import Row


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
def test_bytes_text_and_object_give_the_same_violations(body: Any) -> None:
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
def test_python_values_that_encode_to_valid_json_are_valid(body: Any) -> None:
    assert validate_request(body) == validate_request(json.dumps(body)) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"x", {1}, 1j])
def test_python_values_without_a_json_form_are_violations(value: Any) -> None:
    for place in ("input", "model", "dimensions", "user", "encoding_format"):
        assert validate_request({"model": "m", "input": "x", place: value})
    assert validate_request({"model": "m", "input": [value]})


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
def test_bytes_that_are_not_json_are_one_violation(body: bytes, row: Row) -> None:
    found = validate_request(body)
    assert [(v.level, v.requirement, v.pointer) for v in found] == [row]
    assert len(found[0].message) < 300


def test_a_byte_order_mark_is_reported_and_the_value_is_validated() -> None:
    mark = ("may", "request.json.byte-order-mark", "")
    for body, more in (('{"model":"m","input":"x"}', []), ('{"model":"m"}', ["request.input.required"])):
        first, *others = validate_request(body.encode("utf-8-sig"))
        assert (first.level, first.requirement, first.pointer) == mark
        assert [v.requirement for v in others] == more


def test_a_repeated_name_is_reported_and_its_last_value_is_validated() -> None:
    body = b'{"model":1,"input":"x","model":"m"}'
    (violation,) = validate_request(body)
    assert (violation.level, violation.requirement) == ("may", "request.json.duplicate-key")
    assert 'found "model" 2 times' in violation.message
    first, second = validate_request(b'{"model":"m","input":"x","model":1}')
    assert first == violation
    assert (second.level, second.requirement) == ("must", "request.model.any-of")


def test_levels_come_from_the_catalogue() -> None:
    catalogue = Contract.load().catalogue
    for body in (b"", b"{}{}", b"\xef\xbb\xbf{}", {"model": 1, "input": [""]}, b'{"a":1,"a":2}'):
        assert all(v.level == catalogue[v.requirement].level for v in validate_request(body))
