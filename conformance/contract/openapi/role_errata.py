"""Contradictions that many documents have in some way, found by the roles of schemas and not by their place."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from .defects import Defect
from .json_pointer import join, resolve, split
from .references import dereference

STRING = {
    "type": "string",
    "format": "byte",
    "description": "Base64 of little-endian 32-bit floats (RFC 4648, section 4).",
}
TEXTS = ("input", "inputs", "texts", "text")
"""Names of the property with the texts."""

NUMBERS = ("number", "integer")


def with_body(document: dict[str, Any], operation: str) -> Iterator[Defect]:
    """Make the body of a request required: without one, there is nothing to embed."""
    _, body = dereference(document, f"{operation}/requestBody")
    if isinstance(body, dict) and body.get("required") is not True:
        body["required"] = True
        problem = "the body of a request is optional, and without one there is nothing to embed"
        yield Defect(f"{operation}/requestBody", problem, "it is required")


def with_texts(document: dict[str, Any], request: str) -> Iterator[Defect]:
    """Require the property with the texts in each form of a request that has it."""
    _, root = dereference(document, request)
    places = [
        request,
        *(f"{request}/{k}/{n}" for k in ("oneOf", "anyOf") for n in range(len(root.get(k, ())))),
    ]
    for place in places:
        pointer, node = dereference(document, place)
        names = [name for name in TEXTS if name in node.get("properties", {})]
        if names and names[0] not in node.get("required", []):
            node["required"] = [*node.get("required", []), names[0]]
            problem = f"the property {names[0]} is optional, and without it there is nothing to embed"
            yield Defect(f"{pointer}/required", problem, "it is required")


def without_null_texts(document: dict[str, Any], request: str) -> Iterator[Defect]:
    """Reject null as a text: there is nothing to embed."""
    for pointer, node in list(_located(document, request)):
        for name in TEXTS:
            if name not in node.get("properties", {}):
                continue
            for place, form in list(_located(document, pointer + join(("properties", name)))):
                if isinstance(form, dict) and form.pop("nullable", False):
                    yield Defect(
                        f"{place}/nullable", "null is allowed, and there is nothing to embed", "it is not"
                    )


def with_base64(document: dict[str, Any], request: str, response: str) -> Iterator[Defect]:
    """Allow strings as embeddings if a request can ask for base64, and the response has only arrays of numbers."""
    if not any(_admits_base64(node) for node in _nodes(document, request)):
        return
    vectors = list(dict.fromkeys(_vectors(document, response)))
    for pointer in vectors:
        node = resolve(document, pointer)
        description = {"description": node["description"]} if "description" in node else {}
        kept = {key: value for key, value in node.items() if key != "description"}
        _replace(document, pointer, {**description, "oneOf": [kept, dict(STRING)]})
        problem = "a request can ask for base64, and an embedding is an array of numbers"
        yield Defect(pointer, problem, "a base64 string is allowed too")


def _admits_base64(node: Mapping[str, Any]) -> bool:
    return isinstance(node.get("enum"), list) and "base64" in node["enum"]


def _vectors(document: Mapping[str, Any], response: str) -> Iterator[str]:
    """The pointers of properties that are arrays of numbers only, in an item of an array."""
    for pointer, node in _located(document, response):
        if pointer.endswith("/properties/embedding") and node.get("type") == "array":
            _, items = dereference(document, f"{pointer}/items") if "items" in node else ("", {})
            if items.get("type") in NUMBERS:
                yield pointer


def _nodes(document: Mapping[str, Any], pointer: str) -> Iterator[Mapping[str, Any]]:
    return (node for _, node in _located(document, pointer))


def _located(document: Mapping[str, Any], pointer: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The schema at *pointer* and all schemas in it, each once, with their pointers."""
    waiting, seen = [pointer], set[str]()
    while waiting:
        pointer, node = dereference(document, waiting.pop())
        if pointer in seen or not isinstance(node, Mapping):
            continue
        seen.add(pointer)
        yield pointer, node
        waiting += [pointer + join(("properties", name)) for name in node.get("properties", {})]
        waiting += [f"{pointer}/items"] if isinstance(node.get("items"), Mapping) else []
        for keyword in ("oneOf", "anyOf"):
            waiting += [f"{pointer}/{keyword}/{n}" for n in range(len(node.get(keyword, ())))]


def _replace(document: dict[str, Any], pointer: str, value: Any) -> None:
    *parents, last = split(pointer)
    resolve(document, join(parents))[last] = copy.deepcopy(value)
