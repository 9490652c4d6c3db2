"""Read a large JSON text in bounded memory: its long arrays of numbers are cut out before the rest is read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from secrets import token_hex
from typing import Any, Final

from .byte_counts import count_byte, most_quotes_and_commas, opening_brackets
from .json_problem import MAX_EXCERPT, MISSING, Parsed, Position, Problem, ProblemKind, json_excerpt
from .json_reader import parse_exactly
from .json_syntax import first_too_deep
from .long_array import PIECE, LongArray
from .strict_json import parse_fast, parse_json

LONG: Final = 4 * 1024
"""Bytes of a text from which its long arrays stay text."""

LONG_ARRAY: Final = 256
"""Bytes of an array that stays text."""

BEGINNING: Final = 2**20
"""Bytes of a body with too many values in which the first ones may be nested too deeply."""

MAX_VALUES: Final = 48 * 2**20
"""Bytes that the values of a text may need in memory, as estimated, besides characters and long arrays."""

MAX_MEMORY: Final = 140 * 2**20
"""Bytes that a text may need in memory while it is read, with all copies."""

_WEIGHTS: Final = {b"{": 250, b"[": 300, b'"': 30, b",": 60}
"""Estimates of the bytes that a value needs in memory, by a character of its text. A string has two quotation marks."""

_WIDE: Final = 3
"""More bytes of a character in a string that has one beyond ASCII, or an escape sequence."""

_SCALAR: Final = frozenset(b"-0123456789ntf")
"""The first byte of a number, a boolean or a null."""

_SPACES: Final = frozenset(b" \t\n\r")

_SPACES_AND_SCALAR: Final = re.compile(rb"[ \t\n\r]*[-0-9ntf]")

_STRING: Final = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)

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
    """Do what ``parse_json`` does, but give each long array of a *body* of some length as a LongArray.

    Raises NotRead.
    """
    if len(body) < LONG:
        return parse_json(body)
    try:
        cut = _Cut.of(body)
    except TooManyValues:
        return _parse_too_deep(body)
    return cut.parsed()


def _parse_too_deep(body: bytes) -> Parsed:
    """The problem of a *body* that is nested too deeply, which is known from its beginning.

    Raises TooManyValues for another body, or for too many values before that.
    """
    text = body[:BEGINNING].decode("utf-8", "replace")
    end = first_too_deep(text)
    beginning = b"" if end is None else text[: end + 1].encode()
    if not beginning or sum(beginning.count(mark) * weight for mark, weight in _WEIGHTS.items()) > MAX_VALUES:
        raise TooManyValues
    return parse_json(beginning)


def large_value(body: bytes) -> object:
    """The value of *body*, as ``parse_large`` reads it; MISSING if it has none, or would need too much memory."""
    try:
        return parse_large(body).value
    except NotRead:
        return MISSING


def _long_arrays(body: bytes) -> Iterator[tuple[int, int, LongArray]]:
    """The beginning, the end and the value of each long array of a *body*. Raises TooManyValues."""
    view, has_escapes = memoryview(body), b"\\" in body
    position = estimate = end = 0
    following = body.find(b"[")
    while (start := following) >= 0:
        quotes = body.count(b'"', position, start)
        estimate += _WEIGHTS[b"["] + quotes // 2 * _WEIGHTS[b'"']
        if estimate > MAX_VALUES:
            raise TooManyValues
        if quotes % 2 or (quotes and has_escapes):
            for _, end_of_string in _strings(body, position, start, has_escapes):
                position = end_of_string
            if position > start:  # the bracket is in a string
                following = body.find(b"[", position)
                continue
        position = start + 1
        following = body.find(b"[", position)
        if end < position:
            end = body.find(b"]", position) + 1
            if not end:
                return
        is_nested = 0 <= following < end
        if is_nested or end - start < LONG_ARRAY or not _begins_with_a_scalar(body, position):
            continue
        try:
            array = LongArray(view, start, end)
        except ValueError:
            continue
        position = end
        yield start, end, array


def _begins_with_a_scalar(body: bytes, position: int) -> bool:
    """Whether a number, a boolean or a null can be at *position*, or after spaces there."""
    byte = body[position]
    return byte in _SCALAR or (byte in _SPACES and _SPACES_AND_SCALAR.match(body, position) is not None)


def _strings(body: bytes, position: int, limit: int, has_escapes: bool) -> Iterator[tuple[int, int]]:
    """The beginning and the end of each string of *body* that begins between *position* and *limit*.

    There is no string at *position*.
    """
    while (start := body.find(b'"', position, limit)) >= 0:
        if has_escapes:
            found = _STRING.match(body, start)
            position = len(body) if found is None else found.end()
        else:  # the search for one character is much faster
            position = body.find(b'"', start + 1) + 1 or len(body)
        yield start, position


@cache
def _mark() -> str:
    """A text that no target knows."""
    return token_hex(16)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A *body* whose long *arrays* are cut out. The items of each are replaced by a string: its
    key in *arrays*.

    ``ends`` are the ends of the arrays in *body* and in *text*.
    """

    body: bytes
    text: bytes
    arrays: Mapping[str, LongArray]
    ends: list[tuple[int, int]]

    @classmethod
    def of(cls, body: bytes) -> _Cut:
        """Cut *body*. Raises TooManyValues."""
        mark = _mark()
        parts: list[bytes] = []
        arrays: dict[str, LongArray] = {}
        ends: list[tuple[int, int]] = []
        done = size = 0
        for start, end, array in _long_arrays(body):
            key = f"{mark} {len(arrays)}"
            arrays[key] = array
            replacement = b'["%b"]' % key.encode()
            parts += [body[done:start], replacement]
            size += start - done + len(replacement)
            ends.append((end, size))
            done = end
        text = b"".join((*parts, body[done:])) if parts else body
        if _has_too_many_values(text):
            raise TooManyValues
        return cls(body, text, arrays, ends)

    def parsed(self) -> Parsed:
        """The value of the body, and its problems. Raises TooMuchText."""
        size = len(self.text)
        copies = len(self.body) + size * (2 if self.text is self.body else 3)
        if copies + size * _WIDE > MAX_MEMORY:
            copies += _wide(self.text) * _WIDE
        self._require_memory(copies)
        parsed = parse_fast(self.text, self.arrays)
        if parsed is None:
            self._require_memory(copies + (0 if self.text.isascii() else size * _WIDE))
            parsed = parse_exactly(self.text)
            if parsed.value is not MISSING:
                parsed = replace(parsed, value=self._filled(parsed.value))
        if not parsed.problems:
            return parsed
        return Parsed(parsed.value, tuple(map(self._in_body, parsed.problems)))

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
                    case [str(text)] if text in self.arrays:
                        node[key] = self.arrays[text]
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
            found = f"{json_excerpt(characters[: MAX_EXCERPT + 1])} {after}"
        return replace(problem, position=after, found=found)

    def _position(self, offset: int) -> Position:
        """The position in the body of what is at *offset* of the text."""
        in_body, in_text = next((end for end in reversed(self.ends) if end[1] <= offset), (0, 0))
        place = in_body + offset - in_text
        line = self.body.rfind(b"\n", 0, place) + 1
        pieces = (self.body[start : min(start + PIECE, place)] for start in range(line, place, PIECE))
        characters = sum(len(piece.translate(None, _CONTINUATION)) for piece in pieces)
        return Position(place, self.body.count(b"\n", 0, place) + 1, characters + 1)


