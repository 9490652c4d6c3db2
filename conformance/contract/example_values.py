"""Short, valid example values for a schema."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, floor
from typing import Any

from .example_strings import fitting_string
from .schema import Schema

WORDS = ("river", "violin", "granite", "harvest", "lantern", "pepper", "meadow", "anchor", "comet", "saddle")
"""Example texts differ in words, not in case or punctuation, because models may ignore those."""


def example_value(schema: Schema, number: int = 0) -> Any:
    """Return example *number* of *schema*; different numbers give different texts and integers.

    Token ids are between 97 and 122, because every vocabulary has them, including byte-level ones.
    """
    if schema.branches:
        return example_value(schema.branches[0], number)
    if "enum" in schema.node:
        return schema.node["enum"][number % len(schema.node["enum"])]
    match schema.type:
        case "string":
            text = example_text(number, schema.node.get("minLength", 1), schema.node.get("maxLength"))
            return fitting_string(schema.node, text)
        case "integer" | "number":
            return _number(schema, number)
        case "boolean":
            return number % 2 == 0
        case "array" | None if schema.items is not None:
            return [
                example_value(schema.items, number + n) for n in range(max(1, schema.node.get("minItems", 1)))
            ]
        case "object" | None if schema.properties or schema.type:
            least = schema.node.get("minProperties", 0)
            names = sorted(schema.properties, key=lambda name: name not in schema.required)
            needed = max(least, sum(name in schema.required for name in names))
            found = {name: example_value(schema.properties[name], number) for name in names[:needed]}
            return found if len(found) >= least else found | _others(schema, least - len(found))
        case None:
            return example_text(number)
    return None


def _others(schema: Schema, count: int) -> dict[str, Any]:
    """Members that the schema of an object does not describe, so that it has enough of them."""
    other = schema.node.get("additionalProperties", True)
    kind = other.get("type") if isinstance(other, Mapping) else None
    plain = Schema(
        "", schema.pointer, "", other if isinstance(other, Mapping) else {"type": kind or "string"}
    )
    return {} if other is False else {f"name_{n}": example_value(plain, n) for n in range(1, count + 1)}


def example_items(schema: Schema, count: int) -> list[Any]:
    """Return *count* examples of an array's items, or texts if the contract does not describe them."""
    if schema.items is None:
        return [example_text(number) for number in range(count)]
    return [example_value(schema.items, number) for number in range(count)]


def short_items(schema: Schema, count: int) -> list[Any]:
    """Return *count* items of an array with as few tokens as possible: equal ones, unless they must be unique."""
    return (
        example_items(schema, count) if schema.node.get("uniqueItems") else example_items(schema, 1) * count
    )


def example_text(number: int, shortest: int = 1, longest: int | None = None) -> str:
    """Return example text *number*, with its length in characters within the bounds."""
    word = WORDS[number % len(WORDS)]
    value = word if number < len(WORDS) else f"{word} {number}"
    return value.ljust(shortest, "x")[:longest]


def _number(schema: Schema, number: int) -> Any:
    least: Any = schema.node.get("minimum")
    most: Any = schema.node.get("maximum")
    if least is None and most is None:
        return 97 + number % 26
    if least is None:
        return floor(most) - 1
    whole = floor(least) + 1 if schema.node.get("exclusiveMinimum") else ceil(least)
    return whole if most is None or whole <= most else float(least + most) / 2
