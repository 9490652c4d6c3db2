"""JSON text to Python values, as strictly as RFC 8259 has it, at orjson's speed where that loses nothing.

Two readers give equal results. orjson reads first; whatever it refuses or may have lost (a repeated name, an
integer beyond 64 bits, nesting beyond the bound) is read again by the standard library's scanner, which can
explain.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from itertools import chain, islice
from math import hypot
from typing import Any, Final

MAX_DEPTH: Final = 128
"""Arrays and objects inside one another; RFC 8259 section 9 lets a parser set a limit."""

MAX_DIGITS: Final = 640
"""Digits of an integer (RFC 8259 section 9): the most that CPython reads and prints under any settings."""

MAX_PROBLEMS: Final = 20
"""Problems reported of one body; each has a pointer, which may be as long as the body's longest names."""


class Missing(Enum):
    """The type of MISSING, which stands where a body has no value; None would be JSON's null."""

    MISSING = "missing"


MISSING: Final = Missing.MISSING


class Kind(StrEnum):
    """What is wrong with a body."""

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
        """Whether it leaves the body without a value."""
        return self not in (Kind.DUPLICATE_KEY, Kind.BYTE_ORDER_MARK)


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a text.

    ``offset`` is in bytes of its UTF-8 form, from 0; ``line``, and ``column`` in characters, are from 1.
    """

    offset: int
    line: int
    column: int

    @classmethod
    def at(cls, text: str, index: int) -> Position:
        """The place of the character of *text* at *index*."""
        offset = len(text[:index].encode("utf-8", "surrogatepass"))
        return cls(offset, text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index))

    def __str__(self) -> str:
        return f"at line {self.line}, column {self.column}"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a body.

    ``expected`` and ``found`` complete a sentence, and are short whatever the body. ``pointer`` (RFC 6901)
    leads to a number without a value, or to the object that repeats the name ``key``. ``position`` is where
    the reading ended.
    """

    kind: Kind
    expected: str
    found: str
    pointer: str = ""
    position: Position | None = None
    key: str | None = None

    @property
    def fatal(self) -> bool:
        """Whether it leaves the body without a value."""
        return self.kind.fatal


@dataclass(frozen=True, slots=True)
class Parsed:
    """The ``value`` of a body, MISSING where it has none, and its ``problems``, at most MAX_PROBLEMS."""

    value: object
    problems: tuple[Problem, ...] = ()


def parse(body: bytes | str) -> Parsed:
    """Read *body* as one JSON text (RFC 8259). No body makes it raise.

    Integers are exact. Other numbers are IEEE 754 doubles, and inf beyond their range (section 6 permits
    1e400). The last value of a repeated name counts (section 4). An escaped lone surrogate stays one in the
    str (section 8.2), and so does one in a *body* that is a str.
    """
    import orjson

    data = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return parse_exactly(body)
    names = _count_names(value)
    return parse_exactly(body) if names is None or _may_repeat(data, names) else Parsed(value)


_END_OF_NAME: Final = re.compile(rb'"(?:(?<!\\")|(?<=\\\\"))[ \t\n\r]*+:')
"""Each name ends so, and some strings hold the same. One backslash escapes the quotation mark, two do not."""


def _may_repeat(data: bytes, names: int) -> bool:
    """Whether *data* may have more names than the *names* that are in its tree.

    It has at least one colon and one end of a name for each: with no more of either, none was repeated.
    """
    colon = -1
    for _ in range(names):
        colon = data.find(b":", colon + 1)
    if data.find(b":", colon + 1) < 0:
        return False
    return names != len(_END_OF_NAME.findall(data))


_LARGE: Final = 2.0**62
"""An integer that orjson made a float is 2**63 at least; half of that is out of reach of any rounding."""


def _count_names(root: object) -> int | None:
    """The number of names in *root*, as orjson read it; None where it is too deep or may lack an integer."""
    names = 0
    level: list[Any] = [[root]]
    for _ in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for node in level:
            names += len(node) if isinstance(node, dict) else 0
            for child in _worth_a_look(node):
                if isinstance(child, float):
                    if abs(child) >= _LARGE:
                        return None
                elif isinstance(child, (dict, list)):
                    below.append(child)
        if not below:
            return names
        level = below
    return None


