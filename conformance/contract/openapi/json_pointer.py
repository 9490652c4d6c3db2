"""JSON pointers (RFC 6901): texts that identify one value in a document."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.contract.errors import PointerError, closest_name, listed_names

_INDEX = re.compile(r"0|[1-9][0-9]*")  # RFC 6901 section 4: no leading zeros


def escape_token(token: str) -> str:
    """Escape a name for a pointer: `~` becomes `~0`, `/` becomes `~1` (RFC 6901 section 3)."""
    return token.replace("~", "~0").replace("/", "~1")


def unescape_token(token: str) -> str:
    """Return the name that an escaped token stands for (RFC 6901 section 4)."""
    return token.replace("~1", "/").replace("~0", "~")


def join_pointer(tokens: Iterable[str | int]) -> str:
    """Make a pointer of unescaped names and indices; without tokens, the empty pointer to the whole document."""
    return "".join(f"/{escape_token(str(token))}" for token in tokens)


def split_pointer(pointer: str) -> tuple[str, ...]:
    """Return the unescaped tokens of a pointer.

    Raises PointerError if it is neither empty nor begins with a slash.
    """
    if not pointer:
        return ()
    if not pointer.startswith("/"):
        raise PointerError(pointer, "", pointer, "a pointer that begins with '/'", f"/{pointer}")
    return tuple(unescape_token(token) for token in pointer[1:].split("/"))


def resolve_pointer(document: Any, pointer: str) -> Any:
    """Return the value that a pointer identifies.

    Parameters: a `document` of JSON values; a `pointer` into it. References (`$ref`) are not followed.
    Raises PointerError with the part that exists and the most similar name.
    """
    tokens = split_pointer(pointer)
    value = document
    for depth, token in enumerate(tokens):
        try:
            value = child_value(value, token)
        except LookupError:
            raise _unresolved(pointer, join_pointer(tokens[:depth]), token, value) from None
    return value


def child_value(value: Any, token: str) -> Any:
    """Return the member or item of one value that an unescaped token names.

    Raises LookupError if it does not exist; `-`, the item after the last item of an array, never exists.
    """
    if isinstance(value, Mapping):
        return value[token]
    if isinstance(value, list) and _INDEX.fullmatch(token):
        return value[int(token)]
    raise LookupError(token)


def _unresolved(pointer: str, reached: str, token: str, value: Any) -> PointerError:
    if isinstance(value, Mapping):
        expected = f"one of {listed_names(value)}" if value else "nothing, because the object is empty"
        return PointerError(pointer, reached, token, expected, closest_name(token, value))
    if isinstance(value, list):
        expected = f"an index below {len(value)}" if value else "nothing, because the array is empty"
        return PointerError(pointer, reached, token, expected)
    return PointerError(pointer, reached, token, "nothing below a value that is neither object nor array")
