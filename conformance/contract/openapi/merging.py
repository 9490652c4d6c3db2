"""Merges two schemas in normal form into one that admits the values that both admit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.text import clip

from .json_equality import json_equal
from .keywords import ANNOTATIONS

HIGHEST = frozenset({"minItems", "minLength", "minProperties"})
ALONE = frozenset({"enum", "required", *ANNOTATIONS})
LOWEST = frozenset({"maxItems", "maxLength", "maxProperties"})


class Conflict(Exception):
    """Two schemas cannot be merged; ``excludes_all``: no value meets both."""

    def __init__(self, message: str, *, excludes_all: bool = False) -> None:
        super().__init__(message)
        self.excludes_all = excludes_all


def merged_schema(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of the values that *one* and *other* admit, with the annotations of *other*. Raises Conflict."""
    _check_closed(one, other)
    if ("oneOf" in one and "anyOf" in other) or ("anyOf" in one and "oneOf" in other):
        raise Conflict("both have alternatives")
    found = dict(one)
    for key, value in other.items():
        if key not in found or key in ANNOTATIONS or key.startswith("x-"):
            found[key] = value
        elif key == "nullable" or not _is_same(key, one, other):
            found[key] = _combined(key, found[key], value)
    return _with_null(_bounded(found, one, other), one, other)


def supplemented_schema(found: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """*found* with those keywords of *other* that mean the same beside it, for values that must meet both."""
    extra = {key: other[key] for key in (HIGHEST | LOWEST | ALONE) & other.keys()}
    if "type" not in found:
        extra |= {key: other[key] for key in ("type", "nullable") if key in other}
    properties = {**other.get("properties", {}), **found.get("properties", {})}
    if properties and found.get("additionalProperties") is not False:
        return {**extra, **found, "properties": properties}
    return {**extra, **found}


def without_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    """*schema* without ``nullable``, which has no effect beside alternatives."""
    return {key: value for key, value in schema.items() if key != "nullable"}


def _is_same(key: str, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    together = f"x-with-{key}"
    return json_equal(one[key], other[key]) and json_equal(one.get(together), other.get(together))


def _combined(key: str, one: Any, other: Any) -> Any:
    match key:
        case "type":
            if {one, other} == {"integer", "number"}:
                return "integer"
            raise Conflict(f"its types are {one} and {other}", excludes_all=True)
        case "enum":
            both = [value for value in one if any(json_equal(value, item) for item in other)]
            if not both:
                found = f"its values are {clip(repr(one))} and {clip(repr(other))}"
                raise Conflict(found, excludes_all=True)
            return both
        case "required":
            return [*dict.fromkeys([*one, *other])]
        case "properties":
            return {
                **one,
                **{name: _member(one.get(name), schema) for name, schema in other.items()},
            }
        case "items":
            return _member(one, other)
        case "nullable":
            return one and other
        case "allOf":
            return [*one, *other]
        case "minimum" | "exclusiveMinimum" | "maximum" | "exclusiveMaximum":
            return other  # settled by _bounded
        case _ if key in HIGHEST:
            return max(one, other)
        case _ if key in LOWEST:
            return min(one, other)
    raise Conflict(f"both have {key}")


def _member(one: Mapping[str, Any] | None, other: Mapping[str, Any]) -> Mapping[str, Any]:
    if one is None or one == other or not one:
        return other
    if not other:
        return one
    if "$ref" in one or "$ref" in other:
        raise Conflict("both describe a property by a reference")
    return merged_schema(one, other)


def _bounded(found: dict[str, Any], one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """The tighter of two bounds; of equal ones, that which excludes the bound."""
    for bound, exclusive, sign in (("minimum", "exclusiveMinimum", 1), ("maximum", "exclusiveMaximum", -1)):
        if bound in one and bound in other:
            tightest = max((one, other), key=lambda s: (sign * s[bound], bool(s.get(exclusive))))
            found[bound] = tightest[bound]
            found.pop(exclusive, None)
            if tightest.get(exclusive):
                found[exclusive] = True
    return found


def _with_null(found: dict[str, Any], one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    """``nullable`` only if each of both admits null."""
    if found.get("nullable") and any("type" in s and not s.get("nullable") for s in (one, other)):
        del found["nullable"]
    return found


def _check_closed(one: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """``additionalProperties`` is about the properties of its own schema alone."""
    for this, that in ((one, other), (other, one)):
        closes = "additionalProperties" in this or "patternProperties" in this
        if closes and that.get("properties", {}).keys() - this.get("properties", {}).keys():
            raise Conflict("one of them has additionalProperties")


def type_includes(one: Any, other: Any) -> bool:
    """Whether *one* is a type without a constraint, and *other* an enumeration of values of that type."""
    if not isinstance(one, Mapping) or not isinstance(other, Mapping) or "enum" not in other:
        return False
    constraints = {key for key in one if key not in ANNOTATIONS and not key.startswith("x-")}
    return constraints == {"type"} and other.get("type", one["type"]) == one["type"]
