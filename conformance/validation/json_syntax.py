"""Explain where a text stops being JSON: syntax errors and excessive nesting.

The keys of SCANNER_MESSAGES are messages of CPython's ``json`` module, which are not a documented interface. A message
that is not listed is reported as it is.
"""

from __future__ import annotations

import re
from typing import Final

from .json_problem import MAX_EXCERPT, Position, Problem, ProblemKind, json_excerpt

MAX_DEPTH: Final = 128
"""Arrays and objects inside one another. RFC 8259 section 9 lets a parser set a limit."""

EXTRA_DATA: Final = "Extra data"
EXPECTED_COMMA: Final = "Expecting ',' delimiter"

SCANNER_MESSAGES: Final = {
    "Expecting value": "a JSON value (RFC 8259 section 3)",
    "Expecting property name enclosed in double quotes": "a name in double quotes (RFC 8259 section 4)",
    "Expecting ':' delimiter": "a colon after the name (RFC 8259 section 4)",
    EXPECTED_COMMA: "a comma or the closing bracket (RFC 8259 section 2)",
    "Illegal trailing comma before end of object": "no comma before the closing bracket (RFC 8259 section 4)",
    "Illegal trailing comma before end of array": "no comma before the closing bracket (RFC 8259 section 5)",
    "Unterminated string starting at": "a string with its closing quotation mark (RFC 8259 section 7)",
    "Invalid control character at": "control characters escaped (RFC 8259 section 7)",
    "Invalid \\escape": "an escape sequence of RFC 8259 section 7",
    "Invalid \\uXXXX escape": "four hexadecimal digits after \\u (RFC 8259 section 7)",
    EXTRA_DATA: "nothing after the value (RFC 8259 section 2)",
}
"""The message of ``json.JSONDecodeError`` (CPython 3.11 to 3.13), and what was expected."""

_NUMBER_FORM: Final = "no leading zero, and digits around a decimal point or exponent (RFC 8259 section 6)"
_REST_OF_NUMBER: Final = re.compile(r"(?<=[0-9])[0-9.eE]")
"""The unread part of 01, 1. and 1e: the scanner reads the digits as a number and fails at the next character."""

_STRING_OR_BRACKET: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|\[|\]|\{|\}')


def syntax_problem(text: str, index: int, message: str) -> Problem:
    """The problem that the scanner reported as *message* at *index* of *text*."""
    kind = ProblemKind.TRAILING_DATA if message == EXTRA_DATA else ProblemKind.SYNTAX
    expected = SCANNER_MESSAGES.get(message, message)
    if message in (EXTRA_DATA, EXPECTED_COMMA) and _REST_OF_NUMBER.match(text, index):
        kind, expected = ProblemKind.SYNTAX, _NUMBER_FORM
    position = Position.at(text, index)
    found = (
        json_excerpt(text[index : index + MAX_EXCERPT + 1]) if index < len(text) else "the end of the body"
    )
    return Problem(kind, expected, f"{found} {position}", position=position)


def first_too_deep(text: str) -> int | None:
    """The index of the first bracket beyond MAX_DEPTH. The text is cut there, because the scanner is recursive."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return None
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        first = text[token.start()]
        depth += (first in "[{") - (first in "]}")
        if depth > MAX_DEPTH:
            return token.start()
    return None


def depth_problem(text: str, index: int) -> Problem:
    """The problem of the bracket at *index* of *text*, which is nested too deeply."""
    position = Position.at(text, index)
    expected = f"at most {MAX_DEPTH} nested arrays and objects (RFC 8259 section 9)"
    return Problem(ProblemKind.DEPTH, expected, f"one more {position}", position=position)
