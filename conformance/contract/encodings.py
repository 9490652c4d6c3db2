"""The encodings of vectors: those that a request can ask for, and the default of a response."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from .openapi.json_schema import compiled_schema
from .role_kinds import BINARY, ENCODINGS, forms_of
from .role_search import vector_nodes
from .roles import Roles
from .schema import Schema

FLOAT = "float"

ENCODING_OF: Mapping[str, str] = {"array": FLOAT, "string": BINARY}
"""The encoding of a vector by its JSON type."""

OF_TEXTS = ("enum", "pattern", "minLength", "maxLength")


def can_ask_for(encoding: str, node: Schema | None) -> bool:
    """Whether a property with the schema *node* admits the name of *encoding*; False without the property."""
    return node is not None and any(_admits(form, encoding) for form in forms_of(node) if not form.branches)


def default_encoding(node: Schema | None, response: Schema, roles: Roles) -> str | None:
    """The encoding of vectors if a request names none; None if any is possible.

    It is the default of the property with the schema *node*, or the only one that the schema of *response* admits.
    """
    named = None if node is None else node.node.get("default")
    if isinstance(named, str):
        return named
    found = set(_encodings_in(response, roles))
    return found.pop() if len(found) == 1 else None


def _encodings_in(response: Schema, roles: Roles) -> Iterator[str]:
    for node in vector_nodes(response, roles):
        for form in forms_of(node):
            if not form.branches:
                yield from ENCODINGS if form.type is None else [ENCODING_OF.get(form.type, FLOAT)]


def _admits(node: Schema, text: str) -> bool:
    if node.type not in ("string", None):
        return False
    schema = {key: node.node[key] for key in OF_TEXTS if key in node.node}
    try:
        return bool(compiled_schema(schema).is_valid(text))
    except ValueError:  # a pattern without a limit of time
        return False
