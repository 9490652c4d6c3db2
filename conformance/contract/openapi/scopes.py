"""References in schemas: pointers into the document, and those that are relative to identifiers of schemas.

Source: JSON Schema 2020-12, Core, section 8.2; OpenAPI 3.1.0, section "Relative References in URLs".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.contract.errors import PointerError

from .json_pointer import join_pointer, resolve_pointer, split_pointer
from .json_schema import LITERAL, NAMED, REFERENCES, contains_key
from .keywords import DYNAMIC, IDENTIFIERS

OWN_DEFINITIONS = ("$defs", "definitions")
NAMED_INSIDE = IDENTIFIERS | {"$dynamicAnchor"}
MOVED = DYNAMIC | IDENTIFIERS | {"$ref", "allOf", "oneOf", "anyOf", "prefixItems"}
"""Keywords whose schemas in normal form have members of other schemas, or lack some of their own."""


def is_scoped(node: Mapping[str, Any]) -> bool:
    """Whether references in *node* are relative to identifiers. Only JSON Schema's validator follows these."""
    reference = node.get("$ref")
    if not DYNAMIC.isdisjoint(node) or (isinstance(reference, str) and not reference.startswith("#/")):
        return True
    inside = (node.get(key) for key in OWN_DEFINITIONS)
    is_named = not IDENTIFIERS.isdisjoint(node) or any(contains_key(one, NAMED_INSIDE) for one in inside)
    return is_named and contains_key(node, REFERENCES)


def keeps_place(document: Mapping[str, Any], pointer: str) -> bool:
    """Whether the schema at *pointer* of *document* has its normal form at the same pointer."""
    tokens = split_pointer(pointer)
    is_component = tokens[:2] == ("components", "schemas")
    start = 3 if is_component else tokens.index("schema") + 1 if "schema" in tokens else len(tokens) + 1
    while start < len(tokens):
        outer = resolve_pointer(document, join_pointer(tokens[:start]))
        if not isinstance(outer, Mapping) or not MOVED.isdisjoint(outer):
            return False
        start += {"properties": 2, "items": 1}.get(tokens[start], len(tokens) + 1)
    return start == len(tokens)


def with_own_definitions(node: Any) -> Any:
    """*node*, a document, whose references to ``#/$defs/NAME`` are pointers to these members of the schema around.

    Generators of schemas write them so; in a document of OpenAPI they would be members of the document.
    """
    return _Relocation(node).moved(node, "", {})


class _Relocation:
    def __init__(self, document: Any) -> None:
        self._document = document

    def moved(self, node: Any, pointer: str, around: Mapping[str, str], *, named: bool = False) -> Any:
        """*node*, which is at *pointer*; *around* has the pointer of the closest definitions of each name."""
        if isinstance(node, list):
            return [self.moved(item, f"{pointer}/{number}", around) for number, item in enumerate(node)]
        if not isinstance(node, Mapping):
            return node
        if not named and not IDENTIFIERS.isdisjoint(node):
            return node
        own = {key: f"{pointer}/{key}" for key in OWN_DEFINITIONS if isinstance(node.get(key), Mapping)}
        around = {**around, **own} if pointer and not named else around
        return {
            key: self._member(key, value, pointer + join_pointer((key,)), around)
            if not named
            else self.moved(value, pointer + join_pointer((key,)), around)
            for key, value in node.items()
        }

    def _member(self, key: str, value: Any, pointer: str, around: Mapping[str, str]) -> Any:
        if key in REFERENCES:
            return self._reference(value, around)
        is_named = key in NAMED and isinstance(value, Mapping)
        if key in LITERAL and not is_named:
            return value
        return self.moved(value, pointer, around, named=is_named)

    def _reference(self, value: Any, around: Mapping[str, str]) -> Any:
        for key, place in around.items():
            if isinstance(value, str) and value.startswith(f"#/{key}/") and not self._is_there(value):
                return f"#{place}{value.removeprefix(f'#/{key}')}"
        return value

    def _is_there(self, reference: str) -> bool:
        try:
            resolve_pointer(self._document, reference.removeprefix("#"))
        except PointerError:
            return False
        return True
