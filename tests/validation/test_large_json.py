"""Large JSON texts are read as small ones are, but their long arrays are not kept in memory."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.validation import MISSING, parse_json, validate_response
from conformance.validation.json_problem import ProblemKind
from conformance.validation.large_json import (
    LONG,
    MAX_MEMORY,
    MAX_VALUES,
    TooManyValues,
    TooMuchText,
    large_value,
    parse_large,
)
from conformance.validation.long_array import PIECE, LongArray
from conformance.validation.response import violations_in
from tests.sampling import slow

NUMBERS = [0.001 * n - 0.5 for n in range(1500)]
ITEMS = 20


def body_with(embedding: Any = NUMBERS, *, indent: int | None = None, **root: Any) -> bytes:
    """A large response; *embedding* is that of the item in the middle."""
    data = [{"object": "embedding", "index": n, "embedding": NUMBERS} for n in range(ITEMS)]
    data[ITEMS // 2]["embedding"] = embedding
    usage = {"prompt_tokens": ITEMS, "total_tokens": ITEMS}
    payload = {"object": "list", "data": data, "model": "text-embedding-ada-002", "usage": usage, **root}
    return json.dumps(payload, indent=indent, ensure_ascii=False).encode()


def long_text(items: str) -> bytes:
    return f"[{items}]".encode()


BODIES: dict[str, Callable[[], bytes]] = {
    "numbers": body_with,
    "indented": lambda: body_with(indent=1),
    "integers": lambda: body_with([*range(1500)]),
    "integers and other numbers": lambda: body_with([0, 1.5] * 700),
    "numbers beyond a double's integers": lambda: body_with([2**53 + 1, 2**64 + 1, 10**300, 1e300] * 300),
    "an integer that is too long": lambda: body_with([*NUMBERS, 10**700]),
    "infinity": lambda: body_with().replace(b"[-0.5,", b"[1e999,", 3),
    "NaN": lambda: body_with([*NUMBERS, float("nan")]),
    "null and true": lambda: body_with([*NUMBERS, None, True]),
    "a text": lambda: body_with([*NUMBERS, "a"]),
    "an array in the array": lambda: body_with([NUMBERS, [], NUMBERS]),
    "an array of several pieces": lambda: body_with(NUMBERS * 20),
    "an empty array of spaces": lambda: body_with().replace(b"}]", b',"x":[' + b" " * 300 + b"]}]"),
    "arrays in texts": lambda: body_with(model=f'"{NUMBERS}\\', user=f"{NUMBERS} \\"),
    "characters beyond ASCII": lambda: body_with(model="modèle 🦀", é="é" * 70_000),
    "a lone surrogate": lambda: body_with(model="MODEL").replace(b"MODEL", rb"\ud800"),
    "escape sequences": lambda: body_with(model="MODEL").replace(b"MODEL", rb"\u00e9\n\""),
    "data after characters beyond ASCII": lambda: body_with(é="é") + b" []",
    "a repeated name": lambda: body_with().replace(b'"usage"', b'"model":1,"usage"'),
    "a repeated name with an array": lambda: body_with().replace(
        b'"index": 3', b'"embedding":[1],"index": 3'
    ),
    "a byte order mark": lambda: b"\xef\xbb\xbf" + body_with(),
    "UTF-16": lambda: body_with().decode().encode("utf-16"),
    "a byte that is not UTF-8": lambda: body_with(model="MODEL").replace(b"MODEL", b"\xff"),
    "a missing colon before an array": lambda: body_with().replace(b'"embedding": [', b'"embedding" [', 9),
    "a missing comma after an array": lambda: body_with().replace(b"]}, {", b"]} {", 5),
    "a missing comma, indented": lambda: body_with(indent=2).replace(b'"usage"', b' "usage"'),
    "text after an array, beyond ASCII": lambda: body_with(indent=2, é="é").replace(b"],", b"], oh", 4),
    "a missing bracket": lambda: body_with()[:-2],
    "an open text": lambda: body_with()[:-20] + b'"' + json.dumps(NUMBERS).encode(),
    "data after the end": lambda: body_with() + b" []",
    "a leading zero": lambda: body_with().replace(b"-0.5,", b"-00.5,", 2),
    "two commas": lambda: body_with().replace(b", -0.4", b",, -0.4", 2),
    "a comma at the end of an array": lambda: body_with().replace(b"]}, {", b",]}, {", 7),
    "an array alone": lambda: json.dumps(NUMBERS * 20).encode(),
    "an array of arrays": lambda: json.dumps([NUMBERS] * 20).encode(),
    "deep nesting": lambda: b"[" * 127 + json.dumps(NUMBERS * 20).encode() + b"]" * 127,
    "too deep nesting": lambda: b"[" * 128 + json.dumps(NUMBERS * 20).encode() + b"]" * 128,
    "spaces": lambda: b" " * LONG,
}


@pytest.mark.parametrize("name", BODIES)
def test_a_large_text_is_read_as_a_small_one_is(name: str) -> None:
    body = BODIES[name]()
    assert len(body) >= LONG
    assert parse_large(body) == parse_json(body)


@pytest.mark.parametrize("name", BODIES)
def test_a_large_response_has_the_same_violations(name: str) -> None:
    body, contract = BODIES[name](), Contract.load()
    sent = {"input": ["a"] * ITEMS, "dimensions": 1500}
    assert violations_in(parse_large(body), sent, contract) == validate_response(
        body, sent, contract=contract
    )


def test_long_arrays_of_a_large_text_are_not_kept() -> None:
    value: Any = parse_large(body_with()).value
    assert {type(item["embedding"]) for item in value["data"]} == {LongArray}
    assert value == json.loads(body_with())


def test_a_small_text_has_plain_arrays() -> None:
    value: Any = parse_large(json.dumps(NUMBERS[:100]).encode()).value
    assert type(value) is list


@pytest.mark.slow
def test_reading_and_validating_numbers_needs_little_memory() -> None:
    count, double = 500_000, 8
    body = b'{"data":[{"index":0,"embedding":' + long_text(",".join(["0.123456789012345"] * count)) + b"}]}"
    contract = Contract.load()
    violations_in(parse_large(body), {"input": "a"}, contract)
    tracemalloc.start()
    violations_in(parse_large(body), {"input": "a"}, contract)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < count * double + 2**20


LEAST_WEIGHT = 50
"""Bytes that each item is estimated at, at least."""


@pytest.mark.parametrize(
    ("item", "weight"),
    [
        *((item, LEAST_WEIGHT) for item in ("[]", '""', "NaN")),
        *(slow(item, LEAST_WEIGHT) for item in ("{}", '{"":0}', "[[1]]", '"a",1')),
        slow(f"[{'1,' * 200}1]", 250),
    ],
)
def test_a_text_with_too_many_values_is_not_read(item: str, weight: int) -> None:
    body = long_text(",".join([item] * (MAX_VALUES // weight)))
    start = time.process_time()
    with pytest.raises(TooManyValues):
        parse_large(body)
    assert time.process_time() - start < 20
    assert large_value(body) is MISSING


@pytest.mark.parametrize(
    ("copies", "text"),
    [
        (2.9, b'["%b"]'),
        (5.9, b'["\xc3\xa9%b"]'),
        (5.9, b'["\\n%b"]'),
        (3.9, b'["%b",[' + b"1," * 200 + b"1]]"),
        (5.9, b'["\xc3\xa9",{"a":1,"a":"%b"}]'),
    ],
)
def test_a_text_with_strings_that_are_too_long_is_not_read(
    copies: float, text: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Copies of the text exist at the same time. Some have more bytes for each character."""
    body = text % (b"A" * 2**20)
    monkeypatch.setattr("conformance.validation.large_json.MAX_MEMORY", (copies + 0.2) * 2**20)
    assert parse_large(body) == parse_json(body)
    monkeypatch.setattr("conformance.validation.large_json.MAX_MEMORY", copies * 2**20)
    with pytest.raises(TooMuchText):
        parse_large(body)


