"""Large responses are validated in bounded time and space."""

import time
from collections.abc import Callable
from typing import Any

import pytest

from conformance import validate_response
from conformance.validation.schema_validator import Validator
from conformance.validation.violation import MAX_VIOLATIONS
from tests.validation.payloads import response_with

NUMBERS = "response.data.items.embedding.numbers.items.type"
MILLION = 1_000_000


LONG: dict[str, tuple[Callable[[], Any], str]] = {
    "nulls as items": (lambda: response_with(data=[None] * MILLION), "response.data.items.type"),
    "nulls as numbers": (lambda: response_with([None] * MILLION), NUMBERS),
    "a null after numbers": (lambda: response_with([*[0.5] * MILLION, None]), NUMBERS),
    "true after numbers": (lambda: response_with([*[0.5] * MILLION, True]), NUMBERS),
    "NaN after numbers": (lambda: response_with([*[0.5] * MILLION, float("nan")]), "response.finite"),
    "infinity": (lambda: response_with([*[1] * MILLION, 10**400, float("inf")]), "response.finite"),
    "empty items": (lambda: response_with(data=[{}] * 100_000), "response.data.items.index.required"),
    "equal indices": (lambda: response_with(data=response_with([0.5])["data"] * 30_000), "response.index"),
    "empty embeddings": (lambda: response_with(*[[], [0.5]] * 15_000), "response.not-empty"),
    "wrong base64": (lambda: response_with(*["="] * 30_000), "response.base64"),
    "long base64": (lambda: response_with("A" * 10_000_001), "response.base64"),
    "an object": (lambda: response_with({"x": [None] * MILLION}), "response.data.items.embedding.one-of"),
    "a long string": (lambda: response_with(object="x" * 10_000_000), "response.object.enum"),
    "a long count": (
        lambda: response_with(usage={"prompt_tokens": 10**600, "total_tokens": 0}),
        "response.usage.total",
    ),
    "a long negative count": (
        lambda: response_with(usage={"prompt_tokens": -(10**5000), "total_tokens": 0}),
        "response.usage.not-negative",
    ),
}
"""What makes a large body, and a requirement that it violates. A body exists only during its test."""


@pytest.mark.parametrize("name", LONG)
def test_a_large_response_is_validated_in_bounded_time_and_space(name: str) -> None:
    make_body, requirement = LONG[name]
    body = make_body()
    start = time.process_time()
    found = validate_response(body, {"input": "x", "dimensions": 3})
    assert time.process_time() - start < 20
    assert requirement in {v.requirement for v in found}
    assert len(found) <= MAX_VIOLATIONS
    for violation in found:
        assert len(violation.message) < 300
        assert violation.message.isprintable()


def test_thousands_of_defects_of_one_kind_do_not_hide_others() -> None:
    body = response_with(*[[0.5]] * 3000, usage={"prompt_tokens": 2, "total_tokens": 1})
    for item in body["data"]:
        item["object"] = "vector"
    found = {v.requirement for v in validate_response(body, {"input": ["a"], "dimensions": 2})}
    assert found == {
        "response.data.items.object.enum",
        "response.count",
        "response.usage.total",
        "response.dimensions",
    }


@pytest.mark.parametrize("last", [0.5, 1, None, True, "x"])
def test_arrays_of_numbers_are_validated_together(last: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = 0
    accepts = Validator.accepts

    def counted(self: Validator, value: object) -> bool:
        nonlocal calls
        calls += 1
        return accepts(self, value)

    monkeypatch.setattr(Validator, "accepts", counted)
    assert len(validate_response(response_with([*[0.5] * 1000, 1, last]))) == (
        last not in (0.5, 1) or last is True
    )
    assert calls < 50


def test_indices_that_are_floats_are_validated_in_linear_time() -> None:
    data = [{"object": "embedding", "index": float(n), "embedding": [0.5]} for n in range(30_000)]
    start = time.process_time()
    assert validate_response(response_with(data=data)) == []
    assert time.process_time() - start < 20
