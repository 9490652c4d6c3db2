"""Statements and phrases for schema keywords: the words that titles and violations are made of."""

from __future__ import annotations

import json
from typing import Any

from .schema import ARTICLES, Schema

BOUNDS = {
    "minItems": ("at least", "items"),
    "maxItems": ("at most", "items"),
    "minLength": ("at least", "characters"),
    "maxLength": ("at most", "characters"),
}


def title_of(node: Schema, keyword: str) -> str:
    """The statement that *keyword* of *node* makes."""
    place = node.place
    if keyword == "additionalProperties":
        said = f"{place} has no property that the contract does not describe"
    elif keyword == "type" and node.branch:
        said = f"{place.removesuffix(f' as {node.shape}')} may be {node.shape}"
    else:
        said = f"{place} {'has' if keyword in BOUNDS else 'is'} {phrase(node, keyword)}"
    return said[0].upper() + said[1:] if said.startswith(("the ", "each ")) else said


def phrase(node: Schema, keyword: str) -> str:
    """What *keyword* of *node* expects, as the end of "expected ..."."""
    value: Any = node.node[keyword]
    match keyword:
        case "type":
            return ARTICLES[value] + (" or null" if node.nullable else "")
        case "enum":
            return "one of " + ", ".join(_literal(item) for item in value)
        case "minimum":
            return f"{'more than' if node.node.get('exclusiveMinimum') else 'at least'} {value}"
        case "maximum":
            return f"{'less than' if node.node.get('exclusiveMaximum') else 'at most'} {value}"
        case "oneOf" | "anyOf":
            return " or ".join(dict.fromkeys(branch.shape for branch in node.branches))
        case _ if keyword in BOUNDS:
            how, unit = BOUNDS[keyword]
            return f"{how} {value} {unit if value != 1 else unit[:-1]}"
    return f"{keyword} of {_literal(value)}"


def _literal(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def occasion(when: str) -> str:
    """When a run is about a requirement (``Requirement.when``), as a clause behind "where"."""
    if when == "upstream":
        return "the suite plays the target's upstream (option upstream)"
    return f"the target is declared to be {when}, or to limit it (options unsupported and limit)"
