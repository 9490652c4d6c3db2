"""Read a large JSON text in bounded memory: its long arrays of numbers are cut out before the rest is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from secrets import token_hex
from typing import Any, Final

from .json_problem import MAX_EXCERPT, MISSING, Parsed, Position, Problem, ProblemKind, excerpt
from .json_reader import parse_exactly
from .long_array import PIECE, LongArray
from .strict_json import parse, parse_fast

LARGE: Final = 256 * 1024
"""Bytes of a text from which its long arrays stay text."""

MAX_VALUES: Final = 48 * 2**20
"""Bytes that the values of a text may need in memory, as estimated, besides characters and long arrays."""

MAX_MEMORY: Final = 140 * 2**20
"""Bytes that a text may need in memory while it is read, with all copies."""

_WEIGHTS: Final = {b"{": 250, b"[": 300, b'"': 30, b",": 60}
"""Estimates of the bytes that a value needs in memory, by a character of its text. A string has two quotation marks."""

_WIDE: Final = 3
"""More bytes of a character in a string that has one beyond ASCII, or an escape sequence."""

_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|\[[^"\[\]{}]{256,}+\]', re.DOTALL)
"""A string, or a long array without strings, arrays and objects in it."""

_CONTINUATION: Final = bytes(range(0x80, 0xC0))
"""The bytes of UTF-8 that do not begin a character."""


_WITH_EXCERPT: Final = (ProblemKind.SYNTAX, ProblemKind.TRAILING_DATA)
"""Problems whose ``found`` begins with what is at their position."""


class NotRead(ValueError):
    """A JSON text would need too much memory."""


class TooManyValues(NotRead):
    """The values outside of long arrays need more memory than MAX_VALUES. No response needs so many."""

    def __init__(self) -> None:
        super().__init__("the body has too many JSON values outside of arrays of numbers")


class TooMuchText(NotRead):
    """The copies of the strings in a text need more memory than MAX_MEMORY."""

    def __init__(self) -> None:
        super().__init__("the strings in the body need too much memory")


def parse_large(body: bytes) -> Parsed:
    """Do what ``parse`` does, but give each long array of a large *body* as a LongArray.

    Raises NotRead.
    """
    if len(body) < LARGE:
        return parse(body)
    if sum(body.count(mark) * weight for mark, weight in _WEIGHTS.items() if mark != b",") > MAX_VALUES:
        raise TooManyValues
    cut = _Cut.of(body)
    if sum(cut.text.count(mark) * weight for mark, weight in _WEIGHTS.items()) > MAX_VALUES:
        raise TooManyValues
    return cut.parsed()


def large_value(body: bytes) -> object:
    """The value of *body*, as ``parse_large`` reads it; MISSING if it has none, or would need too much memory."""
    try:
        return parse_large(body).value
    except NotRead:
        return MISSING


@dataclass(frozen=True, slots=True)
class _Cut:
    """A *body* whose long *arrays* are cut out. The items of each are replaced by a string: *mark* and its number.

    ``ends`` are the ends of the arrays in *body* and in *text*. ``wide`` are the bytes of strings with characters that
    need more than one byte in memory.
    """

    body: bytes
    text: bytes
    mark: str
    arrays: list[LongArray]
    ends: list[tuple[int, int]]
    wide: int

    @classmethod
    def of(cls, body: bytes) -> _Cut:
        """Cut *body*."""
        mark, view = f"{token_hex(16)} ", memoryview(body)
        parts: list[bytes] = []
        arrays: list[LongArray] = []
        ends: list[tuple[int, int]] = []
        done = size = wide = 0
        for token in _TOKEN.finditer(body):
            start, end = token.span()
            if body[start] == ord('"'):
                wide += end - start if _is_wide(body, start, end) else 0
                continue
            try:
                array = LongArray(view, start, end)
            except ValueError:
                continue
            arrays.append(array)
            parts += [body[done:start], b'["%b%d"]' % (mark.encode(), len(ends))]
            size += len(parts[-1]) + len(parts[-2])
            ends.append((end, size))
            done = end
        text = b"".join((*parts, body[done:])) if parts else body
        return cls(body, text, mark, arrays, ends, wide)

    def parsed(self) -> Parsed:
        """The value of the body, and its problems. Raises TooMuchText."""
        size = len(self.text)
        copies = len(self.body) + size * (2 if self.text is self.body else 3) + self.wide * _WIDE
        self._require_memory(copies)
        parsed = parse_fast(self.text)
        if parsed is None:
            self._require_memory(copies + (0 if self.text.isascii() else size * _WIDE))
            parsed = parse_exactly(self.text)
        value = parsed.value if parsed.value is MISSING else self._filled(parsed.value)
        return Parsed(value, tuple(map(self._in_body, parsed.problems)))

    def _require_memory(self, size: int) -> None:
        if size > MAX_MEMORY:
            raise TooMuchText

    def _filled(self, value: Any) -> object:
        """*value* with its arrays in their places."""
        root = [value]
        waiting: list[Any] = [root]
        while waiting:
            node = waiting.pop()
            for key, child in node.items() if isinstance(node, dict) else enumerate(node):
                match child:
                    case [str(text)] if text.startswith(self.mark):
                        node[key] = self.arrays[int(text.removeprefix(self.mark))]
                    case dict() | list():
                        waiting.append(child)
        return root[0]

    def _in_body(self, problem: Problem) -> Problem:
        """*problem* of the text, with its position in the body."""
        before = problem.position
        if before is None:
            return problem
        after = self._position(before.offset)
        found = problem.found.replace(f"at offset {before.offset} ", f"at offset {after.offset} ")
        found = found.replace(str(before), str(after))
        if problem.kind in _WITH_EXCERPT and after.offset < len(self.body):
            characters = self.body[after.offset : after.offset + 4 * MAX_EXCERPT + 4].decode(
                "utf-8", "ignore"
            )
            found = f"{excerpt(characters[: MAX_EXCERPT + 1])} {after}"
        return replace(problem, position=after, found=found)

    def _position(self, offset: int) -> Position:
        """The position in the body of what is at *offset* of the text."""
        in_body, in_text = next((end for end in reversed(self.ends) if end[1] <= offset), (0, 0))
        place = in_body + offset - in_text
        line = self.body.rfind(b"\n", 0, place) + 1
        pieces = (self.body[start : min(start + PIECE, place)] for start in range(line, place, PIECE))
        characters = sum(len(piece.translate(None, _CONTINUATION)) for piece in pieces)
        return Position(place, self.body.count(b"\n", 0, place) + 1, characters + 1)


def _is_wide(body: bytes, start: int, end: int) -> bool:
    """Whether a long string has characters that need more than one byte in memory."""
    text = body[start:end] if end - start > PIECE else b""
    return not text.isascii() or b"\\" in text