def test_the_memory_for_reading_has_a_limit() -> None:
    assert MAX_MEMORY <= 150e6


@pytest.mark.slow
def test_the_base64_of_the_largest_batch_of_a_large_model_is_read() -> None:
    embedding = "A" * (4 * 4096 * 4 // 3 + 4)
    item = b'{"object":"embedding","index":0,"embedding":"%b"}' % embedding.encode()
    value: Any = parse_large(b'{"data":[%b]}' % b",".join([item] * 2048)).value
    assert value["data"][-1]["embedding"] == embedding


def array_in(text: str) -> LongArray:
    return LongArray(memoryview(f"-{text}-".encode()), 1, len(text) + 1)


@pytest.mark.parametrize(
    "text",
    ["[]", "[ ]", "[,]", "[1,]", "[,1]", "[1,,2]", "[01]", "[1 2]", "[NaN]", "[tru]", "[+1]", "[1.]", "[1e]"],
)
def test_a_text_that_is_not_an_array_of_scalars_is_no_long_array(text: str) -> None:
    with pytest.raises(ValueError, match="not an array"):
        array_in(text)


@pytest.mark.parametrize("wrong", [",", " ", "1,", ",1", ",,"])
@pytest.mark.parametrize("place", [0, PIECE - 2, PIECE - 1, PIECE, PIECE + 1, -1])
def test_no_wrong_comma_is_lost_between_pieces(wrong: str, place: int) -> None:
    items = "1," * PIECE
    place = place if place >= 0 else len(items) - 1
    text = f"[{items[:place]}{wrong}{items[place:]}1]"
    try:
        expected: object = json.loads(text)
    except ValueError:
        with pytest.raises(ValueError, match="not an array"):
            array_in(text)
    else:
        assert array_in(text) == expected


def long_array(items: list[Any]) -> LongArray:
    return array_in(json.dumps(items))


def test_a_long_array_is_read_as_a_list_is() -> None:
    items = [*range(20_000), 0.5, True, None]
    array = long_array(items)
    assert len(array) == len(items)
    assert [*array] == items
    assert array == items
    assert array != items[:-1]
    assert array != [*items[:-1], 1]
    assert [array[0], array[15_000], array[-2]] == [0, 15_000, True]
    assert array[19_998:] == items[19_998:]
    assert array[:1] == [0]
    assert 19_999 in array
    assert 20_000 not in array
    with pytest.raises(IndexError):
        array[len(items)]


@pytest.mark.parametrize(
    ("items", "types", "is_zero", "non_finite"),
    [
        ([0.5, 1], {float}, False, None),
        ([0, 0.0, False], {int, float, bool}, True, None),
        ([0.5, None], {float, type(None)}, False, None),
        ([1] * 100_000 + [float("inf"), float("-inf")], {int, float}, False, 100_000),
        ([10**400, 0.5], {int, float}, False, None),
    ],
)
def test_a_long_array_knows_its_contents(
    items: list[Any], types: set[type], is_zero: bool, non_finite: int | None
) -> None:
    array = array_in(json.dumps(items).replace("Infinity", "1e999"))
    assert (set(array.types), array.is_zero, array.non_finite) == (types, is_zero, non_finite)


def test_the_nesting_of_a_large_text_is_its_problem() -> None:
    deep = b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}"
    assert [problem.kind for problem in parse_large(deep).problems] == [ProblemKind.DEPTH]


def test_a_large_text_is_not_read_up_to_its_nesting_if_that_needs_too_much_memory() -> None:
    with pytest.raises(TooManyValues):
        parse_large(b"[" + b"[]," * (MAX_VALUES // 100) + b"[" * 200_000)
