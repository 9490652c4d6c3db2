import base64
import math
import struct
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import Contract, validate_response
from conformance.validation.semantic_rules import inputs, relations

Row = tuple[str, str, str]
"""Requirement id, pointer, and what the message says behind the pointer."""


def floats(*numbers: float) -> str:
    return base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()


def answer(*embeddings: Any, indices: list[Any] | None = None, **usage: Any) -> dict[str, Any]:
    places = list(range(len(embeddings))) if indices is None else indices
    data = [
        {"object": "embedding", "index": place, "embedding": embedding}
        for place, embedding in zip(places, embeddings, strict=True)
    ]
    counts = {"prompt_tokens": 2, "total_tokens": 2, **usage}
    return {"object": "list", "data": data, "model": "m", "usage": counts}


SHOULD = {"response.order", "response.model.named", "response.model.same", "response.usage.counted"}


def found(body: Any, request: Any = None) -> list[Row]:
    violations = validate_response(body, request)
    assert all(v.level == ("should" if v.requirement in SHOULD else "must") for v in violations)
    return [(v.requirement, v.pointer, v.message.partition(": ")[2]) for v in violations]


# --- count ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "number"),
    [
        ("x", 1),
        ("", 1),
        (["x"], 1),
        (["x", "y", "x"], 3),
        ([1], 1),
        ([1, 2, 3], 1),
        ([[1]], 1),
        ([[1], [2, 3]], 2),
        (("x", "y"), 2),
        ([], None),
        (None, None),
        (7, None),
        ({"text": "x"}, None),
    ],
)
def test_tokens_are_one_text_and_each_string_or_array_of_tokens_is_one(
    value: Any, number: int | None
) -> None:
    assert inputs(value) == number


@pytest.mark.parametrize(
    ("value", "number", "expected"),
    [
        ("x", 0, "1 embedding"),
        ("x", 2, "1 embedding"),
        ([1, 2, 3], 3, "1 embedding"),
        (["x", "y"], 1, "2 embeddings"),
        (["x", "y"], 3, "2 embeddings"),
        ([[1], [2], [3]], 1, "3 embeddings"),
    ],
)
def test_short_and_long_data_break_the_count_alone(value: Any, number: int, expected: str) -> None:
    row = ("response.count", "/data", f"expected {expected}, one for each input, found {number} of them")
    assert found(answer(*[[0.5, 1.0]] * number), {"input": value}) == [row]
    assert found(answer(*[[0.5, 1.0]] * number)) == []


# --- index ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indices", "place", "value"),
    [
        ([0, 0], 1, "0 once more"),
        ([1, 1], 1, "1 once more"),
        ([0, 2], 1, "2"),
        ([1, 2], 1, "2"),
        ([-1, 0], 0, "-1"),
        ([0, -1], 1, "-1"),
        ([0, 2**70], 1, str(2**70)),
        ([0, 1.0, 1], 2, "1 once more"),
        ([0, 1, 2, 2, 2], 3, "2 once more"),
        ([5, 6, 7], 0, "5"),
    ],
)
def test_a_wrong_index_is_one_violation(indices: list[Any], place: int, value: str) -> None:
    expected = f"expected each of 0 to {len(indices) - 1} once, found {value}"
    body = answer(*[[0.5]] * len(indices), indices=indices)
    assert found(body) == [("response.index", f"/data/{place}/index", expected)]
    assert found(body, {"input": ["x"] * len(indices)}) == found(body)


@settings(deadline=None)
@given(st.permutations(range(6)))
def test_indices_in_another_order_break_the_order_alone_where_it_begins(indices: list[int]) -> None:
    body = answer(*[[0.5]] * 6, indices=indices)
    misplaced = [
        ("response.order", f"/data/{place}/index", f"expected {place}, found {index}")
        for place, index in enumerate(indices)
        if place != index
    ]
    assert found(body) == found(body, {"input": ["x"] * 6}) == misplaced[:1]


@settings(deadline=None)
@given(st.lists(st.integers(-2, 4), max_size=5))
def test_indices_are_right_exactly_when_each_stands_once(indices: list[int]) -> None:
    places = list(range(len(indices)))
    wrong = "response.order" if sorted(indices) == places else "response.index"
    rows = found(answer(*[[0.5]] * len(indices), indices=indices))
    assert [row[0] for row in rows] == ([] if indices == places else [wrong])


