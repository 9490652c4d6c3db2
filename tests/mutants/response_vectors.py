"""Mutants whose responses do not match their requests, or whose vectors are invalid."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from tests.faulty_servers.embeddings import changes_vectors, decode, to_base64
from tests.faulty_servers.faults import Condition, changes_result, changes_result_body, only_for
from tests.faulty_servers.messages import Payload
from tests.faulty_servers.servers import Fault
from tests.mutants.mutant import Mutant
from tests.mutants.response_schema import (
    data,
    each_item,
    each_vector,
    in_items,
    in_usage,
    only_if,
    setting,
    with_first_number,
)

URL_SAFE = str.maketrans("+/", "-_")


def response_vector_mutants() -> Iterator[Mutant]:
    """The mutants of area response about counts, lengths, numbers and encodings."""
    yield from _counts()
    yield from _lengths()
    yield from _numbers()
    yield from _encodings()


def each_base64(change: Callable[[str], str]) -> Fault:
    """A server that changes the embeddings that are base64."""
    return each_item("embedding", only_if(str, change))


def _counts() -> Iterator[Mutant]:
    count, index, usage = "response.count", "response.index", "response.usage"
    negative = {"prompt_tokens": -1, "total_tokens": -1}
    yield Mutant("omits the last item", count, data(lambda d: d[:-1]))
    yield Mutant("omits the first item", count, data(lambda d: _renumbered(d[1:])))
    yield Mutant("returns the first item twice", count, data(lambda d: _renumbered([d[0], *d])))
    yield Mutant("returns only the first item", count, data(lambda d: d[:1]))
    yield Mutant("starts the index at 1", index, each_item("index", lambda i: i + 1))
    yield Mutant("returns index 0 for every item", index, each_item("index", lambda i: 0))
    yield Mutant("returns negative indices", index, each_item("index", lambda i: -i))
    yield Mutant(
        "returns negative token counts", f"{usage}.not-negative", changes_result(setting("usage", negative))
    )
    yield Mutant(
        "returns a total below prompt_tokens",
        f"{usage}.total",
        changes_result(in_usage(setting("total_tokens", 0))),
    )


def _lengths() -> Iterator[Mutant]:
    empty, dimensions = "response.not-empty", "response.dimensions"
    yield Mutant("ignores dimensions", dimensions, changes_result(where_sized(lambda v: [0.5] * 8)))
    yield Mutant(
        "returns one number more than dimensions",
        dimensions,
        changes_result(where_sized(lambda v: [*v, 0.5])),
    )
    in_batches = only_for(
        lambda p: "dimensions" in p and isinstance(p["input"], list) and len(p["input"]) > 16,
        changes_vectors(lambda vectors, _: [np.resize(vector, 99) for vector in vectors]),
    )
    yield Mutant("ignores dimensions in batches of more than 16 texts", dimensions, in_batches)
    yield Mutant("shortens the last vector of a batch", "response.length", data(_with_short_last))
    yield Mutant("returns empty vectors", empty, each_vector(lambda v: []))
    yield Mutant("returns empty base64", empty, each_base64(lambda t: ""))


def _numbers() -> Iterator[Mutant]:
    yield Mutant(
        "returns a number that overflows",
        "response.finite",
        changes_result_body(lambda body: with_first_number(body, b"1e999")),
    )
    yield Mutant("encodes NaN in base64", "response.finite", each_base64(_with_first(float("nan"))))
    yield Mutant("encodes infinity in base64", "response.finite", each_base64(_with_first(float("inf"))))


def _encodings() -> Iterator[Mutant]:
    encoding, base64 = "response.encoding", "response.base64"
    floats = each_item("embedding", only_if(str, lambda text: decode(text).tolist()))
    half = each_base64(lambda text: b64encode(b64decode(text) + b"ab").decode())
    yield Mutant("ignores base64", encoding, floats)
    yield Mutant("always returns base64", encoding, each_vector(lambda v: to_base64(v)))
    yield Mutant("omits base64 padding", base64, each_base64(lambda t: t.rstrip("=") if "=" in t else t[:-1]))
    yield Mutant("returns URL-safe base64", base64, each_base64(lambda t: f"-_{t[2:].translate(URL_SAFE)}"))
    yield Mutant(
        "returns base64 with line breaks", base64, each_base64(lambda t: re.sub("(.{76})", r"\1\n", t))
    )
    yield Mutant("returns base64 as a data URL", base64, each_base64(lambda t: f"data:;base64,{t}"))
    yield Mutant("encodes two bytes too many in base64", base64, half)
    yield Mutant("returns hexadecimal", base64, each_base64(lambda t: b64decode(t).hex() + "0"))


def where_sized(change: Condition) -> Callable[[Any, Payload], None]:
    """A change of vectors that are arrays, in responses to requests with ``dimensions``."""

    def every(result: Any, request: Payload) -> None:
        if "dimensions" in request:
            sized = only_if(list, change)
            in_items(lambda item, _: item.update(embedding=sized(item["embedding"])))(result, request)

    return every


def _renumbered(items: list[Any]) -> list[Any]:
    return [{**item, "index": index} for index, item in enumerate(items)]


def _with_short_last(items: list[Any]) -> list[Any]:
    last = items[-1]
    if len(items) < 2 or not isinstance(last["embedding"], list):
        return items
    return [*items[:-1], {**last, "embedding": last["embedding"][:-1]}]


def _with_first(number: float) -> Callable[[str], str]:
    def change(text: str) -> str:
        vector = decode(text)
        vector[0] = number
        return to_base64(vector)

    return change
