import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance import Contract, validate_response
from conformance.validation.semantic_rules import count_inputs
from tests.validation.payloads import USAGE, Row, floats, response_rows, response_with

VECTOR, TEXT = [0.5], floats(0.5)


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
def test_an_array_of_tokens_is_one_input_and_each_string_or_token_array_in_a_batch_is_one(
    value: Any, number: int | None
) -> None:
    assert count_inputs(value) == number


@pytest.mark.parametrize(
    ("value", "number", "expected", "actual"),
    [
        ("x", 0, "1 embedding", "0 embeddings"),
        ("x", 2, "1 embedding", "2 embeddings"),
        ([1, 2, 3], 3, "1 embedding", "3 embeddings"),
        (["x", "y"], 1, "2 embeddings", "1 embedding"),
        (["x", "y"], 3, "2 embeddings", "3 embeddings"),
        ([[1], [2], [3]], 1, "3 embeddings", "1 embedding"),
    ],
)
def test_too_few_or_too_many_items_violate_only_the_count(
    value: Any, number: int, expected: str, actual: str
) -> None:
    row = ("response.count", "/data", f"expected {expected}, one for each input, found {actual}")
    assert response_rows(response_with(*[[0.5, 1.0]] * number), {"input": value}) == [row]
    assert response_rows(response_with(*[[0.5, 1.0]] * number)) == []


# --- index ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("indices", "place", "value"),
    [
        ([0, 0], 1, "0 twice"),
        ([1, 1], 1, "1 twice"),
        ([0, 2], 1, "2"),
        ([1, 2], 1, "2"),
        ([-1, 0], 0, "-1"),
        ([0, -1], 1, "-1"),
        ([0, 2**70], 1, str(2**70)),
        ([0, 1.0, 1], 2, "1 twice"),
        ([0, 1, 2, 2, 2], 3, "2 twice"),
        ([5, 6, 7], 0, "5"),
    ],
)
def test_a_wrong_index_is_one_violation(indices: list[Any], place: int, value: str) -> None:
    expected = f"expected each index from 0 to {len(indices) - 1} once, found index {value}"
    body = response_with(*[[0.5]] * len(indices), indices=indices)
    assert response_rows(body) == [("response.index", f"/data/{place}/index", expected)]
    assert response_rows(body, {"input": ["x"] * len(indices)}) == response_rows(body)


@settings(deadline=None)
@given(st.permutations(range(6)))
def test_permuted_indices_violate_only_the_order_at_the_first_misplaced_item(indices: list[int]) -> None:
    body = response_with(*[[0.5]] * 6, indices=indices)
    misplaced = [
        ("response.order", f"/data/{place}/index", f"expected {place}, found {index}")
        for place, index in enumerate(indices)
        if place != index
    ]
    assert response_rows(body) == response_rows(body, {"input": ["x"] * 6}) == misplaced[:1]


@settings(deadline=None)
@given(st.lists(st.integers(-2, 4), max_size=5))
def test_indices_are_valid_only_if_each_occurs_once(indices: list[int]) -> None:
    places = list(range(len(indices)))
    wrong = "response.order" if sorted(indices) == places else "response.index"
    rows = response_rows(response_with(*[[0.5]] * len(indices), indices=indices))
    assert [row[0] for row in rows] == ([] if indices == places else [wrong])


@pytest.mark.parametrize("index", [None, "1", True, 1.5, [], {}])
def test_a_non_integer_index_violates_only_the_schema(index: Any) -> None:
    ids = [
        row[0]
        for row in response_rows(response_with([0.5], [0.5], indices=[0, index]), {"input": ["x", "y"]})
    ]
    assert ids == ["response.data.items.index.type"]


def test_a_missing_index_violates_only_the_schema() -> None:
    body = response_with([0.5], [0.5], indices=[0, 0])
    del body["data"][0]["index"]
    assert [row[0] for row in response_rows(body)] == ["response.data.items.index.required"]


# --- model ----------------------------------------------------------------------------------------------------------

KNOWN = Contract.load().known_models


def test_an_empty_model_name_is_a_violation() -> None:
    row = ("response.model.named", "/model", "expected the name of a model, found an empty string")
    assert response_rows({**response_with(VECTOR), "model": ""}) == [row]
    assert response_rows({**response_with(VECTOR), "model": ""}, {"input": "x", "model": KNOWN[0]}) == [row]