def _worth_a_look(node: dict[str, Any] | list[Any]) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    try:
        # One call in C tells that all are numbers (it raises otherwise) and that none of them is large.
        if hypot(*node) < _LARGE:
            return ()
    except TypeError:
        pass
    return () if {float, dict, list}.isdisjoint(map(type, node)) else node


def parse_exactly(body: bytes | str) -> Parsed:
    """Do what ``parse`` does by the standard library's scanner alone: slower, and nothing escapes it."""
    text = body if isinstance(body, str) else _decode(body)
    if isinstance(text, Problem):
        return Parsed(MISSING, (text,))
    marked = text.startswith("\ufeff")
    value, problems = _Reader(text, start=int(marked)).read()
    mark = Problem(
        Kind.BYTE_ORDER_MARK, "no byte order mark (RFC 8259 section 8.1)", "U+FEFF before the text"
    )
    return Parsed(value, tuple(islice(chain([mark] * marked, problems), MAX_PROBLEMS)))


def _decode(body: bytes) -> str | Problem:
    expected = "UTF-8 (RFC 8259 section 8.1)"
    encoding = json.detect_encoding(body)
    if not encoding.startswith("utf-8"):
        found = f"what looks like {encoding.upper()}"
        return Problem(Kind.ENCODING, expected, found, position=Position(0, 1, 1))
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8")
        found = f"byte 0x{body[error.start]:02x} at offset {error.start} ({error.reason})"
        return Problem(Kind.ENCODING, expected, found, position=Position.at(before, len(before)))


@dataclass(frozen=True, slots=True)
class _Unreadable:
    """Stands in the tree for a number that has no value."""

    kind: Kind
    expected: str
    found: str


# One of each for all texts: three million of them would cost seconds.
_CONSTANTS: Final = {
    name: _Unreadable(Kind.NOT_A_NUMBER, "a finite number (RFC 8259 section 6)", name)
    for name in ("NaN", "Infinity", "-Infinity")
}

_WALKED: Final = (dict, list, _Unreadable)

Path = tuple["Path", str | int] | None
"""The way to a node from its end; a pointer is only made of it for a problem."""


