"""Some vectors of each response are kept, as floats of single precision where that is precise enough."""

from __future__ import annotations

import base64
import struct
from typing import Any

import numpy as np
import pytest

from conformance.checks.answers import FIRST, Answers
from conformance.engine import NotObservable
from tests.checks.exchanges import CONTRACT, NUMBERS, batch, exchange, payload, read


def test_only_some_vectors_are_kept() -> None:
    answers, given = Answers(CONTRACT), batch(70)
    answers.keep_vectors(given.request, [50, 69])
    found = answers.of(answers.read(given)).vectors
    assert found is not None
    assert [*found.kept] == [*range(FIRST), 50, 69]
    assert {vector.dtype for vector in found.kept.values()} == {np.dtype(np.float32)}
    assert found[69] == pytest.approx([70.0, *NUMBERS])
    assert found[-1].dtype == np.float64
    with pytest.raises(KeyError):
        found[49]
    with pytest.raises(IndexError):
        found[70]


@pytest.mark.parametrize("numbers", [[1e300, 1.0], [1e-300, 1e-299], [1e39, 1.0]])
@pytest.mark.parametrize("repeated", [1, 40_000])
def test_vectors_beyond_single_precision_are_kept_exactly(numbers: list[float], repeated: int) -> None:
    found = read(exchange(payload(numbers * repeated)))[0].vectors
    assert found is not None
    assert [*found[0][:2]] == numbers


@pytest.mark.parametrize("place", [0, 50])
@pytest.mark.parametrize("last", [None, True, "a", [], float("inf"), float("nan")])
def test_one_vector_with_a_fault_makes_all_incomparable(last: Any, place: int) -> None:
    vectors: list[list[Any]] = [NUMBERS] * 70
    vectors[place] = [*NUMBERS[:-1], last]
    assert read(exchange(payload(*vectors), sent={"input": ["a"] * 70}))[0].vectors is None


@pytest.mark.parametrize("fault", ["zeros", "shorter", "missing"])
def test_other_faults_of_vectors_make_them_incomparable(fault: str) -> None:
    vectors = [NUMBERS] * 70
    vectors[50] = {"zeros": [0.0] * 1500, "shorter": NUMBERS[1:], "missing": NUMBERS}[fault]
    body = payload(*vectors[: 69 if fault == "missing" else 70])
    assert read(exchange(body, sent={"input": ["a"] * 70}))[0].vectors is None


def test_vectors_in_base64_are_read() -> None:
    packed = base64.b64encode(struct.pack("<1500f", *NUMBERS)).decode()
    found = read(exchange(payload(*[packed] * 60), sent={"input": ["a"] * 60}))[0].vectors
    assert found is not None
    assert found.size == 1500
    assert found[0] == pytest.approx(NUMBERS)


def test_the_vectors_of_a_run_have_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.checks.answers.MAX_VECTORS", 10 * 4 * len(NUMBERS))
    answers = Answers(CONTRACT)
    read = [answers.read(exchange(payload([number, *NUMBERS[1:]]))) for number in range(1, 13)]
    assert [answers.of(one).vectors is None for one in read] == [False] * 10 + [True] * 2
    with pytest.raises(NotObservable, match="the vectors of this run need more than"):
        answers.vectors_of(read[-1])


def test_equal_vectors_are_kept_once_and_freed_with_their_responses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.checks.answers.MAX_VECTORS", 2 * 4 * len(NUMBERS))
    answers, others = Answers(CONTRACT), (exchange(payload([n, *NUMBERS[1:]])) for n in (1.5, 2.5))
    read = [answers.read(exchange(payload(NUMBERS))) for _ in range(12)]
    vectors = [answers.of(one).vectors for one in read]
    assert len({id(found.kept[0]) for found in vectors if found is not None}) == 1
    assert None not in vectors
    assert answers.of(kept := answers.read(next(others))).vectors is not None
    assert answers.of(answers.read(next(others))).vectors is None
    read.clear()
    vectors.clear()
    assert answers.of(answers.read(exchange(payload([3.5, *NUMBERS[1:]])))).vectors is not None
    assert kept.succeeded


def test_a_vector_that_is_far_too_long_is_not_compared() -> None:
    assert read(exchange(payload([0.5] * (2**20 + 1))))[0].vectors is None
