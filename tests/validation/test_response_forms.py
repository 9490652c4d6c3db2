"""A response as bytes, as text and as a Python object, alone and with its request."""

import json
from copy import deepcopy
from typing import Any

import pytest

from conformance import UnreadableRequest, validate_response
from conformance.contract import Contract
from tests.validation.payloads import response_with


@pytest.mark.parametrize(
    ("body", "row"),
    [
        (b"", ("must", "response.json.empty", "")),
        (b"<html>", ("must", "response.json.syntax", "")),
        (b"data: {}\n\n", ("must", "response.json.syntax", "")),
        (b"{}\n{}", ("must", "response.json.trailing-data", "")),
        (
            b'{"data":[{"embedding":[0.5,NaN]}]}',
            ("must", "response.json.not-a-number", "/data/0/embedding/1"),
        ),
        (b'"\xff"', ("must", "response.json.encoding", "")),
        (b"[" * 1000, ("must", "response.json.depth", "")),
        (b"1" * 700, ("must", "response.json.long-number", "")),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_bytes_that_are_not_json_are_one_violation(body: bytes, row: tuple[str, str, str]) -> None:
    for request in (None, {"input": "x"}):
        found = validate_response(body, request)
        assert [(v.level, v.requirement, v.pointer) for v in found] == [row]


def test_a_byte_order_mark_and_a_repeated_name_have_their_own_levels_and_the_value_is_validated() -> None:
    text = json.dumps(response_with([0.5]))
    assert [(v.level, v.requirement) for v in validate_response(text.encode("utf-8-sig"))] == [
        ("must", "response.json.byte-order-mark")
    ]
    repeated = text.replace('"model"', '"model": 1, "model"')
    assert [(v.level, v.requirement) for v in validate_response(repeated)] == [
        ("should", "response.json.duplicate-key")
    ]
    both = f'{text[:-1]}, "model": 1}}'.encode("utf-8-sig")
    assert [v.requirement for v in validate_response(both)] == [
        "response.json.byte-order-mark",
        "response.json.duplicate-key",
        "response.model.type",
    ]


def test_bytes_text_and_object_give_the_same_violations() -> None:
    for body in (
        response_with([0.5]),
        response_with([0.5, None], []),
        response_with("="),
        response_with([1e400, 1], [2, -0.5]),
    ):
        text = json.dumps(body).replace("Infinity", "1e400")
        assert validate_response(text) == validate_response(text.encode()) == validate_response(body)


def test_tuples_are_arrays() -> None:
    body = response_with((0.5, 1), (0.5,))
    body["data"] = tuple(body["data"])
    assert validate_response(body, {"input": ("a", "b", "c")}) == validate_response(
        json.dumps(body), {"input": ["a", "b", "c"]}
    )
    assert [v.requirement for v in validate_response(body, {"input": ("a", "b", "c")})] == [
        "response.count",
        "response.length",
    ]


def test_the_arguments_are_not_modified() -> None:
    body, request = response_with([0.5, None], "="), {"input": ["a"], "dimensions": 3}
    before = deepcopy((body, request))
    assert validate_response(body, request)
    assert (body, request) == before


# --- with its request ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_body", "found"),
    [
        ([], "found an empty array"),
        ("null", "found null"),
        (b"null", "found null"),
        (b"7", "found 7"),
        (7, "found 7"),
        (b"", "found the body: expected a JSON value (RFC 8259 section 2), found nothing"),
        (b"{", "expected a name in double quotes"),
        (b'{"input": NaN}', "found /input: expected a finite number (RFC 8259 section 6), found NaN"),
        (b"\xef\xbb\xbf[]", "found an empty array"),
    ],
)
def test_a_request_that_is_not_an_object_cannot_be_compared(request_body: Any, found: str) -> None:
    with pytest.raises(UnreadableRequest) as caught:
        validate_response(response_with([0.5]), request_body)
    assert found in str(caught.value)


def test_an_absent_request_body_cannot_be_compared_even_if_the_contract_allows_it(tmp_path: Any) -> None:
    document = deepcopy(dict(Contract.load().document))
    del document["paths"]["/embeddings"]["post"]["requestBody"]["required"]
    (tmp_path / "own.json").write_text(json.dumps(document))
    contract = Contract.load(tmp_path / "own.json")
    with pytest.raises(UnreadableRequest, match="found nothing"):
        validate_response(response_with([0.5]), b"", contract=contract)


def test_a_request_is_compared_as_bytes_text_or_object() -> None:
    request = {"model": "m", "input": ["a", "b"], "dimensions": 2}
    found = validate_response(response_with([0.5]), request)
    assert [v.requirement for v in found] == ["response.count", "response.dimensions"]
    text = json.dumps(request)
    assert (
        validate_response(response_with([0.5]), text)
        == validate_response(response_with([0.5]), text.encode())
        == found
    )


@pytest.mark.parametrize(
    "request_body",
    [
        {},
        {"input": None, "encoding_format": None, "dimensions": None},
        {"input": {}, "encoding_format": [], "dimensions": []},
        {"input": [], "encoding_format": {}, "dimensions": "2"},
        {"input": 7, "encoding_format": "hex", "dimensions": -1},
        {"input": True, "encoding_format": 1, "dimensions": True},
        {"input": "x", "dimensions": 0},
        {"input": "x", "dimensions": 2.0, "unknown": 1},
        b"\xef\xbb\xbf{}",
        b'{"input":"x","input":"y"}',
    ],
)
def test_invalid_properties_of_a_request_are_not_compared(request_body: Any) -> None:
    assert validate_response(response_with([0.5]), request_body) == []
