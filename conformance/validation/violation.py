"""What is wrong with a payload, as data first and a sentence second."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from conformance.contract import Requirement

MAX_VIOLATIONS = 1000
"""A payload's list of violations is no longer: three million wrong numbers are one message, not a gigabyte of them."""

MAX_FOUND = 80


@dataclass(frozen=True, slots=True)
class Violation:
    """One violated requirement at one place of a payload.

    ``pointer`` is a JSON pointer (RFC 6901) into the payload; ``expected`` and ``found`` complete the sentence.
    """

    level: str
    requirement: str
    pointer: str
    expected: str
    found: str

    @property
    def message(self) -> str:
        """One short sentence, whatever the payload's size."""
        return f"{clip(_printable(self.pointer)) or 'the body'}: expected {self.expected}, found {self.found}"

    def __str__(self) -> str:
        return self.message


def violated(requirement: Requirement, pointer: str, expected: str, found: str) -> Violation:
    """A violation of *requirement*, at its level."""
    return Violation(requirement.level, requirement.id, pointer, expected, found)


def bounded(*parts: Iterable[Violation]) -> list[Violation]:
    """The violations of all *parts*, at most MAX_VIOLATIONS. Each has its share, so that none crowds out another."""
    share = MAX_VIOLATIONS // len(parts)
    return [violation for part in parts for violation in islice(part, share)]


def json_type(value: object) -> str:
    """The JSON type of a Python value; ``integer`` is told from ``number``, and a bool is no integer."""
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


NAMED = {
    "null": "null",
    "integer": "an integer",
    "number": "a number",
    "string": "a string",
    "array": "an array",
    "object": "an object",
    "boolean": "a boolean",
}


def describe(value: object) -> str:
    """What was found, in a few words: the value itself where it is short, its type otherwise."""
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
            return "an empty array" if not value else f"an array of {len(value)} item{'s'[: len(value) > 1]}"
        case dict():
            return "an object"
    return f"a Python {type(value).__name__}"


def clip(text: str) -> str:
    """*text*, cut to a length that a line of a report can hold."""
    return text if len(text) <= MAX_FOUND else f"{text[: MAX_FOUND - 3]}..."


def _printable(pointer: str) -> str:
    """*pointer* on one line: a payload's names may hold line breaks, terminal commands, lone surrogates."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in pointer[: MAX_FOUND + 1])


def first_of(violations: Iterable[Violation], level: str = "must") -> Violation | None:
    """The first violation at *level*."""
    return next((v for v in violations if v.level == level), None)


def _digits(value: int | float) -> str:
    if isinstance(value, int) and value.bit_length() > 256:
        return f"an integer of {value.bit_length()} bits"
    return str(value)
