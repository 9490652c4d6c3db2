"""The fast path of validation accepts only what the exact path accepts, and leaves all else to it."""

from __future__ import annotations

import base64
import json
import random
import struct
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson
import pytest

from conformance.contract import Contract
from conformance.validation import parse_json, simd_numbers, validate_response
from conformance.validation.embeddings import vectors_in
from conformance.validation.json_problem import ProblemKind
from conformance.validation.json_syntax import MAX_DEPTH
from conformance.validation.large_json import parse_large
from conformance.validation.long_array import LongArray
from conformance.validation.quick_response import is_certainly_valid
from conformance.validation.quick_schema import quick_test
from conformance.validation.request import request_validator
from conformance.validation.simd_numbers import read_numbers
from tests.validation.payloads import floats, response_with

CONTRACT = Contract.load()

NUMBERS = (
    *("-0", "0", "0.0", "1", "-7", "1e400", "-1e400", "5e-324", "1E5", "0.1e1", "1e22", "1e200"),
    *("12345678901234567890", "9" * 30, "9007199254740993", "01", "+1", ".5", "1.", "0x1", "NaN", "Infinity"),
    *("null", "true", '"0.5"', "[]", "[1]", "[[2]]", "{}", '{"a": [1]}', "", '"\\ud800"', '"\\u0041"', '"["'),
)
"""What is written instead of a number."""

BYTES = (b"", *(bytes([byte]) for byte in b',][{}":\\\x00\xff\xc3 \n1-e.'), b"\xef\xbb\xbf")
"""What is written instead of a byte."""

MEMBERS = (
    *('"index": 0', '"index": 1.0', '"index": true', '"index": "0"', '"object": "list"', '"embedding": null'),
    *('"embedding": []', '"embedding": [0, 0.0]', '"embedding": [[1, 2], [3]]', '"embedding": [1, [2]]'),
    *(
        '"x": {"embedding":[1]}',
        '"x": {"embedding":"AACAPw=="}',
        '"x": "\\"embedding":["',
        '"\\u0065mbedding": [1]',
    ),
    *('"embedding": "AACAPw=="', '"embedding": "AACAPx=="', '"extra": [1, 2]', '"extra": {"index": 1}'),
)
"""What is written in front of the members of an item: some names occur twice then."""


@pytest.fixture(autouse=True)
def without_cache() -> Iterator[None]:
    """Each test looks for the SIMD parser again."""
    simd_numbers._parser.cache_clear()
    yield
    simd_numbers._parser.cache_clear()


@pytest.fixture
def short_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    """The arrays of short bodies stay text, too."""
    monkeypatch.setattr("conformance.validation.large_json.LONG", 0)
    monkeypatch.setattr("conformance.validation.large_json.LONG_ARRAY", 0)


def payload(chance: random.Random) -> tuple[bytes, dict[str, Any]]:
    """A valid response, and its request."""
    count, size = chance.randint(1, 4), chance.choice((1, 2, 9))
    vectors: list[Any] = [[chance.gauss(0, 1) for _ in range(size)] for _ in range(count)]
    request: dict[str, Any] = {"model": "m", "input": ["a"] * count}
    if chance.random() < 0.3:
        request["encoding_format"] = "base64"
        vectors = [base64.b64encode(struct.pack(f"<{size}f", *v)).decode() for v in vectors]
    if chance.random() < 0.5:
        request["dimensions"] = size
    data = [{"object": "embedding", "index": n, "embedding": v} for n, v in enumerate(vectors)]
    usage = {"prompt_tokens": count, "total_tokens": count}
    response = {"object": "list", "data": data, "model": "m", "usage": usage}
    if chance.random() < 0.2:
        return json.dumps(response, indent=chance.choice((None, 1))).encode(), request
    return orjson.dumps(response), request


def corrupted(body: bytes, chance: random.Random) -> bytes:
    """*body* with one or two small changes, most of which make it invalid."""
    for _ in range(chance.choice((0, 1, 1, 2))):
        place = chance.randrange(len(body))
        match chance.randrange(4):
            case 0:
                body = body[:place] + chance.choice(BYTES) + body[place + chance.randint(0, 1) :]
            case 1:
                places = [n for n, byte in enumerate(body) if byte in b"[,"]
                place = chance.choice(places) + 1
                end = next((n for n in range(place, len(body)) if body[n] in b",]"), len(body))
                body = body[:place] + chance.choice(NUMBERS).encode() + body[end:]
            case 2:
                body = body.replace(b'{"object":"embedding"', b"{%b" % chance.choice(MEMBERS).encode(), 1)
            case 3:
                member = chance.choice(MEMBERS).encode()
                body = body.replace(b'{"object":"embedding"', b'{%b, "object":"embedding"' % member, 1)
    return body


