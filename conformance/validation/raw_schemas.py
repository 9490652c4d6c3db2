"""Keywords that the suite does not compile itself: the package jsonschema-rs judges them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from conformance.contract import Schema
from conformance.contract.openapi.json_schema import compiled_schema
from conformance.contract.openapi.keywords import AS_A_WHOLE, RECURSION, UNEVALUATED


def raw_test(schema: Schema, keyword: str) -> Callable[[Any], bool]:
    """The test of *keyword* of *schema*, together with the keywords that it depends on."""
    node = schema.node
    others = node.get(f"x-with-{keyword}", {})
    match keyword:
        case _ if keyword == RECURSION:
            raw: Mapping[str, Any] = {"$ref": f"#{node[RECURSION]}"}
        case _ if keyword == AS_A_WHOLE:
            raw = node[AS_A_WHOLE]
        case _ if keyword in UNEVALUATED:
            raw = {"if": others, "then": {**others, keyword: node[keyword]}}
        case _:
            raw = {**others, keyword: node[keyword]}
    try:
        validator = compiled_schema(raw, schema.definitions)
    except ValueError:  # the contract lists it as a defect
        return lambda value: True

    def test(value: Any) -> bool:
        try:
            return bool(validator.is_valid(value))
        except (TypeError, ValueError):
            return bool(validator.is_valid(_readable(value)))

    return test


def _readable(value: Any) -> Any:
    """*value* as the validator can read it: lists for tuples, and U+FFFD for lone surrogates."""
    match value:
        case str():
            return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        case list() | tuple():
            return [_readable(item) for item in value]
        case dict():
            return {_readable(key): _readable(item) for key, item in value.items()}
    return value
