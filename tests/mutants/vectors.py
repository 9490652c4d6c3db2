"""Mutants whose answers do not fit their requests, or whose vectors are none."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.mutants.asgi import Fault
from tests.mutants.mutant import Mutant, Payload, Test, answers, writes
from tests.mutants.response import (
    data,
    each_item,
    each_vector,
    in_items,
    in_usage,
    numbered,
    only_if,
    setting,
)

URL_SAFE = str.maketrans("+/", "-_")


def vector_mutants() -> Iterator[Mutant]:
    """The mutants of area response that are about relations and vectors."""
    yield from _counts()
    yield from _lengths()
    yield from _numbers()
    yield from _encodings()


def unpack(text: str) -> Any:
    """The vector in base64 of little-endian 32-bit floats."""
    return np.frombuffer(b64decode(text), "<f4")


def pack(vector: Any) -> str:
    """Base64 of the bytes of *vector*."""
    return b64encode(vector.tobytes()).decode()


def texts(change: Callable[[str], str]) -> Fault:
    """A server that changes the vectors that are base64."""
    return each_item("embedding", only_if(str, change))


def _counts() -> Iterator[Mutant]:
    count, index, usage = "response.count", "response.index", "response.usage"
    negative = {"prompt_tokens": -1, "total_tokens": -1}
    yield Mutant("forgets the last embedding", count, data(lambda d: d[:-1]))
    yield Mutant("forgets the first embedding", count, data(lambda d: _counted(d[1:])))
    yield Mutant("gives the first embedding twice", count, data(lambda d: _counted([d[0], *d])))
    yield Mutant("answers the first text alone", count, data(lambda d: d[:1]))
    yield Mutant("counts from one", index, each_item("index", lambda i: i + 1))
    yield Mutant("gives each embedding the index 0", index, each_item("index", lambda i: 0))
    yield Mutant("counts backwards", index, each_item("index", lambda i: -i))
    yield Mutant("counts tokens below zero", f"{usage}.not-negative", answers(setting("usage", negative)))
    yield Mutant(
        "totals less than the prompt", f"{usage}.total", answers(in_usage(setting("total_tokens", 0)))
    )


def _lengths() -> Iterator[Mutant]:
    empty, dimensions = "response.not-empty", "response.dimensions"
    yield Mutant("ignores dimensions", dimensions, answers(where_sized(lambda v: [0.5] * 8)))
    yield Mutant("gives one dimension more", dimensions, answers(where_sized(lambda v: [*v, 0.5])))
    yield Mutant("cuts the last vector short", "response.length", data(_cut_last))
    yield Mutant("answers with empty vectors", empty, each_vector(lambda v: []))
    yield Mutant("answers with empty base64", empty, texts(lambda t: ""))


def _numbers() -> Iterator[Mutant]:
    yield Mutant("overflows", "response.finite", writes(lambda body: numbered(body, b"1e999")))
    yield Mutant("packs NaN", "response.finite", texts(_with_first(float("nan"))))
    yield Mutant("packs infinity", "response.finite", texts(_with_first(float("inf"))))


def _encodings() -> Iterator[Mutant]:
    encoding, base64 = "response.encoding", "response.base64"
    floats = each_item("embedding", only_if(str, lambda text: unpack(text).tolist()))
    half = texts(lambda text: b64encode(b64decode(text) + b"ab").decode())
    yield Mutant("ignores base64", encoding, floats)
    yield Mutant("always answers in base64", encoding, each_vector(lambda v: pack(np.array(v, "<f4"))))
    yield Mutant("leaves padding out", base64, texts(lambda t: t.rstrip("=") if "=" in t else t[:-1]))
    yield Mutant("writes URL-safe base64", base64, texts(lambda t: f"-_{t[2:].translate(URL_SAFE)}"))
    yield Mutant("breaks base64 into lines", base64, texts(lambda t: re.sub("(.{76})", r"\1\n", t)))
    yield Mutant("writes base64 as a data URL", base64, texts(lambda t: f"data:;base64,{t}"))
    yield Mutant("packs half a float too much", base64, half)
    yield Mutant("writes hexadecimal", base64, texts(lambda t: b64decode(t).hex() + "0"))


def where_sized(change: Test) -> Callable[[Any, Payload], None]:
    """A change to the vectors of requests that name ``dimensions``, those that are arrays."""

    def every(answer: Any, request: Payload) -> None:
        if "dimensions" in request:
            sized = only_if(list, change)
            in_items(lambda item, _: item.update(embedding=sized(item["embedding"])))(answer, request)

    return every


def _counted(items: list[Any]) -> list[Any]:
    return [{**item, "index": index} for index, item in enumerate(items)]


def _cut_last(items: list[Any]) -> list[Any]:
    last = items[-1]
    if len(items) < 2 or not isinstance(last["embedding"], list):
        return items
    return [*items[:-1], {**last, "embedding": last["embedding"][:-1]}]


def _with_first(number: float) -> Callable[[str], str]:
    def change(text: str) -> str:
        vector = unpack(text).copy()
        vector[0] = number
        return pack(vector)

    return change
