"""The few shapes that faults of vectors have: another payload's embeddings, other vectors, other counts of tokens."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.contract import Contract
from tests.mutants.asgi import Call, Fault, Reply, Serve
from tests.mutants.mutant import Payload, answers

Vector = NDArray[np.float64]


def embeds(change: Callable[[Payload], Payload]) -> Fault:
    """A server that answers with the embeddings of the payload that *change* makes, and is right in all else."""

    async def serve(call: Call, correct: Serve) -> Reply:
        answer = await correct(call)
        if answer.status != 200:
            return answer
        other = await correct(call.with_payload(change(call.payload())))
        return answer.with_payload({**answer.payload(), "data": other.payload()["data"]})

    return serve


def embeds_input(change: Callable[[Any], Any]) -> Fault:
    """A server that embeds what *change* makes of the input."""
    return embeds(lambda payload: with_input(payload, change(payload["input"])))


def embeds_texts(change: Callable[[str], str]) -> Fault:
    """A server that embeds what *change* makes of each text, alone or in a batch."""
    return embeds_input(lambda value: mapped(value, change))


def places(change: Callable[[list[Any], Payload], Sequence[int]]) -> Fault:
    """A server that gives a batch's vectors in wrong places.

    *change* gets the inputs and the request, and says for each place of which input the vector stands there.
    """

    def move(answer: Any, request: Payload) -> None:
        value = request["input"]
        if isinstance(value, list) and not isinstance(value[0], int):
            vectors = [item["embedding"] for item in answer["data"]]
            for item, place in zip(answer["data"], change(value, request), strict=True):
                item["embedding"] = vectors[place]

    return answers(move)


def revector(change: Callable[[list[Vector], Payload], Sequence[Vector]]) -> Fault:
    """A server whose vectors are what *change* makes of the right ones, and of the request; in either encoding."""

    def write(answer: Any, request: Payload) -> None:
        items = answer["data"]
        changed = change([read(item["embedding"]) for item in items], request)
        for item, vector in zip(items, changed, strict=True):
            packed = vector.astype("<f4")
            is_text = isinstance(item["embedding"], str)
            item["embedding"] = b64encode(packed.tobytes()).decode() if is_text else packed.tolist()

    return answers(write)


def counts(change: Callable[[list[int]], int]) -> Fault:
    """A server that counts the tokens of a request wrongly, given those of each of its inputs."""

    def write(answer: Any, request: Payload) -> None:
        total = change([size(item) for item in inputs(request["input"])])
        answer["usage"] = {"prompt_tokens": total, "total_tokens": total}

    return answers(write)


def read(embedding: Any) -> Vector:
    """The vector of an item."""
    if isinstance(embedding, str):
        return np.frombuffer(b64decode(embedding), "<f4").astype(np.float64)
    return np.asarray(embedding, np.float64)


def unit(vector: Vector) -> Vector:
    """*vector*, brought to length 1."""
    return vector / float(np.linalg.norm(vector))


def input_of(payload: Any) -> Any:
    """The ``input`` of a payload; None where there is none."""
    return payload.get("input") if isinstance(payload, dict) else None


def inputs(value: Any) -> list[Any]:
    """The inputs of a payload's ``input``: texts, or arrays of tokens."""
    return [value] if not isinstance(value, list) or is_list_of(value, int) else value


def size(item: Any) -> int:
    """The tokens of one input: bytes of a text, items of an array."""
    return len(item.encode()) if isinstance(item, str) else len(item)


def mapped(value: Any, change: Callable[[str], str]) -> Any:
    """The ``input`` *value* with its texts changed, also those that come as their tokens."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value[0], int):
        return list(change(bytes(value).decode()).encode()) if max(value) < 128 else value
    return [mapped(item, change) for item in value]


def with_input(payload: Payload, value: Any) -> Payload:
    """*payload* with *value* as its input."""
    return {**payload, "input": value}


def is_batch(value: Any) -> bool:
    """Whether an ``input`` is of several texts."""
    return isinstance(value, list) and len(value) > 1 and all(isinstance(item, str) for item in value)


def words(text: Any) -> int:
    """The number of words of *text*; 0 of what is none."""
    return len(text.split()) if isinstance(text, str) else 0


def is_list_of(value: Any, kind: type) -> bool:
    """Whether an ``input`` is an array whose first item is of *kind*."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], kind)


def most_texts(contract: Contract) -> int:
    """The most texts of one request."""
    most = contract.request.properties["input"].branches[1].node["maxItems"]
    assert isinstance(most, int)
    return most
