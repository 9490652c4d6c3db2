"""Local references: `$ref` within one document. Nothing outside the document is ever fetched or read."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from conformance.contract.errors import (
    DanglingReference,
    LongReference,
    PointerError,
    ReferenceCycle,
    RemoteReference,
)

from .json_pointer import escape_token, resolve_pointer
from .limits import MAX_REFERENCES

# The values of these keys, and of extensions, are examples or defaults: a `$ref` in them is data ...
_LITERAL = frozenset({"default", "enum", "example", "value"})
# ... unless the author chose the key's name, as for all keys directly below these.
_NAMED = frozenset(
    {"callbacks", "examples", "headers", "links", "parameters", "properties", "requestBodies", "responses"}
    | {"schemas", "securitySchemes"}
)


def dereference(document: Mapping[str, Any], pointer: str) -> tuple[str, Any]:
    """Follow the references at a pointer; return the final pointer and the value there.

    Parameters: the whole `document`; the `pointer` of a value that may be a reference. Members next to `$ref`
    are ignored (OpenAPI 3.0.3, Reference Object).
    Raises PointerError, RemoteReference, DanglingReference, ReferenceCycle, LongReference.
    """
    value = resolve_pointer(document, pointer)
    if not isinstance(value, Mapping) or "$ref" not in value:
        return pointer, value
    return target_of(document, value, pointer)


def target_of(
    document: Mapping[str, Any],
    node: Mapping[str, Any],
    pointer: str,
    goes_on: Callable[[Mapping[str, Any]], bool] = lambda reference: True,
) -> tuple[str, Any]:
    """The pointer and the value that *node*, a reference at *pointer*, leads to.

    A reference there is followed too if *goes_on* is true for it. Raises RemoteReference, DanglingReference,
    ReferenceCycle, LongReference.
    """
    value: Any = node
    chain: list[str] = []
    while isinstance(value, Mapping) and "$ref" in value and (not chain or goes_on(value)):
        reference = value["$ref"]
        if reference in chain:
            raise ReferenceCycle(reference, pointer, (*chain, reference))
        if len(chain) == MAX_REFERENCES:
            raise LongReference(reference, pointer, MAX_REFERENCES)
        chain.append(reference)
        pointer, value = follow_reference(document, reference, pointer)
    return pointer, value


def check_references(document: Mapping[str, Any]) -> None:
    """Follow every reference of the document once.

    Raises the same errors as `dereference`, for the first reference that cannot be followed.
    """
    for pointer, node in openapi_objects(document):
        if "$ref" in node:
            dereference(document, pointer)


def references_in(value: Any) -> Iterator[str]:
    """Yield the references to the same document in *value*, those that a discriminator names too."""
    for _, node in openapi_objects(value):
        reference = node.get("$ref")
        if isinstance(reference, str) and reference.startswith("#"):
            yield reference
        mapping = node.get("mapping")
        if isinstance(mapping, Mapping):
            yield from (one for one in mapping.values() if isinstance(one, str) and one.startswith("#"))


def openapi_objects(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the pointer and value of each object that OpenAPI defines, without those in examples and extensions."""
    yield from _mappings(document, "")


def follow_reference(document: Mapping[str, Any], reference: object, pointer: str) -> tuple[str, Any]:
    """The pointer and the value that *reference*, which is at *pointer*, names.

    Raises RemoteReference, DanglingReference.
    """
    if not isinstance(reference, str):
        raise DanglingReference(repr(reference), pointer, "a $ref must be a string")
    if not reference.startswith("#"):
        raise RemoteReference(reference, pointer)
    target = unquote(reference[1:])  # a URI fragment (RFC 6901 section 6)
    try:
        return target, resolve_pointer(document, target)
    except PointerError as problem:
        raise DanglingReference(reference, pointer, str(problem)) from None


def _mappings(node: Any, pointer: str, *, named: bool = False) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _mappings(item, f"{pointer}/{index}")
    elif isinstance(node, Mapping):
        if not named:
            yield pointer, node
        for key, value in node.items():
            if named or not (key in _LITERAL or key.startswith("x-")):
                yield from _mappings(
                    value, f"{pointer}/{escape_token(key)}", named=not named and key in _NAMED
                )
