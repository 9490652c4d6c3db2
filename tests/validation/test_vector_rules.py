"""The semantic rules about vectors: lengths, encoding and numbers."""

import math
from typing import Any

import pytest

from conformance import Contract
from conformance.validation.semantic_rules import semantic_findings
from tests.validation.payloads import floats, response_rows, response_with

VECTOR, TEXT = [0.5], floats(0.5)
NUMBERS, BASE64 = "an array of numbers", "a base64 string"


# --- lengths --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("embedding", "length"),
    [
        ([0.5], "1 number"),
        ([0.5] * 4, "4 numbers"),
        (floats(0.5), "1 number"),
        (floats(0.5, 1, 2, 3), "4 numbers"),
    ],
)
def test_dimensions_are_the_numbers_of_a_vector_in_both_encodings(embedding: Any, length: str) -> None:
    request = {"input": "x", "dimensions": 3}
    request |= {"encoding_format": "base64"} if isinstance(embedding, str) else {}
    expected = f"expected 3 numbers, as requested, found {length}"
    assert response_rows(response_with(embedding), request) == [
        ("response.dimensions", "/data/0/embedding", expected)
    ]
    right = floats(0.5, 1, 2) if isinstance(embedding, str) else [0.5, 1, 2]
    assert response_rows(response_with(right), request) == []


def test_each_embedding_of_another_length_than_requested_is_reported() -> None:
    body = response_with([0.5], [0.5, 1], [0.5], [0.5] * 3)
    assert [row[:2] for row in response_rows(body, {"input": ["x"] * 4, "dimensions": 1})] == [
        ("response.dimensions", "/data/1/embedding"),
        ("response.dimensions", "/data/3/embedding"),
    ]


@pytest.mark.parametrize(
    ("embeddings", "places"),
    [
        ([[1], [1, 2], [1], [1]], [1]),
        ([[1, 2], [1], [1]], [0]),
        ([[1], [1, 2]], [1]),
        ([[1, 2], [1]], [1]),
        ([[1], [1, 2], [1, 2, 3]], [1, 2]),
        ([floats(1), [1], [1, 2]], [2]),
        ([floats(1, 2), floats(1), floats(1)], [0]),
    ],
)
def test_embeddings_that_differ_from_the_most_common_length_are_reported(
    embeddings: Any, places: list[int]
) -> None:
    rows = response_rows(response_with(*embeddings))
    assert [row[:2] for row in rows] == [("response.length", f"/data/{n}/embedding") for n in places]
    assert all("as most embeddings have" in row[2] for row in rows)


def test_a_length_of_one_is_in_the_singular() -> None:
    assert (
        response_rows(response_with([1], [1, 2]))[0][2]
        == "expected 1 number, as most embeddings have, found 2 numbers"
    )
    assert (
        response_rows(response_with([1, 2], [1]))[0][2]
        == "expected 2 numbers, as most embeddings have, found 1 number"
    )


@pytest.mark.parametrize("empty", [[], ""])
@pytest.mark.parametrize("request_body", [None, {"input": ["x", "y", "z"], "dimensions": 2}])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_empty_embedding_is_reported_as_empty_and_not_as_a_wrong_length(
    empty: Any, request_body: Any, place: int
) -> None:
    embeddings: list[Any] = [floats(1, 2) if empty == "" else [1, 2] for _ in range(3)]
    embeddings[place] = empty
    if request_body and empty == "":
        request_body = {**request_body, "encoding_format": "base64"}
    row = ("response.not-empty", f"/data/{place}/embedding", "expected at least one number, found none")
    assert response_rows(response_with(*embeddings), request_body) == [row]


def test_each_of_several_empty_embeddings_is_reported() -> None:
    assert [row[:2] for row in response_rows(response_with([], []))] == [
        ("response.not-empty", "/data/0/embedding"),
        ("response.not-empty", "/data/1/embedding"),
    ]


# --- encoding -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("request_body", "right", "wrong", "expected", "said"),
    [
        ({"input": "x", "encoding_format": "float"}, VECTOR, TEXT, NUMBERS, f"the string '{TEXT}'"),
        ({"input": "x", "encoding_format": "base64"}, TEXT, VECTOR, BASE64, "an array of 1 item"),
        ({"input": "x"}, VECTOR, TEXT, NUMBERS, f"the string '{TEXT}'"),
    ],
)
def test_the_encoding_must_be_the_requested_one_and_numbers_by_default(
    request_body: Any, right: Any, wrong: Any, expected: str, said: str
) -> None:
    assert response_rows(response_with(right), request_body) == []
    assert response_rows(response_with(wrong), request_body) == [
        ("response.encoding", "/data/0/embedding", f"expected {expected}, as requested, found {said}")
    ]
    assert response_rows(response_with(wrong)) == []