def cases(seed: int, count: int) -> Iterator[tuple[bytes, Mapping[str, Any]]]:
    chance = random.Random(seed)
    for _ in range(count):
        body, request = payload(chance)
        yield corrupted(body, chance), request


def without_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a platform for which the SIMD parser is not available."""
    monkeypatch.setitem(sys.modules, "simdjson", None)
    simd_numbers._parser.cache_clear()


def judged(body: bytes, request: Mapping[str, Any]) -> list[object]:
    return [(v.requirement, v.pointer, v.expected, v.found) for v in validate_response(body, request)]


SEEDS = [0, *(pytest.param(seed, marks=pytest.mark.slow) for seed in range(1, 20))]


@pytest.mark.usefixtures("short_arrays")
@pytest.mark.parametrize("seed", SEEDS)
def test_all_paths_have_the_same_violations(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    fast = [judged(*case) for case in cases(seed, 1500)]
    without_parser(monkeypatch)
    slower = [judged(*case) for case in cases(seed, 1500)]
    monkeypatch.setattr("conformance.validation.response.is_certainly_valid", lambda *arguments: False)
    slow = [judged(*case) for case in cases(seed, 1500)]
    monkeypatch.setattr("conformance.validation.large_json.LONG", 2**30)
    monkeypatch.setattr("conformance.validation.response.response_test", lambda contract: lambda value: False)
    monkeypatch.setattr("conformance.validation.strict_json.SHORT", 0)
    for found, *others, (body, request) in zip(fast, slower, slow, cases(seed, 1500), strict=True):
        assert [found, found, found] == [*others, judged(body, request)], body
    assert 150 < sum(not found for found in fast) < 1350


@pytest.mark.usefixtures("short_arrays")
@pytest.mark.parametrize("seed", SEEDS)
def test_all_paths_read_the_same_vectors(seed: int) -> None:
    compared = 0
    for body, request in cases(seed, 1000):
        found, exact = (
            vectors_in(read(body).value, len(request["input"]), range(9), CONTRACT.roles)
            for read in (parse_large, parse_json)
        )
        assert (found is None) == (exact is None), body
        if found is not None and exact is not None:
            compared += 1
            assert [v.tolist() for v in found] == [v.tolist() for v in exact]
    assert compared > 200


@pytest.mark.parametrize("encoding", ["float", "base64"])
def test_valid_responses_are_accepted_quickly(encoding: str) -> None:
    for size in (1, 2, 3, 1536):
        numbers = [0.0] * (size - 1) + [-0.5]
        vector = numbers if encoding == "float" else floats(*numbers)
        response = response_with(*[vector] * 65)
        request = {"input": ["a"] * 65, "encoding_format": encoding, "dimensions": size}
        for indent in (None, 2):
            body = json.dumps(response, indent=indent).encode()
            assert is_certainly_valid(body, request, CONTRACT)
            assert not is_certainly_valid(body, {**request, "dimensions": size + 1}, CONTRACT)
            assert not is_certainly_valid(body, {**request, "input": "a"}, CONTRACT)


@pytest.mark.parametrize(
    "vector",
    [
        *(
            "[0]",
            "[-0.0, 0]",
            "[]",
            "[1e400]",
            "[1, null]",
            "[[1]]",
            "[1, [2]]",
            '[{"a": 1}]',
            '["]"]',
            "[01]",
        ),
        *(
            '""',
            '"AAAAAA=="',
            '"AAAAgA=="',
            '"AACAfw=="',
            '"AADAfw=="',
            '"AACAPw"',
            '"AACAPx=="',
            '"AACA===="',
        ),
        *('"AACAPw=A"', '"AACAPw==AACAPw=="', '"AACAPwAA"', '"AACA\\/w=="', '" AACAPw="', "null", "1", "{}"),
    ],
)
@pytest.mark.parametrize("place", [0, 1, 2])
def test_no_other_vector_is_accepted_quickly(vector: str, place: int) -> None:
    vectors = ["[0.5]" if vector.startswith("[") else '"AACAPw=="'] * 3
    vectors[place] = vector
    template = json.dumps(response_with(*"abc"))
    for name, text in zip("abc", vectors, strict=True):
        template = template.replace(f'"{name}"', text)
    assert not is_certainly_valid(template.encode(), None, CONTRACT)


@pytest.mark.parametrize("vector", [[0.5], floats(0.5)])
def test_a_response_that_is_too_deep_is_not_accepted_quickly(vector: Any) -> None:
    for count, depth in ((3, MAX_DEPTH - 3), (3, MAX_DEPTH - 2), (300, MAX_DEPTH - 2), (300, 500)):
        body = orjson.dumps(response_with(*[vector] * count)).replace(
            b'"index":1,', b'"index":1,"x":%b%b,' % (b"[" * depth, b"]" * depth)
        )
        found = parse_json(body).problems
        assert is_certainly_valid(body, None, CONTRACT) == (not found)
        assert [problem.kind for problem in found] == [ProblemKind.DEPTH] * (depth > MAX_DEPTH - 3)


@pytest.mark.usefixtures("short_arrays")
def test_a_contract_that_limits_arrays_sees_all_items(tmp_path: Path) -> None:
    """The quick test sees one item of a long array."""
    limits = {"minItems": 3, "maxItems": 4, "items": {"type": "number", "maximum": 5}}
    file = tmp_path / "contract.json"
    vector = {"type": "array", "items": {"type": "number"}}
    item = {"type": "object", "properties": {"embedding": {**vector, **limits}}}
    response = {"type": "object", "properties": {"data": {"type": "array", "items": item}}}
    request = {"type": "object", "properties": {"input": {"type": "string"}}}
    content = {"content": {"application/json": {"schema": request}}}
    success = {"200": {"description": "", "content": {"application/json": {"schema": response}}}}
    operation = {"requestBody": content, "responses": success}
    document = {
        "openapi": "3.1.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/embeddings": {"post": operation}},
    }
    file.write_bytes(orjson.dumps(document))
    contract = Contract.load(file, profile="open")
    for numbers, keyword in (
        ([1, 2], "min-items"),
        ([1] * 5, "max-items"),
        ([1, 2, 6], "maximum"),
        ([1, 2, 3], ""),
    ):
        body = orjson.dumps({"data": [{"embedding": numbers}]})
        found = [violation.requirement for violation in validate_response(body, contract=contract)]
        assert [id.rpartition(".")[2] for id in found] == [keyword] * bool(keyword)


@pytest.mark.parametrize(
    "text", [b"[1e400]", b"[%b]" % (b"9" * 30), b"[null]", b'["a"]', b"[1", b"{}", b"1", b"", b"[[1"]
)
def test_the_parser_reads_only_arrays_of_numbers(text: bytes) -> None:
    assert read_numbers(text) is None


def test_the_parser_reads_all_notations_of_numbers() -> None:
    numbers = read_numbers(b"[0.5, 1,-2e3 ,-0, 5e-324]")
    assert numbers is not None
    assert numbers.tolist() == [0.5, 1.0, -2000.0, 0.0, 5e-324]


def test_without_the_parser_an_array_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    text = memoryview(b"[%b1]" % (b"0.25, " * 100))
    fast = LongArray(text, 0, len(text))
    assert fast.numbers() is not None
    without_parser(monkeypatch)
    exact = LongArray(text, 0, len(text))
    assert exact.numbers() is None
    assert (len(fast), fast.is_zero, fast.non_finite, [*fast]) == (101, False, None, [*exact])


def test_what_the_quick_test_accepts_is_valid() -> None:
    chance = random.Random(5)
    values: tuple[Any, ...] = (
        *("a", "", ["a"], ["a", ""], [1], [[1, 2]], [1.0], [True], [[]], ["\ud800"]),
        *(None, {}, 5, 5.0, -1, 1e300, "x" * 9, "base64", False),
    )
    names = (*CONTRACT.form.properties, "x")
    test, validator = quick_test(CONTRACT.request), request_validator(CONTRACT)
    accepted = 0
    for _ in range(3000):
        request = {
            name: chance.choice(values) for name in chance.sample(names, chance.randint(1, len(names)))
        }
        accepted += test(request)
        assert validator.accepts(request) or not test(request), request
    assert accepted