def _has_too_many_values(text: bytes) -> bool:
    """Whether the values of *text*, which has no long arrays, may need more memory than MAX_VALUES."""
    # The shortest values are two bytes long, with their comma.
    enough = 2 * MAX_VALUES // max(_WEIGHTS.values())
    if len(text) <= enough or _most_memory(text) <= MAX_VALUES:
        return False
    if sum(count_byte(text, mark) * weight for mark, weight in _WEIGHTS.items()) <= MAX_VALUES:
        return False
    spans = _strings(text, 0, len(text), b"\\" in text)
    return len(text) - sum(end - start for start, end in spans) > enough


def _most_memory(text: bytes) -> int:
    """At least the estimate for the values of *text*, from fewer counts."""
    brackets = opening_brackets(text) * max(_WEIGHTS[b"["], _WEIGHTS[b"{"])
    return brackets + most_quotes_and_commas(text) * max(_WEIGHTS[b'"'], _WEIGHTS[b","])


def _wide(text: bytes) -> int:
    """The bytes of long strings in *text* with characters that need more than one byte in memory."""
    if len(text) <= PIECE or (text.isascii() and b"\\" not in text):
        return 0
    spans = _strings(text, 0, len(text), b"\\" in text)
    return sum(end - start for start, end in spans if end - start > PIECE and _is_wide(text[start:end]))


def _is_wide(string: bytes) -> bool:
    return not string.isascii() or b"\\" in string
