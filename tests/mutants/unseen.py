"""Mutants that no check sees yet: their faults show only in vectors that are compared with others.

A check that comes to see one moves it to the zoo; the test on them says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .asgi import Call, Fault, Reply, Serve
from .mutant import Payload, answers, only
from .response import each_vector
from .vectors import pack, texts, unpack, where_sized


def unseen_mutants() -> Iterator[tuple[str, Fault]]:
    """Mutants by name, fresh ones each time."""
    yield "packs 64-bit floats", _repacked("<f8")
    yield "packs big-endian floats", _repacked(">f4")
    yield "ignores dimensions in base64", _without_where("dimensions", "encoding_format")
    yield "ignores dimensions of a batch", only(_is_batch, answers(where_sized(lambda vector: [0.5] * 8)))
    yield "ignores base64 of a batch", only(_is_batch, _without("encoding_format"))
    yield "gives every text the same vector", each_vector(lambda vector: [0.5] * len(vector))
    yield "gives a batch's vectors in another order", answers(_rotated)
    yield "counts no tokens of a batch", only(_is_batch, answers(_uncounted))
    yield "names another model", answers(lambda answer, _: {**answer, "model": "text-embedding-3-large"})
    yield "answers with zeros", each_vector(lambda vector: [0.0] * len(vector))


def _is_batch(payload: Payload) -> bool:
    value = payload.get("input")
    return isinstance(value, list) and len(value) > 1


def _repacked(kind: str) -> Fault:
    return texts(lambda text: pack(unpack(text).astype(kind)))


def _without(name: str) -> Fault:
    async def serve(call: Call, correct: Serve) -> Reply:
        payload = call.payload()
        return await correct(call.with_payload({key: value for key, value in payload.items() if key != name}))

    return serve


def _without_where(name: str, other: str) -> Fault:
    return only(lambda payload: name in payload and other in payload, _without(name))


def _rotated(answer: Any, _: Payload) -> None:
    vectors = [item["embedding"] for item in answer["data"]]
    for item, vector in zip(answer["data"], vectors[1:] + vectors[:1], strict=True):
        item["embedding"] = vector


def _uncounted(answer: Any, _: Payload) -> None:
    answer["usage"] = {"prompt_tokens": 0, "total_tokens": 0}
