"""Contradictions that occur in many documents, in different places. They are found by the role of a schema."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from .encodings import FLOAT, can_ask_for
from .openapi.defects import Defect
from .openapi.json_pointer import join_pointer, resolve_pointer, split_pointer
from .openapi.keywords import AS_A_WHOLE, OVERLAPPING, RECURSION
from .openapi.media_types import JSON, json_types
from .openapi.references import dereference
from .role_kinds import BINARY, NUMBERS, forms_of, named_in
from .role_search import request_form, vector_nodes
from .roles import Roles, usual_roles
from .schema import Schema
from .schema_node import UnsupportedSchema
from .texts_place import EACH, WHOLE
from .texts_search import texts_nodes

WITHOUT_BODY = ("get", "head", "delete", "options", "trace")
"""Methods whose requests have a body only if the document says so (RFC 9110, section 9.3)."""

WITHOUT_CONTENT = ("204", "205")
"""The statuses of responses that have no content (RFC 9110, section 15.3)."""

DESCRIBING = frozenset(
    {"properties", "oneOf", "anyOf", "allOf", "enum", "items", "not", "if", AS_A_WHOLE, RECURSION}
)
"""Keywords of a schema that describes a request."""

STRING = {
    "type": "string",
    "format": "byte",
    "description": "Base64 of little-endian 32-bit floats (RFC 4648, section 4).",
}
ARRAY = {"type": "array", "items": {"type": "number"}}


def with_body(document: dict[str, Any], operation: str) -> Iterator[Defect]:
    """Make the body of a request required: without one, there is nothing to embed."""
    _, body = dereference(document, f"{operation}/requestBody")
    if isinstance(body, dict) and body.get("required") is not True:
        body["required"] = True
        problem = "the request body is optional, but a request without a body has nothing to embed"
        yield Defect(f"{operation}/requestBody", problem, "the suite requires it")


def with_json(document: dict[str, Any], operation: str, success: str) -> Iterator[Defect]:
    """Allow any JSON where the operation does not describe the body of a request, or of a response with *success*.

    A request that is not described has the usual properties, with any value.
    """
    found = resolve_pointer(document, operation)
    if "requestBody" not in found and split_pointer(operation)[-1] in WITHOUT_BODY:
        problem = "an operation without a request body"
        raise UnsupportedSchema(f"{operation}/requestBody", problem, "one that has it")
    responses = found.setdefault("responses", {})
    responses.setdefault(success, {"description": ""})
    found.setdefault("requestBody", {})
    places = ["requestBody", *([] if success in WITHOUT_CONTENT else [f"responses/{success}"])]
    for place in places:
        pointer, node = dereference(document, f"{operation}/{place}")
        if not node.get("content"):
            node["content"] = {JSON: {}}
        for name in json_types(node)[:1]:
            if not isinstance(node["content"][name], dict) or "schema" not in node["content"][name]:
                node["content"][name] = {**(node["content"][name] or {}), "schema": {}}
                if place != "requestBody":
                    yield Defect(pointer, "no schema describes the JSON", "any JSON is allowed")
    yield from _with_usual_request(document, f"{operation}/requestBody")


def _with_usual_request(document: dict[str, Any], body: str) -> Iterator[Defect]:
    """Give a request without any description the usual properties for texts and model, with any value."""
    pointer, node = dereference(document, body)
    for name in json_types(node)[:1]:
        place, schema = dereference(document, pointer + join_pointer(("content", name, "schema")))
        if any(schema.get(keyword) for keyword in DESCRIBING) or schema.get("type", "object") != "object":
            continue
        usual = usual_roles()
        assert usual.texts is not None
        assert usual.model is not None
        node["content"][name]["schema"] = {**schema, "properties": {usual.texts: {}, usual.model: {}}}
        problem = "no schema describes the properties of a request"
        yield Defect(place, problem, f"the suite sends {usual.texts} with the texts, and {usual.model}")


def role_errata(document: dict[str, Any], request: Schema, response: Schema, roles: Roles) -> list[Defect]:
    """Resolve the contradictions in *document*, from which the schemas were built. They are out of date afterwards."""
    return [
        *_with_overlapping_forms(document, request, roles),
        *_with_texts(document, request, roles),
        *_without_null_texts(document, request, roles),
        *_with_encodings(document, request, response, roles),
    ]


def _with_overlapping_forms(document: dict[str, Any], request: Schema, roles: Roles) -> Iterator[Defect]:
    """Accept a request that meets several of the forms with texts: nothing else distinguishes texts and addresses.

    ``anyOf`` becomes ``oneOf`` whose alternatives may overlap, so that each has requirements of its own.
    """
    forms = [form for form, _ in _texts(request, roles) if form is not request]
    if not forms or ("oneOf" in request.node and len(forms) == 1):
        return
    node = resolve_pointer(document, request.pointer)
    keyword = "oneOf" if "oneOf" in node else "anyOf"
    node["oneOf"], node[OVERLAPPING] = node.pop(keyword), True
    if keyword == "oneOf":
        problem = (
            f"several alternatives have the property {roles.texts}, and a request can match more than one"
        )
        yield Defect(
            f"{request.pointer}/{keyword}", problem, "the suite allows a request that matches several of them"
        )


def _with_texts(document: dict[str, Any], request: Schema, roles: Roles) -> Iterator[Defect]:
    """Require the property with the texts in each form of a request that has it, and all properties on the way."""
    path = () if roles.texts_place is None else roles.texts_place.path
    path = path if roles.texts in (None, WHOLE) else (roles.texts, *path)
    for number, name in enumerate(path):
        if name == EACH:
            continue
        holders = [form for node in texts_nodes(request, path[:number]) for form in forms_of(node)]
        for form in (form for form in holders if name in form.properties and name not in form.required):
            node = resolve_pointer(document, form.pointer)
            if name not in node.get("required", ()):
                node["required"] = [*node.get("required", []), name]
                problem = f"the property {name} is optional, but a request without it has nothing to embed"
                yield Defect(f"{form.pointer}/required", problem, "the suite requires it")


def _without_null_texts(document: dict[str, Any], request: Schema, roles: Roles) -> Iterator[Defect]:
    """Reject null as a text: there is nothing to embed."""
    found = [texts for _, texts in _texts(request, roles)]
    if roles.texts_place is not None:
        starts = [request] if roles.texts == WHOLE else found
        found += [node for start in starts for node in texts_nodes(start, roles.texts_place.path)]
    for node in (inner for texts in found for inner in _with_inner(texts)):
        if resolve_pointer(document, node.pointer).pop("nullable", False):
            problem = "null is allowed as a text, but it cannot be embedded"
            yield Defect(f"{node.pointer}/nullable", problem, "the suite does not allow null")


def _with_encodings(
    document: dict[str, Any], request: Schema, response: Schema, roles: Roles
) -> Iterator[Defect]:
    """Allow strings as vectors if a request can ask for base64 and a response has only arrays, and the reverse."""
    encoding = request_form(request, roles.texts).properties.get(roles.encoding or "")
    nodes = {node.pointer: node for node in vector_nodes(response, roles)}
    for pointer, vector in nodes.items():
        if _is_vector(vector) and can_ask_for(BINARY, encoding):
            _add_alternative(document, pointer, STRING)
            problem = "a request can ask for base64, but an embedding must be an array of numbers"
            yield Defect(pointer, problem, "the suite also accepts a base64 string")
        elif vector.type == "string" and encoding is not None and FLOAT in named_in(encoding):
            _add_alternative(document, pointer, ARRAY)
            problem = "a request can ask for float, but an embedding must be a string"
            yield Defect(pointer, problem, "the suite also accepts an array of numbers")


def _add_alternative(document: dict[str, Any], pointer: str, other: Mapping[str, Any]) -> None:
    """Allow *other* beside the schema at *pointer*."""
    node = resolve_pointer(document, pointer)
    description = {"description": node["description"]} if "description" in node else {}
    kept = {key: value for key, value in node.items() if key != "description"}
    _replace(document, pointer, {**description, "oneOf": [kept, dict(other)]})


def _texts(request: Schema, roles: Roles) -> Iterator[tuple[Schema, Schema]]:
    """The forms of a request that have texts, each with the schema of these."""
    for form in forms_of(request):
        if roles.texts is not None and roles.texts in form.properties:
            yield form, form.properties[roles.texts]


def _is_vector(node: Schema) -> bool:
    return node.type == "array" and node.items is not None and node.items.type in NUMBERS


def _with_inner(node: Schema) -> Iterator[Schema]:
    yield node
    for inner in (*node.branches, *([] if node.items is None else [node.items])):
        yield from _with_inner(inner)


def _replace(document: dict[str, Any], pointer: str, value: Any) -> None:
    *parents, last = split_pointer(pointer)
    resolve_pointer(document, join_pointer(parents))[last] = copy.deepcopy(value)
