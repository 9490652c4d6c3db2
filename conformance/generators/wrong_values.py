"""Values that one keyword of a schema forbids."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.contract import Schema
from conformance.contract.example_values import example_items, short_items
from conformance.text import counted

WRONG_TYPES: tuple[object, ...] = (None, True, 7, 1.5, "river", "7", [], ["river"], [7], {})
"""A value of each JSON type, and values that some servers convert."""

WRONG_ARRAYS: tuple[object, ...] = ([None], [True], [1.5], [{"text": "river"}])


def violating_values(node: Schema, keyword: str) -> Iterator[tuple[str, object]]:
    """Yield values that should violate *keyword* of *node*, each after words for it in case that it is long."""
    bound: Any = node.node[keyword]
    match keyword:
        case "type" | "anyOf":
            yield from (("", value) for value in WRONG_TYPES)
        case "oneOf":
            yield from (("", value) for value in WRONG_TYPES + WRONG_ARRAYS)
        case "enum":
            yield "", "river"
            yield "", ""
            for value in node.enumerated:
                if isinstance(value, str) and value.swapcase() != value:
                    yield f"a value of the enumeration with its case changed ({value})", value.swapcase()
        case "minItems":
            yield f"{node.shape} with {counted(bound - 1, 'item')}", example_items(node, bound - 1)
        case "maxItems":
            yield f"{node.shape} with {counted(bound + 1, 'item')}", short_items(node, bound + 1)
        case "minLength":
            yield f"a string of {counted(bound - 1, 'character')}", "x" * (bound - 1)
        case "maxLength":
            yield f"a string of {counted(bound + 1, 'character')}", "x" * (bound + 1)
        case "minimum":
            least = bound if node.node.get("exclusiveMinimum") else bound - 1
            for value in dict.fromkeys((least, min(least, 0), min(least, -1))):
                yield f"{value}", value
        case "maximum":
            most = bound if node.node.get("exclusiveMaximum") else bound + 1
            yield f"{most}", most
