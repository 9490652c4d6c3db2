"""The official test suite of JSON Schema, as the schemas of requests in OpenAPI documents.

Draft 4 is the base of OpenAPI 3.0, and draft 2020-12 that of OpenAPI 3.1.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from conformance import Contract, validate_request

FOLDER = Path(__file__).parent / "official"
DRAFTS = {"3.0": "draft4", "3.1": "draft2020-12"}
"""The draft of each version of OpenAPI."""

BATCH = 12
"""Groups in one document."""

BEYOND = frozenset({"patternProperties", "dependencies", "additionalItems", "definitions"})
"""Keywords of draft 4 that OpenAPI 3.0 does not have."""


@dataclass(frozen=True, slots=True)
class Group:
    """The tests of one schema. ``name`` has the file and the description."""

    name: str
    schema: Any
    tests: Sequence[Mapping[str, Any]]

    @property
    def is_beyond(self) -> bool:
        """Whether the schema has something of draft 4 that OpenAPI 3.0 does not have."""
        return _is_beyond(self.schema)


def groups(version: str) -> Iterator[Group]:
    """All groups of the draft of an OpenAPI *version*."""
    files = json.loads((FOLDER / f"{DRAFTS[version]}.json").read_text("utf-8"))
    for file, found in files.items():
        for group in found:
            yield Group(f"{file}: {group['description']}", group["schema"], group["tests"])


def excluded(version: str) -> dict[str, str]:
    """The groups that a contract of an OpenAPI *version* cannot express, each with the reason."""
    reasons = yaml.safe_load((FOLDER / "excluded.yaml").read_text("utf-8"))[version]
    return {name: reason for reason, names in reasons.items() for name in names}


def misjudged(version: str, folder: Path) -> dict[str, list[str]]:
    """The groups that are judged in another way than the suite says: the descriptions of their tests.

    The documents are written to *folder*.
    """
    found = {}
    waiting = list(groups(version))
    for start in range(0, len(waiting), BATCH):
        batch = waiting[start : start + BATCH]
        file = folder / f"{version}-{start}.json"
        file.write_text(json.dumps(_document(version, batch)), "utf-8")
        contract = Contract.load(file)
        for place, group in enumerate(batch):
            wrong = list(_wrong(group, f"g{place}", contract))
            if wrong:
                found[group.name] = wrong
    return found


def _wrong(group: Group, name: str, contract: Contract) -> Iterator[str]:
    for test in group.tests:
        body = json.dumps({"input": "a", name: test["data"]})
        if test["valid"] is bool(validate_request(body, contract=contract)):
            yield test["description"]


def _document(version: str, batch: Collection[Group]) -> dict[str, Any]:
    """A document whose requests have a property for each group of *batch*."""
    schemas: dict[str, Any] = {}
    for place, group in enumerate(batch):
        schemas |= _components(group.schema, f"g{place}", version)
    properties = {f"g{place}": {"$ref": f"#/components/schemas/g{place}"} for place in range(len(batch))}
    body = {
        "type": "object",
        "required": ["input"],
        "properties": {"input": {"type": "string"}, **properties},
    }
    answer = {"description": "", "content": {"application/json": {"schema": {"type": "object"}}}}
    operation = {
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {"200": answer},
    }
    return {
        "openapi": f"{version}.0",
        "info": {"title": "Groups of the official suite", "version": "1"},
        "paths": {"/embeddings": {"post": operation}},
        "components": {"schemas": schemas},
    }


def _components(schema: Any, name: str, version: str) -> dict[str, Any]:
    """*schema* as a component; in OpenAPI 3.0 its definitions are components too."""
    if version == "3.1" or not isinstance(schema, dict) or "id" in schema:
        return {name: _moved(schema, name)}
    others = {f"{name}.{key}": value for key, value in schema.get("definitions", {}).items()}
    own = {key: value for key, value in schema.items() if key != "definitions"}
    return {key: _moved(value, name, f"{name}.") for key, value in {name: own, **others}.items()}


def _moved(node: Any, name: str, definitions: str = "") -> Any:
    """*node* with the references to its root as references to the component *name*."""
    if isinstance(node, list):
        return [_moved(item, name, definitions) for item in node]
    if not isinstance(node, dict) or "$id" in node:
        return node
    return {
        key: _reference(value, name, definitions)
        if key in ("$ref", "$dynamicRef") and isinstance(value, str)
        else value
        if key in ("enum", "const", "default")
        else _moved(value, name, definitions)
        for key, value in node.items()
    }


def _reference(reference: str, name: str, definitions: str) -> str:
    root = "#/components/schemas/"
    if definitions and reference.startswith("#/definitions/"):
        return f"{root}{definitions}{reference.removeprefix('#/definitions/')}"
    return f"{root}{name}{reference[1:]}" if reference == "#" or reference.startswith("#/") else reference


def _is_beyond(node: Any) -> bool:
    if isinstance(node, list):
        return any(map(_is_beyond, node))
    if not isinstance(node, dict):
        return False
    has_other_form = node.get("type") == "null" or isinstance(node.get("type"), list)
    is_tuple = isinstance(node.get("items"), list)
    return has_other_form or is_tuple or not BEYOND.isdisjoint(node) or any(map(_is_beyond, node.values()))