@pytest.mark.parametrize("index", [None, "1", True, 1.5, [], {}])
def test_an_index_that_is_no_integer_is_left_to_the_schema(index: Any) -> None:
    ids = [row[0] for row in found(answer([0.5], [0.5], indices=[0, index]), {"input": ["x", "y"]})]
    assert ids == ["response.data.items.index.type"]


def test_a_missing_index_is_left_to_the_schema() -> None:
    body = answer([0.5], [0.5], indices=[0, 0])
    del body["data"][0]["index"]
    assert [row[0] for row in found(body)] == ["response.data.items.index.required"]


# --- lengths --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("embedding", "length"),
    [
        ([0.5], "1"),
        ([0.5] * 4, "4"),
        (floats(0.5), "1"),
        (floats(0.5, 1, 2, 3), "4"),
    ],
)
def test_dimensions_count_numbers_in_both_encodings(embedding: Any, length: str) -> None:
    request = {"input": "x", "dimensions": 3}
    request |= {"encoding_format": "base64"} if isinstance(embedding, str) else {}
    expected = f"expected 3 numbers, as asked for, found {length} of them"
    assert found(answer(embedding), request) == [("response.dimensions", "/data/0/embedding", expected)]
    right = floats(0.5, 1, 2) if isinstance(embedding, str) else [0.5, 1, 2]
    assert found(answer(right), request) == []


def test_each_embedding_of_a_length_that_was_not_asked_for_is_named() -> None:
    body = answer([0.5], [0.5, 1], [0.5], [0.5] * 3)
    assert [row[:2] for row in found(body, {"input": ["x"] * 4, "dimensions": 1})] == [
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
def test_the_odd_ones_out_differ_in_length_from_what_most_have(embeddings: Any, places: list[int]) -> None:
    rows = found(answer(*embeddings))
    assert [row[:2] for row in rows] == [("response.length", f"/data/{n}/embedding") for n in places]
    assert all("as most embeddings have" in row[2] for row in rows)


def test_a_length_is_said_in_the_singular_and_in_the_plural() -> None:
    assert found(answer([1], [1, 2]))[0][2] == "expected 1 number, as most embeddings have, found 2 of them"
    assert found(answer([1, 2], [1]))[0][2] == "expected 2 numbers, as most embeddings have, found 1 of them"


@pytest.mark.parametrize("empty", [[], ""])
@pytest.mark.parametrize("request_body", [None, {"input": ["x", "y", "z"], "dimensions": 2}])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_an_empty_embedding_is_that_and_no_wrong_length(empty: Any, request_body: Any, place: int) -> None:
    embeddings: list[Any] = [floats(1, 2) if empty == "" else [1, 2] for _ in range(3)]
    embeddings[place] = empty
    if request_body and empty == "":
        request_body = {**request_body, "encoding_format": "base64"}
    row = ("response.not-empty", f"/data/{place}/embedding", "expected at least one number, found none")
    assert found(answer(*embeddings), request_body) == [row]


def test_all_embeddings_may_be_empty_and_each_is_named() -> None:
    assert [row[:2] for row in found(answer([], []))] == [
        ("response.not-empty", "/data/0/embedding"),
        ("response.not-empty", "/data/1/embedding"),
    ]


# --- encoding -------------------------------------------------------------------------------------------------------

VECTOR, TEXT = [0.5], floats(0.5)
NUMBERS, BASE64 = "an array of numbers", "a base64 string"


@pytest.mark.parametrize(
    ("request_body", "right", "wrong", "expected", "said"),
    [
        ({"input": "x", "encoding_format": "float"}, VECTOR, TEXT, NUMBERS, f"the string '{TEXT}'"),
        ({"input": "x", "encoding_format": "base64"}, TEXT, VECTOR, BASE64, "an array of 1 item"),
        ({"input": "x"}, VECTOR, TEXT, NUMBERS, f"the string '{TEXT}'"),
    ],
)
def test_embeddings_come_as_asked_for_and_as_numbers_by_default(
    request_body: Any, right: Any, wrong: Any, expected: str, said: str
) -> None:
    assert found(answer(right), request_body) == []
    assert found(answer(wrong), request_body) == [
        ("response.encoding", "/data/0/embedding", f"expected {expected}, as asked for, found {said}")
    ]
    assert found(answer(wrong)) == []


def test_the_first_embedding_in_another_encoding_is_named() -> None:
    rows = found(answer(VECTOR, TEXT, TEXT), {"input": ["x", "y", "z"]})
    assert [row[:2] for row in rows] == [("response.encoding", "/data/1/embedding")]


@pytest.mark.parametrize("default", [None, "hex"])
def test_without_a_default_that_is_known_nothing_was_asked_for(default: str | None) -> None:
    assert list(relations(answer(TEXT), {"input": "x"}, default)) == []


def test_the_default_is_the_contracts() -> None:
    contract = Contract.load()
    assert contract.request.properties["encoding_format"].node["default"] == "float"
    assert [row[0] for row in relations(answer(VECTOR), {"input": "x"}, "base64")] == ["response.encoding"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("AAAA", "expected a multiple of 4 bytes, as IEEE 754 float32 have, found 3 bytes"),
        ("AACAPw", "filled with = (RFC 4648 section 4), found 6 characters and 0 of ="),
        ("AAC-Pw==", "expected + and / as characters 62 and 63"),
        ("not base64!", "expected no white space"),
        ("0.5", "expected only A-Z a-z 0-9 + /"),
    ],
)
def test_a_string_that_is_no_base64_of_floats_is_one_violation(text: str, said: str) -> None:
    (row,) = found(answer(text, TEXT), {"input": ["x", "y"], "encoding_format": "base64", "dimensions": 1})
    assert row[:2] == ("response.base64", "/data/0/embedding")
    assert said in row[2]


