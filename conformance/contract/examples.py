"""Short, valid example values for a schema."""

from __future__ import annotations

from math import ceil, floor
from typing import Any

from .contract import Contract
from .schema import Schema

WORDS = ("river", "violin", "granite", "harvest", "lantern", "pepper", "meadow", "anchor", "comet", "saddle")
"""Example texts differ in words, not in case or punctuation, because models may ignore those."""


def base_payload(contract: Contract, model: str) -> dict[str, Any]:
    """Build the plainest valid request: only the required properties."""
    payload: dict[str, Any] = example(contract.form)
    return {**payload, "model": model} if "model" in payload else payload


def example(schema: Schema, number: int = 0) -> Any:
    """Return example *number* of *schema*; different numbers give different texts and integers.

    Token ids are between 97 and 122, because every vocabulary has them, including byte-level ones.
    """
    if schema.branches:
        return example(schema.branches[0], number)
    if "enum" in schema.node:
        return schema.node["enum"][number % len(schema.node["enum"])]
    match schema.type:
        case "string":
            return example_text(number, schema.node.get("minLength", 1), schema.node.get("maxLength"))
        case "integer" | "number":
            return _number(schema, number)
        case "boolean":
            return number % 2 == 0
        case "array" if schema.items is not None:
            return [example(schema.items, number + n) for n in range(max(1, schema.node.get("minItems", 1)))]
        case "object":
            return {
                name: example(child) for name, child in schema.properties.items() if name in schema.required
            }
    return None


def items(schema: Schema, count: int) -> list[Any]:
    """Return *count* examples of an array's items, or texts if the contract does not describe them."""
    if schema.items is None:
        return [example_text(number) for number in range(count)]
    return [example(schema.items, number) for number in range(count)]


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
