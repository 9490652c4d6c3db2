"""Whether a schema is of the kind that a role needs. ``spec/roles.yaml`` names the kinds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import IntEnum

from .schema import Schema

NUMBERS = ("integer", "number")
ENCODINGS = frozenset({"float", "base64"})
BINARY = "base64"


class Fit(IntEnum):
    """Whether a schema is of a kind. OPEN: it describes nothing, so that its values may be of any kind."""

    NO = 0
    OPEN = 1
    CERTAIN = 2


def forms_of(node: Schema) -> Iterator[Schema]:
    """*node* and its alternatives, with theirs."""
    yield node
    for branch in node.branches:
        yield from forms_of(branch)


def is_open(node: Schema) -> bool:
    """Whether *node* describes nothing of an object."""
    described = node.branches or node.properties or node.items is not None or "enum" in node.node
    return not described and not node.closed and node.type in (None, "object")


def _fits(node: Schema, is_certain: Callable[[Schema], bool]) -> Fit:
    if any(is_certain(form) for form in forms_of(node)):
        return Fit.CERTAIN
    return Fit.OPEN if is_open(node) and node.type is None else Fit.NO


def _is_type(*types: str) -> Callable[[Schema], Fit]:
    return lambda node: _fits(node, lambda form: form.type in types)


def _fits_texts(node: Schema) -> Fit:
    free = any(form.type == "string" and "enum" not in form.node for form in forms_of(node))
    return Fit.CERTAIN if free else _fits_text_array(node)


def _fits_text_array(node: Schema) -> Fit:
    return _fits(node, lambda form: form.items is not None and _fits_texts(form.items) == Fit.CERTAIN)


def _fits_encoding(node: Schema) -> Fit:
    values = named_in(node)
    if values:
        return Fit.CERTAIN if values & ENCODINGS else Fit.NO
    return _fits(node, lambda form: form.type == "string")


def _names_base64(node: Schema) -> Fit:
    return Fit.CERTAIN if BINARY in named_in(node) else Fit.NO


def named_in(node: Schema) -> set[str]:
    """The strings that the enumerations of *node* list."""
    return {value for form in forms_of(node) for value in form.node.get("enum", ()) if isinstance(value, str)}


def fits_vector(node: Schema) -> Fit:
    """Whether *node* is an array of numbers."""

    def is_array_of_numbers(form: Schema) -> bool:
        return form.items is not None and any(item.type in NUMBERS for item in forms_of(form.items))

    found = _fits(node, is_array_of_numbers)
    may_be_one = any(form.type == "string" or _is_undescribed_array(form) for form in forms_of(node))
    return Fit.OPEN if found == Fit.NO and may_be_one else found


def _is_undescribed_array(node: Schema) -> bool:
    return node.type == "array" and (node.items is None or (is_open(node.items) and node.items.type is None))


KINDS: Mapping[str, Callable[[Schema], Fit]] = {
    "texts": _fits_texts,
    "string": _is_type("string"),
    "integer": _is_type("integer", "number"),
    "number": _is_type("integer", "number"),
    "encoding": _fits_encoding,
    "option": lambda node: Fit.CERTAIN,
    "vector": fits_vector,
}
"""Whether a schema is of a kind, by the kinds of ``spec/roles.yaml``."""

CERTAINLY: Mapping[str, Callable[[Schema], Fit]] = {
    **KINDS,
    "texts": _fits_text_array,
    "encoding": _names_base64,
}
"""The same without the help of a name."""
