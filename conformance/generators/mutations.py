"""Small changes of a JSON value. For most keywords of a schema, at least one of the results is invalid."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .wrong_values import WRONG_TYPES

MAX_DEPTH = 3
"""Levels of a value that are changed."""

UNKNOWN = "unknown_property"

ITEMS: tuple[object, ...] = (None, True, 7, 0.5, "river", [], {})
"""Items and members that are added to a value."""

MANY = 20
"""Members that are added together, for ``maxProperties`` and ``maxContains``."""


def value_mutations(value: Any, depth: int = MAX_DEPTH) -> Iterator[Any]:
    """Yield values that differ from *value* in one place, the outermost place first, and a value of each type."""
    yield from _changed(value)
    if depth > 1:
        yield from _inside(value, depth)
    yield from WRONG_TYPES


def with_named_constants(value: Any, raw: Any) -> Iterator[Any]:
    """Yield *value* with the constants that the schema *raw* names, in place of it and of its members."""
    constants, names = list(_constants(raw)), list(dict.fromkeys(_names(raw)))
    yield from constants
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield from (value + node["multipleOf"] / 2 for node in _nodes(raw) if "multipleOf" in node)
    if isinstance(value, Mapping):
        for name in names:
            yield from ({**value, name: constant} for constant in (*constants, *ITEMS))
    if isinstance(value, list):
        yield from ([*value, constant] for constant in constants)


def _changed(value: Any) -> Iterator[Any]:
    match value:
        case bool():
            yield not value
        case str():
            yield from (f"{value}x", value[:-1], "", value.swapcase(), f" {value}", f"{value}!", value * 2)
        case int() | float():
            yield from (value + 1, value - 1, value + 0.5, -value, 0, value * 10, str(value))
        case list():
            yield from (value[:-1], value[1:], [])
            yield from ([*value, item] for item in (*value[:1], *ITEMS))
            yield from ([item, *value[1:]] for item in ITEMS)
            yield value * MANY
        case Mapping():
            yield from ({k: v for k, v in value.items() if k != name} for name in value)
            yield from ({**value, UNKNOWN: item} for item in ITEMS)
            yield {**value, **{f"{UNKNOWN}_{n}": "river" for n in range(MANY)}}
            yield from ({**value, name: "river"} for name in ("", "X", "unknown property"))
            yield {}


def _inside(value: Any, depth: int) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for name, member in value.items():
            yield from ({**value, name: changed} for changed in value_mutations(member, depth - 1))
    elif isinstance(value, list):
        for index, item in enumerate(value[:3]):
            for changed in value_mutations(item, depth - 1):
                yield [*value[:index], changed, *value[index + 1 :]]


def _constants(raw: Any) -> Iterator[Any]:
    """The values in ``const``, ``enum``, ``example`` and ``default`` of *raw* and of the schemas in it."""
    for node in _nodes(raw):
        yield from (node[key] for key in ("const", "example", "default") if key in node)
        yield from (value for key in ("enum", "examples") for value in _list(node.get(key)))


def _names(raw: Any) -> Iterator[str]:
    """The names of properties that *raw* and the schemas in it mention, and the letters of patterns of names."""
    for node in _nodes(raw):
        for key in ("properties", "dependentRequired", "dependentSchemas", "dependencies"):
            yield from _object(node.get(key))
        yield from (name for name in _list(node.get("required")) if isinstance(name, str))
        yield from map(_letters, _object(node.get("patternProperties")))


def _letters(pattern: str) -> str:
    return "".join(letter for letter in pattern if letter.isalnum() or letter in "_-")


def _nodes(raw: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(raw, Mapping):
        yield raw
    for inner in raw.values() if isinstance(raw, Mapping) else _list(raw):
        yield from _nodes(inner)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()