def test_another_known_model_than_requested_is_a_violation() -> None:
    said = f"expected the requested model {KNOWN[0]}, found {KNOWN[1]}"
    body = {**response_with(VECTOR), "model": KNOWN[1]}
    assert response_rows(body, {"input": "x", "model": KNOWN[0]}) == [("response.model.same", "/model", said)]


@pytest.mark.parametrize(
    ("named", "requested"),
    [(KNOWN[0], KNOWN[0]), (f"{KNOWN[0]}-2024", KNOWN[1]), (KNOWN[0], "alias"), ("one", "another")],
)
def test_the_requested_model_and_a_resolved_name_are_valid(named: str, requested: str) -> None:
    assert response_rows({**response_with(VECTOR), "model": named}, {"input": "x", "model": requested}) == []


def test_without_a_requested_model_every_model_is_valid() -> None:
    assert response_rows({**response_with(VECTOR), "model": KNOWN[0]}) == []
    assert response_rows({**response_with(VECTOR), "model": KNOWN[0]}, {"input": "x"}) == []


# --- usage ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("usage", "row"),
    [
        (
            {"prompt_tokens": -1},
            (
                "response.usage.not-negative",
                "/usage/prompt_tokens",
                "expected a number of tokens, at least 0, found -1",
            ),
        ),
        (
            {"total_tokens": -1},
            (
                "response.usage.not-negative",
                "/usage/total_tokens",
                "expected a number of tokens, at least 0, found -1",
            ),
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
def test_a_wrong_token_count_is_one_violation(usage: Any, row: Row) -> None:
    assert response_rows(response_with(VECTOR, usage=USAGE | usage)) == [row]


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 1, "total_tokens": 1},
        {"prompt_tokens": 7, "total_tokens": 7},
        {"prompt_tokens": 7, "total_tokens": 9},
        {"prompt_tokens": 2**70, "total_tokens": 2**71},
    ],
)
def test_consistent_token_counts_are_valid(usage: Any) -> None:
    assert response_rows(response_with(VECTOR, usage=USAGE | usage)) == []


@pytest.mark.parametrize(
    ("texts", "least"),
    [
        ("river", 1),
        (["river", "stone", "cloud"], 3),
        (["river", " ", "!?", "\N{BUG}"], 1),
        ([[7, 8], [9], []], 1),
        ([7, 8, 9], 1),
        (["river", "7"], 2),
    ],
)
def test_each_text_with_words_counts_as_at_least_one_token(texts: Any, least: int) -> None:
    def rows(count: int) -> list[str]:
        usage = {"prompt_tokens": count, "total_tokens": count}
        inputs = texts if isinstance(texts, list) and not isinstance(texts[0], int) else [texts]
        return [
            row[0]
            for row in response_rows(response_with(*[VECTOR] * len(inputs), usage=usage), {"input": texts})
        ]

    assert rows(least) == []
    assert rows(least - 1) == ["response.usage.counted"]


def test_token_counts_of_another_type_violate_only_the_schema() -> None:
    assert [
        row[0] for row in response_rows(response_with(VECTOR, usage=USAGE | {"prompt_tokens": True}))
    ] == ["response.usage.prompt_tokens.type"]


# --- together -------------------------------------------------------------------------------------------------------


def test_independent_defects_are_all_reported() -> None:
    body = response_with(
        [0.5],
        TEXT,
        [math.nan],
        "=",
        [],
        indices=[0, 1, 2, 3, 3],
        usage={"prompt_tokens": 30, "total_tokens": 29},
    )
    assert [row[:2] for row in response_rows(body, {"input": ["x"] * 6, "dimensions": 2})] == [
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
USAGES = st.fixed_dictionaries({}, optional={"prompt_tokens": JSON, "total_tokens": JSON})
PARTS = {"data": st.lists(ITEMS | JSON, max_size=3) | JSON, "usage": USAGES | JSON}


@settings(deadline=None)
@given(
    st.fixed_dictionaries({}, optional=PARTS),
    st.fixed_dictionaries({}, optional={"input": JSON, "dimensions": JSON, "encoding_format": JSON}),
)
def test_semantic_rules_never_raise(body: Any, request: Any) -> None:
    for violation in validate_response(body, request):
        assert violation.message.isprintable()
