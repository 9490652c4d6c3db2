"""Long texts and token arrays: truncation is found, and models with limits, or that average their tokens, pass."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import pytest

from conformance.checks.meaning.lengths import LONG_ARRAYS, LONG_TEXTS
from conformance.contract import DeclaredCapabilities
from conformance.engine import Outcome
from conformance.generators.sample_texts import (
    LADDER_WORDS,
    RUNGS,
    growing_sequence,
    with_other_beginning,
    with_other_end,
)
from conformance.validation.embeddings import Vector, identical_vectors
from tests.faulty_servers.embeddings import changes_vectors, embeds_input, embeds_texts, inputs, normalized
from tests.faulty_servers.faults import only_for, rejects, responds
from tests.faulty_servers.messages import Payload, Request, Response, error
from tests.faulty_servers.servers import Fault, Server
from tests.mutants.setup import Setup
from tests.mutants.sizes import accepts_long_texts

TEXTS, ARRAYS = "meaning.truncation", "meaning.truncation.tokens"
PLACES = range(len(LADDER_WORDS))
LONGEST = (*RUNGS, *LONG_TEXTS)
COMPARED = [
    [
        *(growing_sequence(PLACES, n) for n in sorted({*RUNGS, longest}) if n <= longest),
        with_other_end(PLACES, longest),
        with_other_beginning(PLACES, min(longest, RUNGS[-1])),
    ]
    for longest in LONGEST
] + [
    [growing_sequence(PLACES, n) for n in (*RUNGS, 2048, *LONG_ARRAYS)]
    + [with_other_end(PLACES, LONG_ARRAYS[0])]
]
"""The sequences that are compared with each other, for targets with different limits."""


@pytest.mark.parametrize("common", [0.0, 0.5, 0.9, 0.99, 0.998])
@pytest.mark.parametrize("size", [32, 384, 3072])
def test_the_average_of_all_tokens_shows_each_difference(common: float, size: int) -> None:
    """*common* is the share of a token's vector that all tokens have: up to 0.99 in real models."""
    average = partial(_average, _vectors_of_tokens(len(LADDER_WORDS), size, common))
    for sequences in COMPARED:
        for one, other in combinations(sequences, 2):
            assert not identical_vectors(average(one), average(other)), (len(one), len(other))


def test_averages_would_hide_a_difference_in_random_words() -> None:
    """Why the parts that differ repeat one word."""
    tokens = _vectors_of_tokens(2000, 384, 0.9)
    usual = np.random.default_rng(1).integers(0, 2000, 8000).tolist()
    other = [*usual[:-800], *np.random.default_rng(2).integers(0, 2000, 800).tolist()]
    assert identical_vectors(_average(tokens, usual), _average(tokens, other))


def _vectors_of_tokens(count: int, size: int, common: float) -> Vector:
    own = np.random.default_rng(0).normal(size=(count + 1, size))
    own /= np.linalg.norm(own, axis=1)[:, np.newaxis]
    return np.asarray(common**0.5 * own[-1] + (1 - common) ** 0.5 * own[:-1])


def _average(tokens: Vector, sequence: Sequence[int]) -> Vector:
    """The average in half precision, of norm 1."""
    average = np.bincount(sequence, minlength=len(tokens)) @ tokens / len(sequence)
    return (average / np.linalg.norm(average)).astype(np.float16).astype(np.float64)


class Recorder:
    """The correct server; ``words`` and ``tokens`` are the lengths of the single texts and arrays that it got."""

    def __init__(self) -> None:
        self.words: list[int] = []
        self.tokens: list[int] = []

    async def __call__(self, request: Request, correct: Server) -> Response:
        value = request.json_object.get("input")
        if isinstance(value, str) and len(value.split()) >= RUNGS[0]:
            self.words.append(len(value.split()))
        elif isinstance(value, list) and not isinstance(value[0], str) and len(inputs(value)) == 1:
            self.tokens.append(len(inputs(value)[0]))
        return await correct(request)


def run(setup: Setup, *faults: Fault) -> dict[str, Outcome]:
    outcomes = setup.run(*faults, selected=[TEXTS, ARRAYS]).outcomes
    return {id: outcomes[id] for id in (TEXTS, ARRAYS)}


def verdicts(setup: Setup, *faults: Fault) -> list[str]:
    return [outcome.verdict.value for outcome in run(setup, *faults).values()]


def test_all_lengths_are_sent_to_a_target_that_accepts_them(small: Setup) -> None:
    recorder = Recorder()
    assert verdicts(small, accepts_long_texts(), recorder) == ["pass", "pass"]
    of_others = [*RUNGS[-2:]] * 2
    assert recorder.words == [*RUNGS, 8000, 8000, RUNGS[-1], *of_others]
    assert recorder.tokens[-7:] == [*RUNGS, *LONG_ARRAYS, *LONG_ARRAYS]


def test_nothing_longer_is_sent_after_a_rejection(small: Setup) -> None:
    recorder = Recorder()
    limit = rejects(lambda payload: any(map(_is_over_512, inputs(payload["input"]))))
    assert verdicts(small, recorder, limit) == ["pass", "pass"]
    sent = Recorder()
    assert verdicts(small, limit, sent) == ["pass", "pass"]
    assert max(sent.words) == max(sent.tokens) == 520
    assert recorder.words.count(300) == 3


@pytest.mark.parametrize("cut", [3000, 10_000])
def test_a_text_above_any_limit_is_not_truncated_in_a_batch(small: Setup, cut: int) -> None:
    texts = embeds_texts(lambda text: " ".join(text.split()[:cut]))
    limit = rejects(
        lambda payload: (
            not _is_batch(payload) and any(len(str(item).split()) > 3000 for item in inputs(payload["input"]))
        )
    )
    faults = (accepts_long_texts(), limit, only_for(_is_batch, texts))
    assert verdicts(small, *faults)[0] == ("fail" if cut == 3000 else "pass")


