from __future__ import annotations

import base64

import numpy as np
import pytest

from conformance import Contract
from tests.clients.vectors import expected, printed, wrong

CONTRACT = Contract.load()
MODEL = CONTRACT.example_model or ""
TEXTS = ["one text", "another text"]
RIGHT = expected(TEXTS, MODEL, CONTRACT)
FLOATS = [vector.tolist() for vector in RIGHT]


def test_accepts_floats_rounded_floats_and_base64() -> None:
    assert wrong(FLOATS, RIGHT) is None
    assert wrong([[float(f"{number:.7g}") for number in vector] for vector in FLOATS], RIGHT) is None
    assert (
        wrong([base64.b64encode(vector.astype("<f4").tobytes()).decode() for vector in RIGHT], RIGHT) is None
    )


def test_rejects_vectors_of_other_texts() -> None:
    assert "embedding 0" in (wrong(FLOATS[::-1], RIGHT) or "")


def test_rejects_one_wrong_number() -> None:
    one = [FLOATS[0], [*FLOATS[1][:-1], FLOATS[1][-1] + 1e-4]]
    assert (
        wrong(one, RIGHT)
        == "embedding 1: expected the vector of its text, found numbers that differ by up to 0.0001"
    )


def test_rejects_a_vector_that_is_not_finite() -> None:
    assert wrong([FLOATS[0], [float("nan"), *FLOATS[1][1:]]], RIGHT) is not None


@pytest.mark.parametrize("found", [[], FLOATS[:1], [*FLOATS, FLOATS[0]]])
def test_rejects_another_count(found: list[list[float]]) -> None:
    assert wrong(found, RIGHT) == f"expected 2 embeddings, found {len(found)}"


def test_rejects_another_length() -> None:
    assert wrong([FLOATS[0], FLOATS[1][:8]], RIGHT) == "embedding 1: expected 1536 numbers, found 8"


def test_rejects_base64_of_big_endian_numbers() -> None:
    assert wrong([base64.b64encode(vector.astype(">f4").tobytes()).decode() for vector in RIGHT], RIGHT)


@pytest.mark.parametrize(
    "text",
    [
        '{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5,-1e-05,2]}],"model":"m"}',
        "[Embedding(embedding=[0.5, -1e-05, 2], index=0, object='embedding')]",
        "{\n  data: [ { index: 0, embedding: [\n        0.5, -0.00001,\n        2\n      ] } ]\n}",
    ],
)
def test_finds_an_embedding_in_json_python_and_javascript(text: str) -> None:
    assert printed(text) == [[0.5, -1e-05, 2.0]]


def test_shortened_list_is_not_an_embedding() -> None:
    assert printed("[ 0.5, 0.25, ... 1434 more items ]") == []


def test_vectors_depend_on_the_model() -> None:
    assert [vector.shape for vector in RIGHT] == [(1536,), (1536,)]
    assert not np.allclose(RIGHT[0], expected(TEXTS[:1], CONTRACT.known_models[0], CONTRACT)[0])
