"""The size of the smallest value that a schema allows: each request has at least this size."""

from __future__ import annotations

import json

from .openapi.limits import MAX_LEAST_BODY
from .schema import Schema
from .schema_node import UnsupportedSchema


def check_least_size(request: Schema) -> None:
    """Raise UnsupportedSchema if a value in the *request* has more than MAX_LEAST_BODY bytes at least."""
    for node in reversed(list(request.walk())):  # the innermost first
        if least_size(node) > MAX_LEAST_BODY:
            found = f"a value of more than {MAX_LEAST_BODY // 1024} KiB at least"
            raise UnsupportedSchema(node.pointer, found, "a lower minLength or minItems")


def least_size(schema: Schema) -> int:
    """The bytes of the smallest example of *schema* as JSON, about."""
    if schema.branches:
        return least_size(schema.branches[0])
    if "enum" in schema.node:
        return min(len(json.dumps(value)) for value in schema.node["enum"])
    match schema.type:
        case "string":
            return 2 + int(schema.node.get("minLength", 1))
        case "array" if schema.items is not None:
            return 2 + max(1, int(schema.node.get("minItems", 1))) * (1 + least_size(schema.items))
        case "object":
            required = [child for name, child in schema.properties.items() if name in schema.required]
            return 2 + sum(len(child.name) + least_size(child) for child in required)
    return 1
