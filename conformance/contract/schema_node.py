"""The keywords of a schema node in normal form."""

from __future__ import annotations

from conformance.errors import UsageError
from conformance.text import clip

from .openapi.keywords import AS_A_WHOLE, GROUPS, OWN, RECURSION

CONSTRAINTS = OWN | GROUPS.keys() | {AS_A_WHOLE, RECURSION}
"""Keywords for which there are validators and requirements."""


class UnsupportedSchema(UsageError, ValueError):
    """The contract uses a schema construct from which the suite cannot derive checks."""

    def __init__(self, pointer: str, found: str, expected: str) -> None:
        self.pointer, self.found, self.expected = pointer, found, expected
        super().__init__(f"{clip(pointer)}: {clip(found)} is not supported; use {expected}")


ARTICLES = {
    "string": "a string",
    "integer": "an integer",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "an object",
    "null": "null",
}
