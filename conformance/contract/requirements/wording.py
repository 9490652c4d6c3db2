"""The wording of schema requirements (titles, expected results), and of their conditions (`Requirement.when`)."""

from __future__ import annotations

import json
import re
from typing import Any

from conformance.contract.capabilities import shipped_capabilities
from conformance.contract.errors import listed_names
from conformance.contract.openapi.keywords import AS_A_WHOLE, RECURSION
from conformance.contract.schema import Schema
from conformance.contract.schema_node import ARTICLES
from conformance.text import WIDTH

BOUNDS = {
    "minItems": ("at least", "items"),
    "maxItems": ("at most", "items"),
    "minLength": ("at least", "characters"),
    "maxLength": ("at most", "characters"),
    "minProperties": ("at least", "members"),
    "maxProperties": ("at most", "members"),
}

OPPOSITES = {"at least": "", "at most": "more than", "more than": "at most", "less than": "at least"}
"""What violates a bound. For a count and for a number, "at least" has two opposites."""

EACH_ITEM = "each item"
"""The beginning of the place of an array's items."""

MAX_WORDS = 12
"""The maximum number of words of a title."""


def title_of(node: Schema, keyword: str) -> str:
    """Return the title of the requirement that *keyword* of *node* states."""
    path = _path(node.place)
    if keyword == "additionalProperties" and node.node[keyword] is not False:
        return _title(node, path, "has other properties only of the documented form")
    if keyword == "additionalProperties":
        return _title(node, path, "has no undocumented property", "has an undocumented property")
    if keyword == "type" and node.branch:
        path = _path(node.place.removesuffix(f" as {node.shape}"))
        if _is_request(node):
            return f"The server accepts {node.shape} as {path}"
        return _title(node, path, f"is {node.shape} if that is requested")
    if keyword == "enum" and len(node.node["enum"]) == 1:
        only = node.node["enum"][0]
        value = f'"{_literal(only)}"' if isinstance(only, str) else _literal(only)
        return _title(node, path, f"is {value}", f"is not {value}")
    if keyword in ("minItems", "maxItems") and _is_request(node) and node.place.startswith(EACH_ITEM):
        path = "an inner array"
    expected = describe_keyword(node, keyword)
    title = _title(
        node, path, f"{'has' if keyword in BOUNDS else 'is'} {expected}", _violated(keyword, expected)
    )
    if keyword in ("oneOf", "anyOf") and len(title.split()) > MAX_WORDS:
        forms = f"of its {len(node.branches)} forms"
        return _title(node, path, f"has one {forms}", f"has none {forms}")
    return title


def required_title(node: Schema, name: str) -> str:
    """Return the title of the requirement that the property *name* of *node* is present."""
    inside = _path(node.place)
    path = name if _is_body(inside) else f"{inside}.{name}"
    return f"Requests without {path} are rejected" if _is_request(node) else _title(node, path, "is present")


def null_title(node: Schema) -> str:
    """Return the title of the requirement that *node*, an optional property, is not null."""
    return _title(node, _path(node.place), "is not null", "is null")


def _title(node: Schema, path: str, rule: str, violated: str = "") -> str:
    """Return a statement about the server: it rejects requests that *violated* the rule, or its response follows it.

    Without *violated*, or if the statement is too long, it is about the *rule*.
    """
    if _is_request(node):
        title = f"Requests where {'the body' if _is_body(path) else path} {violated} are rejected"
        if violated and len(title.split()) <= MAX_WORDS:
            return title
        return f"The server checks that {'the ' if _is_body(path) else ''}{path} {rule}"
    return f"The {path} {rule}" if _is_body(path) else f"The response's {path} {rule}"


def _violated(keyword: str, expected: str) -> str:
    """What a value does that is not *expected*, as ``describe_keyword`` says it."""
    if expected.startswith("at least 1 "):
        return "is empty"
    for bound, opposite in OPPOSITES.items():
        if expected.startswith(bound):
            verb, less = ("has", "fewer than") if keyword in BOUNDS else ("is", "less than")
            return f"{verb} {opposite or less}{expected.removeprefix(bound)}"
    return f"is not {expected}"


def _is_request(node: Schema) -> bool:
    return node.name.partition(".")[0] == "request"


def _is_body(path: str) -> bool:
    return path.endswith(" body")


def _path(place: str) -> str:
    """Shorten *place*: "each item of input as an array of strings" becomes "input[] (strings)"."""
    where, *shapes = place.split(" as ")
    path = ""
    for step in reversed(where.split(" of ")):
        if step == EACH_ITEM:
            path += "[]"
        else:
            path += f".{step}" if path else step
    path = path.removeprefix("the ").replace("'s body", " body")
    return " ".join([path, *(f"({_items(shape)})" for shape in shapes)])


def _items(shape: str) -> str:
    """Shorten *shape*: "an array of arrays of integers" becomes "integer arrays"."""
    items = shape.removeprefix("an array of ").removeprefix("an ").removeprefix("a ")
    return re.sub(r"^arrays of (\w+)s$", r"\1 arrays", items)


def describe_keyword(node: Schema, keyword: str) -> str:
    """Return what *keyword* of *node* expects, to complete "expected ..."."""
    value: Any = node.node[keyword]
    match keyword:
        case _ if keyword == RECURSION:
            return "a value of the schema around it"
        case _ if keyword == AS_A_WHOLE:
            return "a value of its schema"
        case "type":
            return ARTICLES[value] + (" or null" if node.nullable else "")
        case "enum":
            return "one of " + listed_names([_literal(item) for item in value])
        case "minimum":
            return f"{'more than' if node.node.get('exclusiveMinimum') else 'at least'} {value}"
        case "maximum":
            return f"{'less than' if node.node.get('exclusiveMaximum') else 'at most'} {value}"
        case "pattern":
            return f"a text that matches {_literal(value)}"
        case "multipleOf":
            return f"a multiple of {value}"
        case "uniqueItems" if value is True:
            return "a list of different items"
        case "oneOf" | "anyOf":
            return " or ".join(dict.fromkeys(branch.shape for branch in node.branches))
        case _ if keyword in BOUNDS:
            how, unit = BOUNDS[keyword]
            return f"{how} {value} {unit if value != 1 else unit[:-1]}"
    return f"{keyword} of {_literal(value)}"


def _literal(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= WIDTH else f"{text[:WIDTH]}..."


def describe_condition(when: str) -> str:
    """Return the condition ``Requirement.when`` in words, to complete "tested only if ..."."""
    if when == "upstream":
        return "the suite runs the mock upstream (option upstream)"
    if when == "other-tenant":
        return "credentials of another tenant are given (option other-header)"
    if when == "snapshot":
        return "recorded vectors are given (option snapshot)"
    capability = shipped_capabilities()[when.removeprefix("without ")]
    ways = ["unsupported (option unsupported)"] if capability.needed_by is not None else []
    ways += ["limited (option limit)"] if capability.beyond is not None else []
    return f"{capability.name} is declared {' or '.join(ways)}"
