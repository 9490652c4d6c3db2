"""The fields of a JSON report, from its schema."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from .markdown import code, plain, rows

Schema = Mapping[str, Any]


def sections() -> str:
    """A table of fields for the report, and for each object inside it."""
    return "\n\n".join(_table(path, node) for path, node in _objects("", schema()))


@cache
def schema() -> Schema:
    """The schema in the package."""
    text = files("conformance.report.model").joinpath("report.schema.json").read_text("utf-8")
    found: Schema = json.loads(text)
    return found


def fields() -> Iterator[tuple[str, Schema]]:
    """The path and schema of each field of a report."""
    for path, node in _objects("", schema()):
        for name, member in node["properties"].items():
            yield f"{path}.{name}".removeprefix("."), member


def _table(path: str, node: Schema) -> str:
    body = [
        [code(name), _value(member), plain(resolved(member).get("description", ""))]
        for name, member in node["properties"].items()
    ]
    title = f"## {code(path)}" if path else "## The report"
    alternative = f" {node['title']}" if path and "title" in node else ""
    return f"{title}{alternative}\n\n{rows(['field', 'value', 'meaning'], body)}"


def _objects(path: str, node: Schema) -> Iterator[tuple[str, Schema]]:
    """The objects with fields in *node*, outermost first, each with its path."""
    node = resolved(node)
    for branch in node.get("oneOf", ()):
        yield from _objects(path, branch)
    if "items" in node:
        yield from _objects(f"{path}[]", node["items"])
    if "properties" in node:
        yield path, node
        for name, member in node["properties"].items():
            yield from _objects(f"{path}.{name}".removeprefix("."), member)


def resolved(node: Schema) -> Schema:
    """*node* with its reference resolved; the members of *node* override those of its target."""
    if "$ref" not in node:
        return node
    _, _, name = node["$ref"].rpartition("/")
    found: Schema = schema()["$defs"][name]
    return {**found, **node}


def _value(node: Schema) -> str:
    node = resolved(node)
    if "const" in node:
        return code(json.dumps(node["const"]))
    if "enum" in node:
        return ", ".join(code(json.dumps(value)) for value in node["enum"])
    if "oneOf" in node:
        return " or ".join(dict.fromkeys(_value(branch) for branch in node["oneOf"]))
    types = node.get("type", "any")
    kind = " or ".join(types) if isinstance(types, list) else str(types)
    return f"{kind} of {_value(node['items'])}" if "items" in node else kind
