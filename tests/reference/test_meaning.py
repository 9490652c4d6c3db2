"""Vectors mean a little: texts that share words are nearer than texts that do not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import numpy.typing as npt
import pytest
import tiktoken

from conformance.contract import Contract
from conformance.reference import create_app

Send = Callable[..., httpx.Response]
Cosines = Callable[..., npt.NDArray[np.float64]]
PAIRS = [
    ("The food was delicious and the waiter was kind", "A kind waiter brought delicious food"),
    ("Stock prices fell sharply today", "Today the prices of stock fell"),
    ("How do I reset my password", "I forgot my password, how can it be reset?"),
    ("The cat sleeps on the warm mat", "On the mat sleeps a warm cat"),
    ("Parse the JSON body of a request", "The request has a JSON body to parse"),
    ("東京は日本の首都です", "日本の首都は東京です"),
    ("Grüße aus München", "Aus München viele Grüße"),
]
TEXTS = [text for pair in PAIRS for text in pair]
MODELS = ["text-embedding-ada-002", "text-embedding-3-small", "text-embedding-3-large"]


@pytest.fixture
def cosines(send: Send) -> Cosines:
    """The cosine of each of the inputs, which are PAIRS, with each."""

    def compare(inputs: list[Any], **options: Any) -> npt.NDArray[np.float64]:
        to = {"to": options.pop("to")} if "to" in options else {}
        response = send({"input": inputs} | options, **to)
        assert response.status_code == 200, response.text
        vectors = np.array([item["embedding"] for item in response.json()["data"]])
        found: npt.NDArray[np.float64] = vectors @ vectors.T
        return found

    return compare


def nearest(cosines: npt.NDArray[np.float64]) -> list[int]:
    """The number of the pair that the nearest other text of each text is of."""
    return [int(number) // 2 for number in (cosines - 2 * np.eye(len(cosines))).argmax(axis=1)]


EACH_ITS_OWN = [number // 2 for number in range(len(TEXTS))]


@pytest.mark.parametrize("model", MODELS)
def test_of_many_texts_the_nearest_is_the_one_that_shares_words(cosines: Cosines, model: str) -> None:
    assert nearest(cosines(TEXTS, model=model)) == EACH_ITS_OWN


@pytest.mark.parametrize("dimensions", [1024, 256, 64])
@pytest.mark.parametrize("model", MODELS[1:])
def test_it_is_the_nearest_in_a_few_dimensions_too(cosines: Cosines, model: str, dimensions: int) -> None:
    assert nearest(cosines(TEXTS, model=model, dimensions=dimensions)) == EACH_ITS_OWN


def test_in_the_fewest_dimensions_texts_that_share_words_are_nearer_on_average(
    cosines: Cosines,
) -> None:
    found = cosines(TEXTS, model=MODELS[1], dimensions=4)
    together = np.equal.outer(EACH_ITS_OWN, EACH_ITS_OWN)
    near = found[together & ~np.eye(len(TEXTS), dtype=bool)].mean()
    assert near > found[~together].mean() + 0.5


def test_the_tokens_of_texts_mean_what_the_texts_mean(
    cosines: Cosines,
) -> None:
    tokens = [list(text.encode()) for text in TEXTS]
    assert nearest(cosines(tokens, model=MODELS[1])) == EACH_ITS_OWN


def test_the_tokens_of_another_tokenizer_mean_it_too(
    cosines: Cosines, contract: Contract, small_encoding: tiktoken.Encoding
) -> None:
    tokens = small_encoding.encode_ordinary_batch(TEXTS)
    app = create_app(contract, tokenizer=small_encoding.name)
    assert nearest(cosines(tokens, model=MODELS[1], to=app)) == EACH_ITS_OWN
