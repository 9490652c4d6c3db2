from __future__ import annotations

import base64
import time
from collections.abc import Callable
from typing import Any

import httpx
import numpy as np
import pytest
import yaml

from conformance.contract import Contract
from conformance.reference.endpoint import PIECE
from conformance.reference.models import load_models
from conformance.validation import validate_response

Served = Callable[..., Any]
FORMS = {
    "text": "hello world",
    "texts": ["hello", "world", "hello"],
    "tokens": [104, 101, 108],
    "token arrays": [[104], [101, 108], [104]],
}


def vectors(answer: Any) -> list[list[float]]:
    return [item["embedding"] for item in answer["data"]]


@pytest.mark.parametrize("value", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_each_form_of_input_gets_an_answer_without_a_violation(
    served: Served, value: object, encoding: str
) -> None:
    answer = served(value, encoding_format=encoding, dimensions=8, user="user-1234")
    request = {"model": answer["model"], "input": value, "encoding_format": encoding, "dimensions": 8}
    assert validate_response(answer, request) == []


def test_the_examples_of_the_contract_are_served(served: Served, contract: Contract) -> None:
    branches = contract.request.properties["input"].branches
    examples = [yaml.safe_load(branch.node["example"]) for branch in branches if "example" in branch.node]
    assert [1212, 318, 257, 1332, 13] in examples
    for example in examples:
        assert len(served(example)["data"]) == 1


def test_every_model_is_served_by_its_name_and_size(served: Served, contract: Contract) -> None:
    for name, model in load_models(contract).items():
        answer = served("hello", model=name)
        assert answer["model"] == name
        assert len(answer["data"][0]["embedding"]) == model.native_size


def test_base64_holds_the_very_float32_numbers_of_the_float_answer(served: Served) -> None:
    floats = vectors(served(["hello", "world"]))
    encoded = vectors(served(["hello", "world"], encoding_format="base64"))
    for numbers, text in zip(floats, encoded, strict=True):
        assert np.array(numbers, "<f4").tobytes() == base64.b64decode(str(text), validate=True)


@pytest.mark.parametrize("text", ["hello", "Grüße, 日本 🙂", "\x00\n", "<|endoftext|>"])
def test_a_text_equals_its_tokens(served: Served, text: str) -> None:
    tokens = list(text.encode())
    as_text, as_tokens, nested = served(text), served(tokens), served([tokens])
    assert as_text == as_tokens == nested


def test_a_float_without_a_fraction_is_the_integer(served: Served) -> None:
    assert served([104.0, 105], dimensions=8.0) == served([104, 105], dimensions=8)


def test_a_batch_equals_its_single_texts_in_order(served: Served) -> None:
    texts = ["b", "a", "some longer text", "b", "a"]
    answer = served(texts)
    assert [item["index"] for item in answer["data"]] == list(range(len(texts)))
    assert vectors(answer) == [vectors(served(text))[0] for text in texts]


def test_a_batch_that_is_sent_in_pieces_equals_its_single_texts_too(served: Served) -> None:
    texts = [f"text {number}" for number in range(PIECE + 2)]
    answer = served(texts, dimensions=3)
    assert vectors(answer) == [vectors(served(text, dimensions=3))[0] for text in texts]
    assert answer["usage"]["total_tokens"] == sum(map(len, texts))


def test_usage_adds_up_over_a_batch(served: Served) -> None:
    assert served("héllo")["usage"] == {"prompt_tokens": 6, "total_tokens": 6}
    assert served([1212, 318, 7])["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    assert served(["ab", "cde"])["usage"] == {"prompt_tokens": 5, "total_tokens": 5}


@pytest.mark.parametrize("dimensions", [1, 2, 512, 1536])
@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_dimensions_are_the_length_of_each_vector(served: Served, dimensions: int, encoding: str) -> None:
    for vector in vectors(served(["hello", "you"], dimensions=dimensions, encoding_format=encoding)):
        numbers = (
            np.frombuffer(base64.b64decode(vector), "<f4") if isinstance(vector, str) else np.array(vector)
        )
        assert len(numbers) == dimensions
        assert float(np.linalg.norm(numbers)) == pytest.approx(1, abs=1e-6)


def test_the_user_changes_nothing(served: Served) -> None:
    assert served("hello", user="someone") == served("hello")


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "Application/JSON", "application/json ;q=1"]
)
def test_parameters_and_case_of_the_media_type_mean_nothing(
    send: Callable[..., httpx.Response], headers: dict[str, str], contract: Contract, media_type: str
) -> None:
    body = {"model": contract.example_model, "input": "hello"}
    assert send(body, headers=headers | {"Content-Type": media_type}).status_code == 200


def test_the_largest_batch_of_the_largest_model_takes_a_moment(served: Served) -> None:
    texts = [f"text number {number} about the weather and the waiter" for number in range(2048)]
    started = time.perf_counter()
    answer = served(texts, model="text-embedding-3-large", encoding_format="base64")
    assert [item["index"] for item in answer["data"]] == list(range(2048))
    assert time.perf_counter() - started < 5
