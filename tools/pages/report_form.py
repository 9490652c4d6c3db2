"""The members of a report in JSON, from its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from .markdown import code, plain, rows

Schema = Mapping[str, Any]


def sections() -> str:
    """A table for the report, and one for each object inside of it."""
    return "\n\n".join(_table(place, node) for place, node in _objects("", schema()))


@cache
def schema() -> Schema:
    """The schema that the package ships."""
    text = files("conformance.report.model").joinpath("report.schema.json").read_text("utf-8")
    found: Schema = json.loads(text)
    return found


def members() -> Iterator[tuple[str, Schema]]:
    """Each member of a report, by its path, with its schema."""
    for place, node in _objects("", schema()):
        for name, member in node["properties"].items():
            yield f"{place}.{name}".removeprefix("."), member


def _table(place: str, node: Schema) -> str:
    body = [
        [code(name), _kind(member), plain(target(member).get("description", ""))]
        for name, member in node["properties"].items()
    ]
    title = f"## {code(place)}" if place else "## The report"
    return f"{title}\n\n{rows(['member', 'value', 'meaning'], body)}"


def _objects(place: str, node: Schema) -> Iterator[tuple[str, Schema]]:
    """The objects with members of their own in *node*, from the outside in, each with its path."""
    node = target(node)
    for branch in node.get("oneOf", ()):
        yield from _objects(place, branch)
    if "items" in node:
        yield from _objects(f"{place}[]", node["items"])
    if "properties" in node:
        yield place, node
        for name, member in node["properties"].items():
            yield from _objects(f"{place}.{name}".removeprefix("."), member)


def target(node: Schema) -> Schema:
    """*node*, or what it refers to, with its own members over those."""
    if "$ref" not in node:
        return node
    _, _, name = node["$ref"].rpartition("/")
    found: Schema = schema()["$defs"][name]
    return {**found, **node}


def _kind(node: Schema) -> str:
    node = target(node)
    if "const" in node:
        return code(json.dumps(node["const"]))
    if "enum" in node:
        return ", ".join(code(json.dumps(value)) for value in node["enum"])
    if "oneOf" in node:
        return " or ".join(dict.fromkeys(_kind(branch) for branch in node["oneOf"]))
    named = node.get("type", "any")
    kind = " or ".join(named) if isinstance(named, list) else str(named)
    return f"{kind} of {_kind(node['items'])}" if "items" in node else kind
