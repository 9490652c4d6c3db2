"""The size of the largest body that a response can need follows from its request."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.checks.response_limits import OTHER_BYTES, response_limit
from conformance.contract import Contract

ROLES = Contract.load().roles


def limit(**payload: Any) -> int:
    return response_limit(json.dumps(payload).encode(), ROLES) - OTHER_BYTES


def test_each_input_adds_a_vector() -> None:
    assert limit(input=["a"] * 7) == 7 * limit(input="a")


def test_each_token_of_an_array_may_get_a_vector() -> None:
    assert limit(input=[97] * 7) == limit(input=["a"] * 7)
    assert limit(input=[]) == limit(input="a")


def test_a_requested_length_above_the_usual_one_raises_the_limit() -> None:
    usual = limit(input="a")
    assert limit(input="a", dimensions=100_000) >= 100_000 * len("-0.0123456789012345678")
    assert limit(input=["a", "b"], dimensions=100_000) == 2 * limit(input="a", dimensions=100_000)
    assert limit(input="a", dimensions=8) == usual


@pytest.mark.parametrize("value", [0, -1, True, None, "100000", 1e6, [100_000]])
def test_other_values_do_not_change_the_limit(value: Any) -> None:
    assert limit(input="a", dimensions=value) == limit(input="a")


def test_a_body_without_a_payload_has_the_limit_of_one_vector() -> None:
    assert response_limit(b"not JSON", ROLES) - OTHER_BYTES == limit(input="a")
