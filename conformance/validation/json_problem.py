"""The result of reading JSON: a value and its problems, with their positions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Final

MAX_PROBLEMS: Final = 20
"""Problems that are reported for one body. Each has a pointer, which can be as long as the names in the body."""

MAX_EXCERPT: Final = 24


class Missing(Enum):
    """The type of MISSING, the value of a body without a value. None is the value of JSON's null."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


class ProblemKind(StrEnum):
    """What is wrong with a body. Each kind is the last part of a requirement id, as in ``request.json.syntax``."""

    ENCODING = "encoding"
    EMPTY = "empty"
    SYNTAX = "syntax"
    TRAILING_DATA = "trailing-data"
    NOT_A_NUMBER = "not-a-number"
    DEPTH = "depth"
    LONG_NUMBER = "long-number"
    DUPLICATE_KEY = "duplicate-key"
    BYTE_ORDER_MARK = "byte-order-mark"

    @property
    def fatal(self) -> bool:
        """Whether a body with this problem has no value."""
        return self not in (ProblemKind.DUPLICATE_KEY, ProblemKind.BYTE_ORDER_MARK)


@dataclass(frozen=True, slots=True)
class Position:
    """A position in a text: ``offset`` in UTF-8 bytes, from 0; ``line`` and ``column`` in characters, from 1."""

    offset: int
    line: int
    column: int

    @classmethod
    def at(cls, text: str, index: int) -> Position:
        """The position of the character of *text* at *index*."""
        offset = len(text[:index].encode("utf-8", "surrogatepass"))
        return cls(offset, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))

    def __str__(self) -> str:
        return f"at line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a body.

    ``expected`` and ``found`` complete the sentence "expected ..., found ...". Both are short for every body.
    ``pointer`` (RFC 6901) is the place of a number without a value, or of the object that repeats the name ``key``.
    ``position`` is where the reader stopped.
    """

    kind: ProblemKind
    expected: str
    found: str
    pointer: str = ""
    position: Position | None = None
    key: str | None = None

    @property
    def fatal(self) -> bool:
        """Whether a body with this problem has no value."""
        return self.kind.fatal


@dataclass(slots=True)
class Parsed:
    """The ``value`` of a body, or MISSING, and at most MAX_PROBLEMS ``problems``.

    It is not frozen: that would take as long as reading a small request.
    """

    value: object
    problems: tuple[Problem, ...] = ()


def json_excerpt(text: str) -> str:
    """The first MAX_EXCERPT characters of *text* as a JSON string in printable ASCII."""
    return json.dumps(text if len(text) <= MAX_EXCERPT else f"{text[:MAX_EXCERPT]}...")
