"""The keywords of a schema node that the suite supports.

Source: OpenAPI 3.0.3, section "Schema Object".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.errors import UsageError
from conformance.text import clip

ANNOTATIONS = frozenset(
    {
        "title",
        "description",
        "default",
        "example",
        "format",
        "deprecated",
        "readOnly",
        "writeOnly",
        "externalDocs",
    }
)
"""Keywords without a constraint: documentation, and ``format``, whose meaning OpenAPI leaves to implementations."""

STRUCTURE = frozenset({"properties", "items"})
"""Keywords that contain schemas and have no constraint of their own."""

MODIFIERS = frozenset({"nullable", "exclusiveMinimum", "exclusiveMaximum"})
"""Keywords that only change the meaning of another keyword (in OpenAPI 3.0, ``exclusiveMinimum`` is a boolean)."""

CONSTRAINTS = frozenset(
    {
        "type",
        "enum",
        "required",
        "additionalProperties",
        "minItems",
        "maxItems",
        "minLength",
        "maxLength",
        "minimum",
        "maximum",
        "oneOf",
        "anyOf",
    }
)
"""Keywords for which there are validators, requirements and probes."""


class UnsupportedSchema(UsageError, ValueError):
    """The contract uses a schema construct from which the suite cannot derive checks."""

    def __init__(self, pointer: str, found: str, expected: str) -> None:
        self.pointer, self.found, self.expected = pointer, found, expected
        super().__init__(f"{clip(pointer)}: {clip(found)} is not supported; use {expected}")


ARTICLES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
}


def check_node(node: Mapping[str, Any], pointer: str) -> None:
    """Raise UnsupportedSchema if the node at *pointer* has a keyword that the suite does not support."""
    known = ANNOTATIONS | STRUCTURE | MODIFIERS | CONSTRAINTS
    for keyword in node:
        if keyword not in known and not keyword.startswith("x-"):
            raise UnsupportedSchema(pointer, f"the keyword {keyword!r}", f"one of {', '.join(sorted(known))}")
    if node.get("type", "object") not in ARTICLES:
        raise UnsupportedSchema(pointer, f"the type {node['type']!r}", f"one of {', '.join(ARTICLES)}")
    if "oneOf" in node and "anyOf" in node:
        raise UnsupportedSchema(pointer, "oneOf together with anyOf", "one of the two")
    if isinstance(node.get("additionalProperties"), Mapping):
        raise UnsupportedSchema(pointer, "additionalProperties with a schema", "true or false")
