"""Faults in embeddings: embeddings of another input, changed vectors, changed token counts; and tools for them."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from conformance.contract import Contract

from .faults import changes_result, only_for
from .messages import Payload, Request, Response
from .servers import Fault, Server

Vector = NDArray[np.float64]


def embeds(change: Callable[[Payload], Payload]) -> Fault:
    """A server that embeds the payload that *change* returns; the rest of the response is correct.

    If the correct server rejects the changed payload, the correct response stays as it is.
    """

    async def server(request: Request, correct: Server) -> Response:
        response = await correct(request)
        if not response.ok:
            return response
        payload = request.payload()
        changed = change(payload)
        if changed == payload:
            return response
        other = await correct(request.with_payload(changed))
        return response.with_embeddings(other.embeddings) if other.ok else response

    return server


def embeds_input(change: Callable[[Any], Any]) -> Fault:
    """A server that embeds the input that *change* returns."""
    return embeds(lambda payload: with_input(payload, change(payload["input"])))


def embeds_texts(change: Callable[[str], str]) -> Fault:
    """A server that embeds, for each text of the input, the text that *change* returns."""
    return embeds_input(lambda value: map_texts(value, change))


def reorders(change: Callable[[list[Any], Payload], Sequence[int]]) -> Fault:
    """A server that returns the vectors of a batch at wrong positions.

    *change* gets the inputs and the request's payload. It returns, for each position, the index of the input whose
    vector is there.
    """

    def move(result: Any, payload: Payload) -> None:
        value = payload["input"]
        if isinstance(value, list) and not isinstance(value[0], int):
            embeddings = [item["embedding"] for item in result["data"]]
            for item, index in zip(result["data"], change(value, payload), strict=True):
                item["embedding"] = embeddings[index]

    return changes_result(move)


def changes_vectors(change: Callable[[list[Vector], Payload], Sequence[Vector]]) -> Fault:
    """A server that changes the correct vectors; *change* gets them and the request's payload."""

    def write(result: Any, payload: Payload) -> None:
        items = result["data"]
        changed = change([decode(item["embedding"]) for item in items], payload)
        for item, vector in zip(items, changed, strict=True):
            item["embedding"] = encode(vector, as_base64=isinstance(item["embedding"], str))

    return changes_result(write)


def changes_token_count(change: Callable[[list[int]], int]) -> Fault:
    """A server that returns wrong token counts; *change* gets the number of tokens of each input."""

    def write(result: Any, payload: Payload) -> None:
        total = change([count_tokens(item) for item in inputs(payload["input"])])
        result["usage"] = {"prompt_tokens": total, "total_tokens": total}

    return changes_result(write)


def decode(embedding: Any) -> Vector:
    """The vector of an embedding: base64 of little-endian 32-bit floats, or an array of numbers."""
    if isinstance(embedding, str):
        return np.frombuffer(b64decode(embedding), "<f4").astype(np.float64)
    return np.asarray(embedding, np.float64)


def encode(vector: Any, *, as_base64: bool) -> Any:
    """The embedding of a vector, in single precision."""
    return to_base64(vector) if as_base64 else np.asarray(vector).astype("<f4").tolist()


def to_base64(vector: Any) -> str:
    """Base64 of the numbers of a vector as little-endian 32-bit floats."""
    return b64encode(np.asarray(vector).astype("<f4").tobytes()).decode()


def normalized(vector: Vector) -> Vector:
    """*vector*, scaled to norm 1."""
    return vector / float(np.linalg.norm(vector))


def input_of(payload: Any) -> Any:
    """The ``input`` of a payload; None without one."""
    return payload.get("input") if isinstance(payload, dict) else None


def with_input(payload: Payload, value: Any) -> Payload:
    """*payload* with *value* as its ``input``."""
    return {**payload, "input": value}


def inputs(value: Any) -> list[Any]:
    """The inputs in an ``input``: texts, or arrays of tokens."""
    return [value] if not isinstance(value, list) or is_array_of(value, int) else value


def count_tokens(item: Any) -> int:
    """The number of tokens of one input, as the reference server counts them: bytes of a text, items of an array."""
    return len(item.encode()) if isinstance(item, str) else len(item)


def count_words(text: Any) -> int:
    """The number of words of *text*; 0 for anything but a text."""
    return len(text.split()) if isinstance(text, str) else 0


def map_texts(value: Any, change: Callable[[str], str]) -> Any:
    """An ``input`` with its texts changed, including texts that are arrays of tokens."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value[0], int):
        is_ascii = all(type(token) is int and token < 128 for token in value)
        return list(change(bytes(value).decode()).encode()) if is_ascii else value
    return [map_texts(item, change) for item in value]


def is_text_batch(value: Any) -> bool:
    """Whether an ``input`` is an array of two or more texts."""
    return isinstance(value, list) and len(value) > 1 and all(isinstance(item, str) for item in value)


def is_array_of(value: Any, kind: type) -> bool:
    """Whether an ``input`` is an array whose first item is of *kind*."""
    return isinstance(value, list) and bool(value) and isinstance(value[0], kind)


def is_base64(payload: Payload) -> bool:
    """Whether a payload requests base64."""
    return payload.get("encoding_format") == "base64"


def max_texts(contract: Contract) -> int:
    """The contract's limit for the number of texts in a request."""
    limit = contract.request.properties["input"].branches[1].node["maxItems"]
    assert isinstance(limit, int)
    return limit


def only_for_input(condition: Callable[[Any], object], fault: Fault) -> Fault:
    """A server with *fault* only for requests whose input meets *condition*."""
    return only_for(lambda payload: "input" in payload and condition(payload["input"]), fault)


def last_words(text: str, count: int) -> str:
    """The last *count* words of *text*; a shorter text as it is."""
    kept = text.split()
    return text if len(kept) <= count else " ".join(kept[len(kept) - count :])