def test_the_first_embedding_in_a_wrong_encoding_is_reported() -> None:
    rows = response_rows(response_with(VECTOR, TEXT, TEXT), {"input": ["x", "y", "z"]})
    assert [row[:2] for row in rows] == [("response.encoding", "/data/1/embedding")]


@pytest.mark.parametrize("default", [None, "hex"])
def test_without_a_known_default_encoding_no_encoding_is_required(default: str | None) -> None:
    assert list(semantic_findings(response_with(TEXT), {"input": "x"}, default)) == []


def test_the_default_encoding_comes_from_the_contract() -> None:
    contract = Contract.load()
    assert contract.request.properties["encoding_format"].node["default"] == "float"
    assert [row[0] for row in semantic_findings(response_with(VECTOR), {"input": "x"}, "base64")] == [
        "response.encoding"
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("AAAA", "expected a multiple of 4 bytes, the size of an IEEE 754 float32, found 3 bytes"),
        ("AACAPw", "padded with = (RFC 4648 section 4), found 6 characters and 0 of ="),
        ("AAC-Pw==", "expected + and / as characters 62 and 63"),
        ("not base64!", "expected no whitespace"),
        ("0.5", "expected only A-Z a-z 0-9 + /"),
    ],
)
def test_a_string_that_is_not_base64_of_floats_is_one_violation(text: str, said: str) -> None:
    (row,) = response_rows(
        response_with(text, TEXT), {"input": ["x", "y"], "encoding_format": "base64", "dimensions": 1}
    )
    assert row[:2] == ("response.base64", "/data/0/embedding")
    assert said in row[2]


# --- numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 2])
def test_a_number_that_is_not_finite_is_reported_with_its_position(number: float, place: int) -> None:
    numbers: list[float] = [0.5, 1, 2]
    numbers[place] = number
    said = f"expected finite numbers, found {number} at position {place}"
    assert response_rows(response_with(VECTOR * 3, numbers)) == [
        ("response.finite", f"/data/1/embedding/{place}", said)
    ]
    assert response_rows(response_with(floats(0, 1, 2), floats(*numbers))) == [
        ("response.finite", "/data/1/embedding", said)
    ]


def test_a_number_beyond_the_range_of_doubles_is_not_finite() -> None:
    body = (
        b'{"object":"list","model":"m","usage":{"prompt_tokens":1,"total_tokens":1},'
        b'"data":[{"object":"embedding","index":0,"embedding":[1e308,-1e400]}]}'
    )
    assert [row[:2] for row in response_rows(body)] == [("response.finite", "/data/0/embedding/1")]


@pytest.mark.parametrize("vector", [[1e308] * 3, [10**400], [5e-324, -0.0], [2**70, 0.5]])
def test_large_and_small_numbers_are_finite(vector: list[Any]) -> None:
    assert response_rows(response_with(vector)) == []


def test_each_vector_that_is_not_finite_is_reported_once() -> None:
    rows = response_rows(response_with([math.nan] * 3, [0.5] * 3, [0.5, math.inf, math.nan]))
    assert [row[1] for row in rows] == ["/data/0/embedding/0", "/data/2/embedding/1"]


@pytest.mark.parametrize(
    ("zeros", "said"),
    [
        ([0], "1 zero"),
        ([0, 0.0, -0.0], "3 zeros"),
        (floats(0), "1 zero"),
        (floats(0, -0.0), "2 zeros"),
    ],
)
def test_a_vector_of_zeros_is_one_violation(zeros: Any, said: str) -> None:
    row = ("response.not-zero", "/data/0/embedding", f"expected a number other than 0, found {said}")
    assert response_rows(response_with(zeros)) == [row]


@pytest.mark.parametrize("vector", [[0, 5e-324], [-1, 0, 0], floats(0, 0, 1e-45)])
def test_a_vector_with_one_nonzero_number_is_valid(vector: Any) -> None:
    assert response_rows(response_with(vector)) == []


@pytest.mark.parametrize("item", [None, False, "", [], {}])
def test_an_item_that_is_not_a_number_violates_only_the_schema(item: Any) -> None:
    ids = [row[0] for row in response_rows(response_with([0, item]))]
    assert ids == ["response.data.items.embedding.numbers.items.type"]