# --- numbers --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 2])
def test_what_is_not_finite_is_named_by_its_place(number: float, place: int) -> None:
    numbers: list[float] = [0.5, 1, 2]
    numbers[place] = number
    said = f"expected finite numbers, found {number} at position {place}"
    assert found(answer(VECTOR * 3, numbers)) == [("response.finite", f"/data/1/embedding/{place}", said)]
    assert found(answer(floats(0, 1, 2), floats(*numbers))) == [
        ("response.finite", "/data/1/embedding", said)
    ]


def test_a_number_beyond_the_range_of_doubles_is_not_finite() -> None:
    body = (
        b'{"object":"list","model":"m","usage":{"prompt_tokens":1,"total_tokens":1},'
        b'"data":[{"object":"embedding","index":0,"embedding":[1e308,-1e400]}]}'
    )
    assert [row[:2] for row in found(body)] == [("response.finite", "/data/0/embedding/1")]


@pytest.mark.parametrize("vector", [[1e308] * 3, [10**400], [5e-324, -0.0], [2**70, 0.5]])
def test_large_and_small_numbers_are_finite(vector: list[Any]) -> None:
    assert found(answer(vector)) == []


def test_each_vector_that_is_not_finite_is_named_once() -> None:
    rows = found(answer([math.nan] * 3, [0.5] * 3, [0.5, math.inf, math.nan]))
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
def test_a_vector_of_zeros_alone_is_one_violation(zeros: Any, said: str) -> None:
    row = ("response.not-zero", "/data/0/embedding", f"expected a number other than 0, found {said}")
    assert found(answer(zeros)) == [row]


@pytest.mark.parametrize("vector", [[0, 5e-324], [-1, 0, 0], floats(0, 0, 1e-45)])
def test_a_vector_with_one_other_number_is_not_zero(vector: Any) -> None:
    assert found(answer(vector)) == []


@pytest.mark.parametrize("item", [None, False, "", [], {}])
def test_what_is_no_number_is_no_zero_and_left_to_the_schema(item: Any) -> None:
    ids = [row[0] for row in found(answer([0, item]))]
    assert ids == ["response.data.items.embedding.numbers.items.type"]


# --- model ----------------------------------------------------------------------------------------------------------

KNOWN = Contract.load().known_models


def test_an_empty_name_of_a_model_names_none() -> None:
    row = ("response.model.named", "/model", "expected the name of a model, found an empty string")
    assert found({**answer(VECTOR), "model": ""}) == [row]
    assert found({**answer(VECTOR), "model": ""}, {"input": "x", "model": KNOWN[0]}) == [row]


def test_another_known_model_than_was_asked_for_is_a_wrong_one() -> None:
    said = f"expected not another model than {KNOWN[0]}, found {KNOWN[1]}"
    body = {**answer(VECTOR), "model": KNOWN[1]}
    assert found(body, {"input": "x", "model": KNOWN[0]}) == [("response.model.same", "/model", said)]


