"""A short text that matches a regular expression, for the common parts of its syntax.

The caller must check the text: lookarounds, references and names of Unicode classes are not supported.
"""

from __future__ import annotations

import re

CLASSES = {"d": "0", "w": "a", "s": " ", "D": "a", "W": "-", "S": "a", "n": "\n", "r": "\r", "t": "\t"}
"""A character of each class that an escape names."""

NO_WIDTH = frozenset("bBAzZ")
"""Escapes that match between characters."""

ALPHABET = "a0A-_ ./:@~!"
"""The characters that are tried for a set that excludes others."""

QUANTIFIER = re.compile(r"(?:([?*+])|\{(\d+)(?:,\d*)?\})[?+]?")

MAX_LENGTH = 1000
"""Characters of a pattern, and of a text."""


def text_matching(pattern: str) -> str | None:
    """A text that probably matches *pattern* as a whole; None for a pattern that cannot be read, or is too long."""
    if len(pattern) > MAX_LENGTH:
        return None
    reader = _Reader(pattern)
    try:
        found = reader.alternatives()
    except (IndexError, ValueError, RecursionError):
        return None
    return found if reader.place == len(pattern) else None


class _Reader:
    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self.place = 0

    def alternatives(self) -> str:
        """The text of the first of the alternatives from here to the end, or to a closing parenthesis."""
        first = self._sequence()
        while self._next("|"):
            self._sequence()
        return first

    def _sequence(self) -> str:
        found = ""
        while self.place < len(self._pattern) and self._pattern[self.place] not in "|)":
            found += self._repeated(self._atom())
            if len(found) > MAX_LENGTH:
                raise ValueError(self._pattern)
        return found

    def _repeated(self, atom: str) -> str:
        """*atom* as often as the quantifier after it demands, and once if it demands nothing."""
        match = QUANTIFIER.match(self._pattern, self.place)
        if match is None:
            return atom
        self.place = match.end()
        least = int(match[2]) if match[2] else 1
        return atom * min(least, MAX_LENGTH)

    def _atom(self) -> str:
        character = self._take()
        if character in "^$":
            return ""
        if character == "(":
            return self._group()
        if character == "[":
            return self._set()
        if character == "\\":
            return self._escape()
        return "a" if character == "." else character

    def _group(self) -> str:
        if self._next("?"):
            kind = re.compile(r":|P?<\w+>").match(self._pattern, self.place)
            if kind is None:
                raise ValueError(self._pattern)
            self.place = kind.end()
        found = self.alternatives()
        if not self._next(")"):
            raise ValueError(self._pattern)
        return found

    def _set(self) -> str:
        start = self.place - 1
        is_excluding = self._next("^")
        first = self._take()
        if first == "\\":
            first = self._escape()
        while self._pattern[self.place] != "]":
            self.place += 2 if self._pattern[self.place] == "\\" else 1
        self.place += 1
        if not is_excluding:
            return first
        excluding = re.compile(self._pattern[start : self.place])
        return next(filter(excluding.match, ALPHABET), "")

    def _escape(self) -> str:
        character = self._take()
        if character in NO_WIDTH:
            return ""
        if character.isalnum() and character not in CLASSES:
            raise ValueError(self._pattern)
        return CLASSES.get(character, character)

    def _take(self) -> str:
        self.place += 1
        return self._pattern[self.place - 1]

    def _next(self, character: str) -> bool:
        found = self._pattern[self.place : self.place + 1] == character
        self.place += found
        return found
