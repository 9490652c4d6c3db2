"""Unusual values: one list of kinds, for every property, for unknown properties, and for items of arrays of numbers.

Our own validator decides which of these requests are invalid. Many bodies are equal to those of other generators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.contract import Contract, Schema
from conformance.contract.examples import base_payload, example

from .budget import within_budget
from .case import Case, encode, make_case
from .valid import NON_ASCII

LONG = 5_000
"""Characters of a very long string, or of a very long name of a property."""

PAIRS = 100
"""Pairs of nested arrays and objects. A parser may limit the depth, but no contract allows such a value."""

UNKNOWN = "unknown_property"
MARK = "\ue000"
"""A private character, in place of the JSON of a value that has no Python object."""

ANY: Mapping[str, bytes] = {
    "a 64-bit integer plus one": b"9223372036854775808",
    "an empty string": b'""',
    "a non-ASCII string with a NUL": encode(f"{NON_ASCII[:4]}\0{NON_ASCII[4:]}"),
    "a string with a lone surrogate": encode("river \ud800 stone"),
    f"a string of {LONG:,} characters": encode("x" * LONG),
    "an object": b'{"river":"stone"}',
    f"{2 * PAIRS} nested arrays and objects": b'[{"a":' * PAIRS + b"7" + b"}]" * PAIRS,
}
"""Kinds of values for every place, as JSON. Known properties get WRONG_TYPES too, by ``invalid``."""

FOR_UNKNOWN: Mapping[str, bytes] = {"null": b"null", "an empty array": b"[]"}
"""Further kinds for unknown properties: values that some servers remove before the validation."""

FOR_NUMBERS: Mapping[str, bytes] = {
    "a negative integer": b"-1",
    "the largest 32-bit integer": b"2147483647",
    "an integer of 100 digits": b"1" * 100,
    "a whole number with a fraction part": b"98.0",
    "NaN": b"NaN",
    "a number above the range of 64-bit floats": b"1e400",
}
"""Further kinds for places where numbers are valid."""

NAMES: Mapping[str, str] = {
    "an empty name": "",
    "a non-ASCII name with a NUL": f"{NON_ASCII}\0",
    f"a name of {LONG:,} characters": "x" * LONG,
}
"""Names of unknown properties. Names that have a meaning in a server's language are in LANGUAGE_NAMES."""

LANGUAGE_NAMES = ("__proto__",)
"""Names that some servers remove before the validation, so that they may accept them."""

BINARY: Mapping[str, bytes] = {
    "UTF-16 as the whole body": '{"input":"river"}'.encode("utf-16"),
    "bytes above 0x7f as the whole body": bytes(range(0x80, 0x88)),
}

Insert = Callable[[object], object]


def unusual_cases(contract: Contract, model: str) -> list[Case]:
    """A case for each kind of value at each place, without those that are plainly valid."""
    made = (make_case(contract, "", what, body) for what, body in _bodies(contract, model))
    return list({case.body: case for case in within_budget(contract, made)}.values())


def names_of_languages(contract: Contract, model: str) -> list[Case]:
    """A case for each of LANGUAGE_NAMES."""
    base = base_payload(contract, model)
    return [
        make_case(contract, "", f"the property {name}", {**base, name: {"river": 1}})
        for name in LANGUAGE_NAMES
    ]


def _bodies(contract: Contract, model: str) -> Iterator[tuple[str, bytes]]:
    base, known = base_payload(contract, model), contract.form.properties
    for name, node in known.items():
        insert = _property(base, name)
        yield from _at(name, insert, {**ANY, **(FOR_NUMBERS if _is_number(node) else {})})
        for branch in node.branches or (node,):
            if branch.items is not None and _is_number(branch.items):
                yield from _at(f"an item of {name}", _item(insert, branch.items), FOR_NUMBERS)
    yield from _at("an undescribed property", _property(base, UNKNOWN), {**ANY, **FOR_UNKNOWN})
    for what, name in NAMES.items():
        yield f"an undescribed property with {what}", encode({**base, name: "river"})
    yield from BINARY.items()


def _at(place: str, insert: Insert, kinds: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    marked, mark = encode(insert(MARK)), encode(MARK)
    for kind, value in kinds.items():
        yield f"{kind} as {place}", marked.replace(mark, value)


def _property(base: dict[str, Any], name: str) -> Insert:
    return lambda value: {**base, name: value}


def _item(insert: Insert, node: Schema) -> Insert:
    return lambda value: insert([example(node), value])


def _is_number(node: Schema) -> bool:
    return node.type in ("integer", "number")
