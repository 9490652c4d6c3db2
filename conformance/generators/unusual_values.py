"""Unusual values: one list of kinds, for every property, for unknown properties, and for items of arrays of numbers.

Our own validator decides which of these requests are invalid. Many bodies are equal to those of other generators.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.contract import Contract, Schema
from conformance.contract.example_values import example_value

from .base import base_payload
from .budget import within_budget
from .case import Case, encode_payload, make_case
from .valid import NON_ASCII

LONG = 5_000
"""Characters of a very long string, or of a very long name of a property."""

PAIRS = 100
"""Pairs of nested arrays and objects: more than parsers must accept."""

FEWER_PAIRS = 40
"""Pairs of nested arrays and objects for places where a target may accept every value: parsers accept these."""

UNKNOWN = "unknown_property"
MARK = "\ue000"
"""A private character, in place of the JSON of a value that has no Python object."""

ANY: Mapping[str, bytes] = {
    "the integer 2^63": b"9223372036854775808",
    "an empty string": b'""',
    "a non-ASCII string with a NUL": encode_payload(f"{NON_ASCII[:4]}\0{NON_ASCII[4:]}"),
    "a string with a lone surrogate": encode_payload("river \ud800 stone"),
    f"a string of {LONG:,} characters": encode_payload("x" * LONG),
    "an object": b'{"river":"stone"}',
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

UTF16 = "UTF-16"
BINARY: Mapping[str, bytes] = {
    "bytes above 0x7f": bytes(range(0x80, 0x88)),
}

Insert = Callable[[object], object]


def unusual_cases(contract: Contract, model: str | None) -> list[Case]:
    """A case for each kind of value at each place, without those that are plainly valid."""
    made = (make_case(contract, "", what, body) for what, body in _bodies(contract, model))
    return list({case.body: case for case in within_budget(contract, made)}.values())


def names_of_languages(contract: Contract, model: str | None) -> list[Case]:
    """A case for each of LANGUAGE_NAMES."""
    base = base_payload(contract, model)
    if not isinstance(base, dict):
        return []
    return [
        make_case(contract, "", f"the property {name}", {**base, name: {"river": 1}})
        for name in LANGUAGE_NAMES
    ]


def _bodies(contract: Contract, model: str | None) -> Iterator[tuple[str, bytes]]:
    base, known = base_payload(contract, model), contract.form.properties
    for name, node in known.items():
        insert = _property(base, name)
        yield from _at(name, insert, {**ANY, **(FOR_NUMBERS if _is_number(node) else {})})
        yield from _nested_at(contract, name, insert)
        for branch in node.branches or (node,):
            if branch.items is not None and _is_number(branch.items):
                yield from _at(f"an item of {name}", _item(insert, branch.items), FOR_NUMBERS)
    if isinstance(base, dict):
        yield from _undescribed(contract, base)
    else:
        insert = _item(lambda value: value, contract.request.items or contract.request)
        yield from _at("an item of the body", insert, ANY)
        yield from _nested_at(contract, "an item of the body", insert)
    river = (
        encode_payload(contract.roles.named(texts="river"))
        if isinstance(base, dict)
        else encode_payload(base)
    )
    for kind, body in {UTF16: river.decode().encode("utf-16"), **BINARY}.items():
        yield f"{kind} as the whole body", body


def _undescribed(contract: Contract, base: dict[str, Any]) -> Iterator[tuple[str, bytes]]:
    undescribed, insert = "an undocumented property", _property(base, UNKNOWN)
    yield from _at(undescribed, insert, {**ANY, **FOR_UNKNOWN})
    yield from _nested_at(contract, undescribed, insert)
    for what, name in NAMES.items():
        yield f"an undocumented property with {what}", encode_payload({**base, name: "river"})


def _at(place: str, insert: Insert, kinds: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    marked, mark = encode_payload(insert(MARK)), encode_payload(MARK)
    for kind, value in kinds.items():
        yield f"{kind} as {place}", marked.replace(mark, value)


def _nested_at(contract: Contract, place: str, insert: Insert) -> Iterator[tuple[str, bytes]]:
    """A nested value: deeper than parsers must accept only where a target must reject every nested value."""
    for what, body in _at(place, insert, nested_value(is_free=True)):
        violations = make_case(contract, "", what, body).violations
        must = any(contract.catalogue[id].level == "must" for id in violations)
        yield from _at(place, insert, nested_value(is_free=False)) if must else [(what, body)]


def nested_value(is_free: bool) -> Mapping[str, bytes]:
    """A deeply nested value, by its kind; with *is_free*, one that parsers accept."""
    pairs = FEWER_PAIRS if is_free else PAIRS
    return {f"{2 * pairs} nested arrays and objects": b'[{"a":' * pairs + b"7" + b"}]" * pairs}


def _property(base: dict[str, Any], name: str) -> Insert:
    return lambda value: {**base, name: value}


def _item(insert: Insert, node: Schema) -> Insert:
    return lambda value: insert([example_value(node), value])


def _is_number(node: Schema) -> bool:
    return node.type in ("integer", "number")
