"""Texts that share words have more similar vectors than texts that do not."""

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
    """A function that gives the cosines of all pairs of inputs."""

    def compare(inputs: list[Any], **options: Any) -> npt.NDArray[np.float64]:
        to = {"to": options.pop("to")} if "to" in options else {}
        response = send({"input": inputs} | options, **to)
        assert response.status_code == 200, response.text
        vectors = np.array([item["embedding"] for item in response.json()["data"]])
        found: npt.NDArray[np.float64] = vectors @ vectors.T
        return found

    return compare


def nearest(cosines: npt.NDArray[np.float64]) -> list[int]:
    """The number of the pair that contains the nearest other text of each text."""
    return [int(number) // 2 for number in (cosines - 2 * np.eye(len(cosines))).argmax(axis=1)]


OWN_PAIR = [number // 2 for number in range(len(TEXTS))]


@pytest.mark.parametrize("model", MODELS)
def test_the_nearest_text_is_the_one_that_shares_words(cosines: Cosines, model: str) -> None:
    assert nearest(cosines(TEXTS, model=model)) == OWN_PAIR


@pytest.mark.parametrize("dimensions", [1024, 256, 64])
@pytest.mark.parametrize("model", MODELS[1:])
def test_the_nearest_text_is_the_same_in_few_dimensions(
    cosines: Cosines, model: str, dimensions: int
) -> None:
    assert nearest(cosines(TEXTS, model=model, dimensions=dimensions)) == OWN_PAIR


def test_in_four_dimensions_texts_that_share_words_are_nearer_on_average(
    cosines: Cosines,
) -> None:
    found = cosines(TEXTS, model=MODELS[1], dimensions=4)
    together = np.equal.outer(OWN_PAIR, OWN_PAIR)
    near = found[together & ~np.eye(len(TEXTS), dtype=bool)].mean()
    assert near > found[~together].mean() + 0.5


def test_byte_tokens_have_the_similarities_of_their_texts(
    cosines: Cosines,
) -> None:
    tokens = [list(text.encode()) for text in TEXTS]
    assert nearest(cosines(tokens, model=MODELS[1])) == OWN_PAIR


def test_tokens_of_an_encoding_have_the_similarities_of_their_texts(
    cosines: Cosines, contract: Contract, small_encoding: tiktoken.Encoding
) -> None:
    tokens = small_encoding.encode_ordinary_batch(TEXTS)
    app = create_app(contract, tokenizer=small_encoding.name)
    assert nearest(cosines(tokens, model=MODELS[1], to=app)) == OWN_PAIR