@pytest.mark.parametrize(
    ("answered", "asked"),
    [(KNOWN[0], KNOWN[0]), (f"{KNOWN[0]}-2024", KNOWN[1]), (KNOWN[0], "alias"), ("one", "another")],
)
def test_the_same_and_a_resolved_name_are_right(answered: str, asked: str) -> None:
    assert found({**answer(VECTOR), "model": answered}, {"input": "x", "model": asked}) == []


def test_without_the_name_that_was_asked_for_no_name_is_another() -> None:
    assert found({**answer(VECTOR), "model": KNOWN[0]}) == []
    assert found({**answer(VECTOR), "model": KNOWN[0]}, {"input": "x"}) == []


# --- usage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usage", "row"),
    [
        (
            {"prompt_tokens": -1},
            ("response.usage.not-negative", "/usage/prompt_tokens", "expected a count of tokens, found -1"),
        ),
        (
            {"total_tokens": -1},
            ("response.usage.not-negative", "/usage/total_tokens", "expected a count of tokens, found -1"),
        ),
        (
            {"prompt_tokens": 7, "total_tokens": 6},
            ("response.usage.total", "/usage/total_tokens", "expected at least prompt_tokens, 7, found 6"),
        ),
        (
            {"prompt_tokens": 7, "total_tokens": 0},
            ("response.usage.total", "/usage/total_tokens", "expected at least prompt_tokens, 7, found 0"),
        ),
        (
            {"prompt_tokens": 0, "total_tokens": 0},
            ("response.usage.counted", "/usage/prompt_tokens", "expected at least 1 token, found 0"),
        ),
    ],
)
def test_a_wrong_count_of_tokens_is_one_violation(usage: Any, row: Row) -> None:
    assert found(answer(VECTOR, **usage)) == [row]


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 1, "total_tokens": 1},
        {"prompt_tokens": 7, "total_tokens": 7},
        {"prompt_tokens": 7, "total_tokens": 9},
        {"prompt_tokens": 2**70, "total_tokens": 2**71},
    ],
)
def test_counts_that_add_up_are_right(usage: Any) -> None:
    assert found(answer(VECTOR, **usage)) == []


def test_counts_of_another_type_are_left_to_the_schema() -> None:
    assert [row[0] for row in found(answer(VECTOR, prompt_tokens=True))] == [
        "response.usage.prompt_tokens.type"
    ]


# --- together -------------------------------------------------------------------------------------------------------


def test_independent_defects_are_all_found() -> None:
    body = answer([0.5], TEXT, [math.nan], "=", [], indices=[0, 1, 2, 3, 3], prompt_tokens=3)
    assert [row[:2] for row in found(body, {"input": ["x"] * 6, "dimensions": 2})] == [
        ("response.count", "/data"),
        ("response.index", "/data/4/index"),
        ("response.usage.total", "/usage/total_tokens"),
        ("response.encoding", "/data/1/embedding"),
        ("response.finite", "/data/2/embedding/0"),
        ("response.base64", "/data/3/embedding"),
        ("response.dimensions", "/data/0/embedding"),
        ("response.dimensions", "/data/1/embedding"),
        ("response.dimensions", "/data/2/embedding"),
        ("response.not-empty", "/data/4/embedding"),
    ]


SCALARS = (
    st.none() | st.booleans() | st.integers(-3, 3) | st.floats() | st.sampled_from(["", "float", TEXT, "="])
)
JSON: st.SearchStrategy[Any] = SCALARS | st.lists(SCALARS, max_size=3) | st.just({}) | st.just([[]])
ITEMS = st.fixed_dictionaries({}, optional={"index": JSON, "embedding": JSON})
USAGE = st.fixed_dictionaries({}, optional={"prompt_tokens": JSON, "total_tokens": JSON})
PARTS = {"data": st.lists(ITEMS | JSON, max_size=3) | JSON, "usage": USAGE | JSON}


@settings(deadline=None)
@given(
    st.fixed_dictionaries({}, optional=PARTS),
    st.fixed_dictionaries({}, optional={"input": JSON, "dimensions": JSON, "encoding_format": JSON}),
)
def test_relations_never_raise_whatever_stands_there(body: Any, request: Any) -> None:
    for violation in validate_response(body, request):
        assert violation.message.isprintable()
