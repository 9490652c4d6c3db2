"""A violation of a requirement by a payload, and short descriptions of JSON values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice
from typing import Self

from conformance.contract import Requirement

MAX_VIOLATIONS = 1000
"""Violations that are listed for one payload. A payload can have millions of wrong numbers."""

MAX_FOUND = 80


@dataclass(frozen=True, slots=True)
class Violation:
    """One violated requirement at one place of a payload.

    ``pointer`` is a JSON pointer (RFC 6901) into the payload. ``expected`` and ``found`` complete the sentence
    "expected ..., found ...".
    """

    level: str
    requirement: str
    pointer: str
    expected: str
    found: str

    @classmethod
    def of(cls, requirement: Requirement, pointer: str, expected: str, found: str) -> Self:
        """A violation of *requirement*, at its level."""
        return cls(requirement.level, requirement.id, pointer, expected, found)

    @property
    def message(self) -> str:
        """One sentence, which is short even if the payload is large."""
        return f"{self._place}: expected {self.expected}, found {self.found}"

    @property
    def expectation(self) -> str:
        """The place and what was expected there, such as ``at /data: an array``. In a message it follows "expected"."""
        return f"{'at' if self.pointer else 'in'} {self._place}: {self.expected}"

    @property
    def _place(self) -> str:
        return clip(_printable(self.pointer)) or "the body"

    def __str__(self) -> str:
        return self.message


def bounded_violations(*parts: Iterable[Violation]) -> list[Violation]:
    """The violations of all *parts*, at most MAX_VIOLATIONS. Each part has an equal share of the limit."""
    share = MAX_VIOLATIONS // len(parts)
    return [violation for part in parts for violation in islice(part, share)]


def first_of(violations: Iterable[Violation], level: str = "must") -> Violation | None:
    """The first violation at *level*."""
    return next((v for v in violations if v.level == level), None)


def json_type(value: object) -> str:
    """The JSON type of a Python value. An int is an ``integer``, a float is a ``number``, a bool is neither."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case list() | tuple():
            return "array"
        case dict():
            return "object"
    return type(value).__name__


TYPE_PHRASES = {
    "null": "null",
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "array": "an array",
    "object": "an object",
    "boolean": "a boolean",
}


def describe_value(value: object) -> str:
    """*value* in a few words: the value itself if it is short, otherwise its type."""
    match value:
        case bool():
            return "true" if value else "false"
        case None:
            return "null"
        case int() | float():
            return clip(_digits(value))
        case str():
            return "an empty string" if not value else f"the string {clip(ascii(value))}"
        case list() | tuple():
            return "an empty array" if not value else f"an array of {counted(len(value), 'item')}"
        case dict():
            return "an object"
    return f"a Python {type(value).__name__}"


def counted(number: int, noun: str) -> str:
    """*number* and *noun*, in the plural unless *number* is 1."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def clip(text: str) -> str:
    """The first MAX_FOUND characters of *text*, so that it fits on one line of a report."""
    return text if len(text) <= MAX_FOUND else f"{text[: MAX_FOUND - 3]}..."


def _printable(pointer: str) -> str:
    """*pointer* on one line. The names in a payload can contain line breaks, terminal commands and lone surrogates."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in pointer[: MAX_FOUND + 1])


def _digits(value: int | float) -> str:
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an integer of {value.bit_length()} bits"
    return str(value)
