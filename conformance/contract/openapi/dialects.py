"""Converts keywords that differ between the dialects of schemas into the form of OpenAPI 3.0."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .json_equality import json_equal
from .keywords import WITH_PROPERTIES


def read_types(found: dict[str, Any]) -> None:
    """OpenAPI 3.1 lists types; null is one of them."""
    types = found.get("type")
    if not isinstance(types, list):
        return
    others = [name for name in dict.fromkeys(types) if name != "null"]
    if "number" in others and "integer" in others:
        others.remove("integer")
    if len(others) == 1:
        found["type"] = others[0]
        if "null" in types:
            found["nullable"] = True
    elif not others:
        found["type"] = "null"
    else:
        del found["type"]
        found["x-types"] = [*others, *(["null"] if "null" in types else [])]


def read_bounds(found: dict[str, Any]) -> None:
    """OpenAPI 3.1 has numbers for exclusive bounds."""
    for bound, name, tighter in (
        ("minimum", "exclusiveMinimum", max),
        ("maximum", "exclusiveMaximum", min),
    ):
        value = found.get(name)
        if value is None or isinstance(value, bool):
            if value is not None and bound not in found:
                del found[name]
            continue
        del found[name]
        if bound not in found or tighter(found[bound], value) == value:
            found[bound], found[name] = value, True


def read_constant(found: dict[str, Any], valid: Mapping[str, Any]) -> bool:
    """``const`` is an enumeration of one value. Returns whether an enumeration beside it admits that value."""
    if "const" not in valid:
        return True
    admits = any(json_equal(value, valid["const"]) for value in found.get("enum", [valid["const"]]))
    found["enum"] = [valid["const"]]
    return admits


def dependency_value(keyword: str, value: Any) -> Any:
    """The *value* of a keyword that another one depends on: of members, only the names."""
    return {name: {} for name in value} if keyword in WITH_PROPERTIES else value