@pytest.mark.parametrize("cut", [512, 10_000])
def test_an_input_that_is_rejected_alone_is_not_truncated_in_a_batch(small: Setup, cut: int) -> None:
    texts = embeds_texts(lambda text: " ".join(text.split()[:cut]))
    arrays = embeds_input(lambda value: [ids if isinstance(ids, str) else ids[:cut] for ids in value])
    limit = rejects(
        lambda payload: not _is_batch(payload) and any(map(_is_over_512, inputs(payload["input"])))
    )
    faults = (accepts_long_texts(), limit, only_for(_is_batch, texts), only_for(_is_batch, arrays))
    expected = "fail" if cut == 512 else "pass"
    assert verdicts(small, *faults) == [expected, expected]


def _is_batch(payload: Payload) -> bool:
    value = payload["input"]
    return isinstance(value, list) and not isinstance(value[0], int) and len(value) > 1


def _is_over_512(item: Any) -> bool:
    return len(item.split() if isinstance(item, str) else item) > 512


def test_the_verdict_names_the_longest_accepted_length_and_the_limit_to_declare(small: Setup) -> None:
    limit = rejects(lambda payload: any(map(_is_over_512, inputs(payload["input"]))))
    for outcome in run(small, limit).values():
        assert outcome.verdict == "pass"
        assert "about 300 tokens is accepted, and one of about 520 is rejected" in outcome.reason
        assert "(input-tokens=N)" in outcome.reason
    assert run(small, accepts_long_texts())[TEXTS].reason == ""


def test_a_shorter_text_is_compared_if_the_longest_is_rejected(small: Setup) -> None:
    truncates = embeds_texts(lambda text: " ".join(text.split()[:3000]))
    limited = rejects(lambda payload: len(str(payload["input"]).split()) > 5000)
    assert verdicts(small, accepts_long_texts(), truncates) == ["fail", "pass"]
    assert verdicts(small, accepts_long_texts(), truncates, limited) == ["fail", "pass"]
    assert verdicts(small, accepts_long_texts(), limited) == ["pass", "pass"]


def test_each_model_of_the_contract_is_tested(small: Setup) -> None:
    (other, *_) = (name for name in small.contract.known_models if name != small.contract.example_model)
    truncates = embeds_texts(lambda text: " ".join(text.split()[:512]))
    outcome = run(small, only_for(lambda payload: payload.get("model") == other, truncates))[TEXTS]
    assert outcome.verdict == "fail"
    body = outcome.evidence[0].exchange.request.body
    assert isinstance(body, bytes)
    assert json.loads(body)["model"] == other
    rejecting = rejects(lambda payload: payload.get("model") != small.contract.example_model, 404)
    assert verdicts(small, rejecting) == ["pass", "pass"]


def test_a_target_may_reject_all_token_ids_of_other_vocabularies(small: Setup) -> None:
    rejecting = rejects(lambda payload: any(id > 255 for id in _ids(payload["input"])))
    outcome = run(small, rejecting)[ARRAYS]
    assert (outcome.verdict, outcome.reason) == (
        "not-tested",
        "the server rejects an array of 40 tokens, which is allowed",
    )


def _ids(value: Any) -> Sequence[int]:
    if isinstance(value, int):
        return [value]
    return [id for item in value for id in _ids(item)] if isinstance(value, list) else []


def test_lengths_within_a_declared_limit_are_tested(small: Setup) -> None:
    declared = small.declaring(DeclaredCapabilities.read((), ["input-tokens=100"]))
    assert verdicts(declared) == ["pass", "pass"]
    first_words = embeds_texts(lambda text: " ".join(text.split()[:20]))
    first_tokens = embeds_input(
        lambda value: [ids[:20] for ids in value] if _is_nested(value) else value[:20]
    )
    tokens_only = only_for(lambda payload: _ids(payload["input"]), first_tokens)
    assert verdicts(declared, first_words) == ["fail", "pass"]
    assert verdicts(declared, tokens_only) == ["pass", "fail"]


def _is_nested(value: Any) -> bool:
    return isinstance(value[0], list)


def test_a_failure_of_the_server_is_no_truncation(small: Setup) -> None:
    fails = responds(lambda request: request.body.count(b"sun sun") > 0, error(500))
    assert verdicts(small, fails) == ["blocked", "pass"]
    fails_late = responds(lambda request: request.body.count(b"car car") > 0, error(500))
    assert verdicts(small, fails_late) == ["pass", "pass"]


def test_a_model_that_averages_its_words_passes(small: Setup) -> None:
    """Nine tenths of the vector of each word are the same."""

    def vector(item: Any, size: int) -> Vector:
        words = item.split() if isinstance(item, str) else [str(id) for id in item]
        known = {word: _vector_of_word(word, size) for word in set(words)}
        return normalized(
            sum((known[word] for word in words), np.zeros(size)).astype(np.float16).astype(float)
        )

    def averages(vectors: Sequence[Vector], payload: Payload) -> Sequence[Vector]:
        return [vector(item, len(vectors[0])) for item in inputs(payload["input"])]

    assert verdicts(small, accepts_long_texts(), changes_vectors(averages)) == ["pass", "pass"]


def _vector_of_word(word: str, size: int) -> Vector:
    def direction(seed: str) -> Vector:
        random = np.random.default_rng(list(hashlib.sha256(seed.encode()).digest()))
        return normalized(random.normal(size=size))

    return np.asarray(0.9**0.5 * direction("") + 0.1**0.5 * direction(word))
