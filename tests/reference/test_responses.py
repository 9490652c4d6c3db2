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
from conformance.reference.models import load_models
from conformance.reference.operation import CHUNK
from conformance.validation import validate_response

Embedded = Callable[..., Any]
FORMS = {
    "text": "hello world",
    "texts": ["hello", "world", "hello"],
    "tokens": [104, 101, 108],
    "token arrays": [[104], [101, 108], [104]],
}


def vectors(response: Any) -> list[list[float]]:
    return [item["embedding"] for item in response["data"]]


@pytest.mark.parametrize("value", FORMS.values(), ids=FORMS)
@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_each_form_of_input_gets_a_valid_response(embedded: Embedded, value: object, encoding: str) -> None:
    response = embedded(value, encoding_format=encoding, dimensions=8, user="user-1234")
    request = {"model": response["model"], "input": value, "encoding_format": encoding, "dimensions": 8}
    assert validate_response(response, request) == []


def test_the_examples_of_the_contract_are_accepted(embedded: Embedded, contract: Contract) -> None:
    branches = contract.request.properties["input"].branches
    examples = [yaml.safe_load(branch.node["example"]) for branch in branches if "example" in branch.node]
    assert [1212, 318, 257, 1332, 13] in examples
    for example in examples:
        assert len(embedded(example)["data"]) == 1


def test_every_model_has_its_name_and_size(embedded: Embedded, contract: Contract) -> None:
    for name, model in load_models(contract).items():
        response = embedded("hello", model=name)
        assert response["model"] == name
        assert len(response["data"][0]["embedding"]) == model.native_size


def test_base64_and_float_have_identical_float32_numbers(embedded: Embedded) -> None:
    floats = vectors(embedded(["hello", "world"]))
    encoded = vectors(embedded(["hello", "world"], encoding_format="base64"))
    for numbers, text in zip(floats, encoded, strict=True):
        assert np.array(numbers, "<f4").tobytes() == base64.b64decode(str(text), validate=True)


@pytest.mark.parametrize("text", ["hello", "Grüße, 日本 🙂", "\x00\n", "<|endoftext|>"])
def test_a_text_equals_its_tokens(embedded: Embedded, text: str) -> None:
    tokens = list(text.encode())
    as_text, as_tokens, nested = embedded(text), embedded(tokens), embedded([tokens])
    assert as_text == as_tokens == nested


def test_a_float_without_a_fraction_is_the_integer(embedded: Embedded) -> None:
    assert embedded([104.0, 105], dimensions=8.0) == embedded([104, 105], dimensions=8)


def test_a_batch_has_the_vectors_of_its_texts_in_order(embedded: Embedded) -> None:
    texts = ["b", "a", "some longer text", "b", "a"]
    response = embedded(texts)
    assert [item["index"] for item in response["data"]] == list(range(len(texts)))
    assert vectors(response) == [vectors(embedded(text))[0] for text in texts]


def test_a_batch_that_is_sent_in_chunks_has_the_vectors_of_its_texts(embedded: Embedded) -> None:
    texts = [f"text {number}" for number in range(CHUNK + 2)]
    response = embedded(texts, dimensions=3)
    assert vectors(response) == [vectors(embedded(text, dimensions=3))[0] for text in texts]
    assert response["usage"]["total_tokens"] == sum(map(len, texts))


def test_usage_is_the_sum_over_a_batch(embedded: Embedded) -> None:
    assert embedded("héllo")["usage"] == {"prompt_tokens": 6, "total_tokens": 6}
    assert embedded([1212, 318, 7])["usage"] == {"prompt_tokens": 3, "total_tokens": 3}
    assert embedded(["ab", "cde"])["usage"] == {"prompt_tokens": 5, "total_tokens": 5}


@pytest.mark.parametrize("dimensions", [1, 2, 512, 1536])
@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_each_vector_has_the_requested_dimensions(embedded: Embedded, dimensions: int, encoding: str) -> None:
    for vector in vectors(embedded(["hello", "you"], dimensions=dimensions, encoding_format=encoding)):
        numbers = (
            np.frombuffer(base64.b64decode(vector), "<f4") if isinstance(vector, str) else np.array(vector)
        )
        assert len(numbers) == dimensions
        assert float(np.linalg.norm(numbers)) == pytest.approx(1, abs=1e-6)


def test_the_user_has_no_effect(embedded: Embedded) -> None:
    assert embedded("hello", user="someone") == embedded("hello")


@pytest.mark.parametrize(
    "media_type", ["application/json; charset=utf-8", "Application/JSON", "application/json ;q=1"]
)
def test_parameters_and_case_of_the_media_type_are_ignored(
    send: Callable[..., httpx.Response], headers: dict[str, str], contract: Contract, media_type: str
) -> None:
    body = {"model": contract.example_model, "input": "hello"}
    assert send(body, headers=headers | {"Content-Type": media_type}).status_code == 200


def test_the_largest_batch_of_the_largest_model_takes_little_time(embedded: Embedded) -> None:
    texts = [f"text number {number} about the weather and the waiter" for number in range(2048)]
    started = time.process_time()
    response = embedded(texts, model="text-embedding-3-large", encoding_format="base64")
    assert [item["index"] for item in response["data"]] == list(range(2048))
    assert time.process_time() - started < 15
