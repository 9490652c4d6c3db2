"""Each vector of a response has a digest, whether the vector itself is kept or not."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest

from conformance.contract.roles import usual_roles
from conformance.validation.embeddings import vectors_in
from conformance.validation.large_json import LONG, large_value


def digests(embeddings: list[Any]) -> list[int]:
    response = {"data": [{"index": n, "embedding": embedding} for n, embedding in enumerate(embeddings)]}
    found = vectors_in(large_value(json.dumps(response).encode()), len(embeddings), range(2), usual_roles())
    assert found is not None
    return [*found.digests]


@pytest.mark.parametrize("count", [4, 40])
@pytest.mark.parametrize("encoded", [False, True])
def test_equal_vectors_have_equal_digests(count: int, encoded: bool) -> None:
    vectors = np.random.default_rng(0).normal(size=(count, 1536)).astype("<f4")
    vectors[-1] = vectors[1]
    embeddings = [base64.b64encode(v.tobytes()).decode() if encoded else v.tolist() for v in vectors]
    assert encoded or count == 4 or len(json.dumps(embeddings)) > LONG  # the arrays of a large text stay text
    found = digests(embeddings)
    assert found[-1] == found[1]
    assert len(set(found)) == count - 1


def test_vectors_that_differ_in_one_digit_have_different_digests() -> None:
    assert len(set(digests([[0.1, 0.2], [0.1, 0.2000000001]]))) == 2


@pytest.mark.parametrize(
    "indices",
    [({}, {}), ({"index": None}, {"index": None}), ({"index": 1}, {}), ({"index": 1}, {"index": 1})],
)
def test_vectors_without_right_indices_are_in_the_order_of_the_response(
    indices: list[dict[str, Any]],
) -> None:
    items = [
        {"embedding": [float(number), 1.0], **index} for number, index in zip((3, 2), indices, strict=True)
    ]
    found = vectors_in({"data": items}, 2, range(2), usual_roles())
    assert found is not None
    assert [vector.tolist() for vector in found] == [[3.0, 1.0], [2.0, 1.0]]
