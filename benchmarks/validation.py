"""Validation of one body: ours with all relations to the request, and other packages, all from the same bytes."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

import orjson

from benchmarks.measuring import Reader, compare
from benchmarks.other_validators import json_schema, readers_of_answers, schema_reader
from benchmarks.payloads import answer, request, request_of, texts, tokens
from benchmarks.table import Row, time_text
from conformance import Contract, validate_request, validate_response

ANSWERS = (
    ("2,048 vectors", 2048, "float", 1, 0.5),
    ("64 vectors", 64, "float", 8, 0.8),
    ("one vector", 1, "float", 200, 1.5),
    ("2,048 vectors in base64", 2048, "base64", 1, 2.0),
    ("64 vectors in base64", 64, "base64", 8, 2.0),
)
"""What an answer has, the number of its vectors, their encoding, the number of different bodies, and the target."""

SLOW = {"jsonschema", "openapi-core"}
"""They need half a minute for the largest bodies, which they do not get."""

INFORMATION = {"msgspec"}
"""Packages without a target: they decode into objects, and know no JSON Schema."""

LARGE = 5_000_000


def rows() -> Iterator[Row]:
    """All rows of this group."""
    contract = Contract.load()
    yield from _requests(contract)
    others = readers_of_answers(contract)
    for name, count, encoding, different, target in ANSWERS:
        bodies = [answer(Random(seed), count, encoding) for seed in range(different)]
        yield from _answers(name, bodies, request_of(count, encoding), target, others)


def _answers(
    name: str, bodies: list[bytes], request: bytes, target: float, others: dict[str, Reader]
) -> Iterator[Row]:
    def ours(body: bytes) -> object:
        return validate_response(body, request)

    assert not ours(bodies[0])
    measured = f"answer, {name}"
    yield _row(measured, bodies, ours, ("orjson.loads", orjson.loads), target)
    for package, theirs in others.items():
        if len(bodies[0]) < LARGE or package not in SLOW:
            limit = None if package in INFORMATION else 1.0
            yield _row(measured, bodies, ours, (package, theirs), limit)


def _requests(contract: Contract) -> Iterator[Row]:
    chance = Random(1)
    small = [request(text) for text in texts(chance, 50)] + [request("hello")]
    fast = schema_reader(json_schema(contract, contract.request.pointer))
    one = ("jsonschema-rs", fast)
    yield _row("request, one string", small[-1:], validate_request, one, 3.0, calls=1000)
    yield _row("request, one string of 60 words", small[:-1], validate_request, one, 3.0, calls=1000)
    for name, inputs in (
        ("2,048 strings", texts(chance, 2048)),
        ("2,048 token arrays", tokens(chance, 2048)),
    ):
        yield _row(
            f"request, {name}", [request(inputs)], validate_request, ("orjson.loads", orjson.loads), 1.5
        )


def _row(
    measured: str,
    bodies: list[bytes],
    ours: Reader,
    theirs: tuple[str, Reader],
    target: float | None,
    calls: int = 1,
) -> Row:
    package, read = theirs
    found = compare(bodies, ours, read, calls=calls)
    return Row(measured, package, time_text(found.ours), time_text(found.theirs), found.ratio, target)