class _Reader:
    """One reading by the standard library's scanner, whose hooks keep what it would lose or choke on."""

    def __init__(self, text: str, start: int) -> None:
        self._text, self._start = text, start
        self._readable = True
        # By the id of the object, which is kept beside its members so that the id stays its own.
        self._repeated: dict[int, tuple[dict[str, Any], list[tuple[str, Any]]]] = {}

    def read(self) -> tuple[object, Iterable[Problem]]:
        text, start = self._text, self._start
        if not text[start:].strip(" \t\n\r"):
            return MISSING, [Problem(Kind.EMPTY, "a JSON value (RFC 8259 section 2)", "nothing")]
        too_deep = _too_deep(text)
        scanner = json.JSONDecoder(
            object_pairs_hook=self._object, parse_int=self._integer, parse_constant=self._constant
        )
        try:
            value = scanner.decode(text[start:too_deep])
        except json.JSONDecodeError as error:
            index = start + error.pos
            return MISSING, [_depth(text, index) if index == too_deep else _syntax(text, index, error.msg)]
        if self._readable:
            return value, self._problems(value) if self._repeated else ()
        return MISSING, (problem for problem in self._problems(value) if problem.fatal)

    def _object(self, members: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(members)
        if len(value) < len(members):
            self._repeated[id(value)] = value, members
        return value

    def _integer(self, literal: str) -> int | _Unreadable:
        digits = len(literal) - literal.startswith("-")
        if digits <= MAX_DIGITS:
            return int(literal)
        self._readable = False
        expected = f"an integer of at most {MAX_DIGITS} digits (RFC 8259 section 9)"
        return _Unreadable(Kind.LONG_NUMBER, expected, f"{digits} digits")

    def _constant(self, name: str) -> _Unreadable:
        self._readable = False
        return _CONSTANTS[name]

    def _problems(self, node: Any, path: Path = None) -> Iterator[Problem]:
        if isinstance(node, _Unreadable):
            yield Problem(node.kind, node.expected, node.found, _pointer(path))
            return
        if id(node) in self._repeated:
            yield from _duplicates(self._repeated[id(node)][1], path)
        for step, child in self._children(node):
            if isinstance(child, _WALKED):
                yield from self._problems(child, (path, step))

    def _children(self, node: dict[str, Any] | list[Any]) -> Iterable[tuple[str | int, Any]]:
        if isinstance(node, list):
            return enumerate(node)
        return self._repeated[id(node)][1] if id(node) in self._repeated else node.items()


def _duplicates(members: list[tuple[str, Any]], path: Path) -> Iterator[Problem]:
    for key, count in Counter(key for key, _ in members).items():
        if count > 1:
            expected = "each name once in an object (RFC 8259 section 4)"
            found = f"{_excerpt(key)} {count} times"
            yield Problem(Kind.DUPLICATE_KEY, expected, found, _pointer(path), key=key)


def _pointer(path: Path) -> str:
    steps: list[str] = []
    while path is not None:
        path, step = path
        steps.append(str(step).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{step}" for step in reversed(steps))


_STRING_OR_BRACKET: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|\[|\]|\{|\}')


def _too_deep(text: str) -> int | None:
    """The index of the first bracket beyond MAX_DEPTH; the scanner, which recurses, never sees it."""
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return None
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        first = text[token.start()]
        depth += (first in "[{") - (first in "]}")
        if depth > MAX_DEPTH:
            return token.start()
    return None


def _depth(text: str, index: int) -> Problem:
    position = Position.at(text, index)
    expected = f"at most {MAX_DEPTH} arrays and objects inside one another (RFC 8259 section 9)"
    return Problem(Kind.DEPTH, expected, f"one more {position}", position=position)


_SCANNER_EXPECTS: Final = {
    "Expecting value": "a JSON value (RFC 8259 section 3)",
    "Expecting property name enclosed in double quotes": "a name in double quotes (RFC 8259 section 4)",
    "Expecting ':' delimiter": "a colon after the name (RFC 8259 section 4)",
    "Expecting ',' delimiter": "a comma or the closing bracket (RFC 8259 section 2)",
    "Illegal trailing comma before end of object": "no comma before the closing bracket (RFC 8259 section 4)",
    "Illegal trailing comma before end of array": "no comma before the closing bracket (RFC 8259 section 5)",
    "Unterminated string starting at": "a string with its closing quotation mark (RFC 8259 section 7)",
    "Invalid control character at": "control characters escaped (RFC 8259 section 7)",
    "Invalid \\escape": "an escape sequence of RFC 8259 section 7",
    "Invalid \\uXXXX escape": "four hexadecimal digits behind \\u (RFC 8259 section 7)",
    "Extra data": "nothing after the value (RFC 8259 section 2)",
}
_A_NUMBER: Final = "no leading zero, and digits around a decimal point or exponent (RFC 8259 section 6)"
_REST_OF_A_NUMBER: Final = re.compile(r"(?<=[0-9])[0-9.eE]")
"""What the scanner leaves of 01, 1. and 1e: it takes the number for read, and stumbles over the rest."""


def _syntax(text: str, index: int, message: str) -> Problem:
    kind = Kind.TRAILING_DATA if message == "Extra data" else Kind.SYNTAX
    expected = _SCANNER_EXPECTS.get(message, message)
    if message in ("Extra data", "Expecting ',' delimiter") and _REST_OF_A_NUMBER.match(text, index):
        kind, expected = Kind.SYNTAX, _A_NUMBER
    position = Position.at(text, index)
    found = _excerpt(text[index : index + MAX_EXCERPT + 1]) if index < len(text) else "the end of the body"
    return Problem(kind, expected, f"{found} {position}", position=position)


MAX_EXCERPT: Final = 24


def _excerpt(text: str) -> str:
    """A few characters of a text, in printable ASCII."""
    return json.dumps(text if len(text) <= MAX_EXCERPT else f"{text[:MAX_EXCERPT]}...")
