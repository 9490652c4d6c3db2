"""Read JSON with the standard library's scanner: slower than orjson, but nothing is lost.

Hooks keep what the scanner loses (repeated names) or does not read (long integers, NaN).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final

from .json_problem import MAX_PROBLEMS, MISSING, Parsed, Position, Problem, ProblemKind, json_excerpt
from .json_syntax import depth_problem, first_too_deep, syntax_problem

MAX_DIGITS: Final = 640
"""Digits of an integer (RFC 8259 section 9): the most that CPython reads and prints under any settings."""

Path = tuple["Path", str | int] | None
"""The steps to a node, last step first. A pointer is built from it only for a problem."""


def parse_exactly(body: bytes | str) -> Parsed:
    """Do what ``strict_json.parse_json`` does with the standard library's scanner alone."""
    text = body if isinstance(body, str) else _decode(body)
    if isinstance(text, Problem):
        return Parsed(MISSING, (text,))
    marked = text.startswith("\ufeff")
    value, problems = _Reader(text, start=int(marked)).read()
    mark = Problem(
        ProblemKind.BYTE_ORDER_MARK, "no byte order mark (RFC 8259 section 8.1)", "U+FEFF before the text"
    )
    return Parsed(value, tuple(islice(chain([mark] * marked, problems), MAX_PROBLEMS)))


def _decode(body: bytes) -> str | Problem:
    expected = "UTF-8 (RFC 8259 section 8.1)"
    encoding = json.detect_encoding(body)
    if not encoding.startswith("utf-8"):
        found = f"text that looks like {encoding.upper()}"
        return Problem(ProblemKind.ENCODING, expected, found, position=Position(0, 1, 1))
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        before = body[: error.start].decode("utf-8")
        found = f"byte 0x{body[error.start]:02x} at offset {error.start} ({error.reason})"
        return Problem(ProblemKind.ENCODING, expected, found, position=Position.at(before, len(before)))


@dataclass(frozen=True, slots=True)
class _InvalidNumber:
    """The place in the tree of a number that has no value."""

    kind: ProblemKind
    expected: str
    found: str


# One object for each constant: a body can hold millions of them.
_CONSTANTS: Final = {
    name: _InvalidNumber(ProblemKind.NOT_A_NUMBER, "a finite number (RFC 8259 section 6)", name)
    for name in ("NaN", "Infinity", "-Infinity")
}

_VISITED: Final = (dict, list, _InvalidNumber)


class _Reader:
    """Reads one text."""

    def __init__(self, text: str, start: int) -> None:
        self._text, self._start = text, start
        self._numbers_valid = True
        # By the id of the object. The object is kept with its members, so that no other object gets its id.
        self._repeated: dict[int, tuple[dict[str, Any], list[tuple[str, Any]]]] = {}

    def read(self) -> tuple[object, Iterable[Problem]]:
        text, start = self._text, self._start
        if not text[start:].strip(" \t\n\r"):
            return MISSING, [Problem(ProblemKind.EMPTY, "a JSON value (RFC 8259 section 2)", "nothing")]
        too_deep = first_too_deep(text)
        scanner = json.JSONDecoder(
            object_pairs_hook=self._object, parse_int=self._integer, parse_constant=self._constant
        )
        try:
            value = scanner.decode(text[start:too_deep])
        except json.JSONDecodeError as error:
            index = start + error.pos
            problem = (
                depth_problem(text, index) if index == too_deep else syntax_problem(text, index, error.msg)
            )
            return MISSING, [problem]
        if self._numbers_valid:
            return value, self._problems(value) if self._repeated else ()
        return MISSING, (problem for problem in self._problems(value) if problem.fatal)

    def _object(self, members: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(members)
        if len(value) < len(members):
            self._repeated[id(value)] = value, members
        return value

    def _integer(self, literal: str) -> int | _InvalidNumber:
        digits = len(literal) - literal.startswith("-")
        if digits <= MAX_DIGITS:
            return int(literal)
        self._numbers_valid = False
        expected = f"an integer of at most {MAX_DIGITS} digits (RFC 8259 section 9)"
        return _InvalidNumber(ProblemKind.LONG_NUMBER, expected, f"{digits} digits")

    def _constant(self, name: str) -> _InvalidNumber:
        self._numbers_valid = False
        return _CONSTANTS[name]

    def _problems(self, node: Any, path: Path = None) -> Iterator[Problem]:
        if isinstance(node, _InvalidNumber):
            yield Problem(node.kind, node.expected, node.found, _pointer(path))
            return
        if id(node) in self._repeated:
            yield from _duplicates(self._repeated[id(node)][1], path)
        for step, child in self._children(node):
            if isinstance(child, _VISITED):
                yield from self._problems(child, (path, step))

    def _children(self, node: dict[str, Any] | list[Any]) -> Iterable[tuple[str | int, Any]]:
        if isinstance(node, list):
            return enumerate(node)
        return self._repeated[id(node)][1] if id(node) in self._repeated else node.items()


def _duplicates(members: list[tuple[str, Any]], path: Path) -> Iterator[Problem]:
    for key, count in Counter(key for key, _ in members).items():
        if count > 1:
            expected = "each name once in an object (RFC 8259 section 4)"
            found = f"{json_excerpt(key)} {count} times"
            yield Problem(ProblemKind.DUPLICATE_KEY, expected, found, _pointer(path), key=key)


def _pointer(path: Path) -> str:
    steps: list[str] = []
    while path is not None:
        path, step = path
        steps.append(str(step).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{step}" for step in reversed(steps))
