"""Long arrays in a JSON text: they are kept as text, and are parsed each time they are used.

A float of Python needs 32 bytes in a list: a response with three million of them would need 100 MB.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, islice
from math import hypot, isfinite
from typing import Any, Final, SupportsIndex, overload

from .simd_numbers import read_numbers
from .strict_json import parse_json

PIECE: Final = 64 * 1024
"""Bytes of an array that are read at once."""

_FLOATS: Final = frozenset({float})
_NUMBERS: Final = frozenset({int, float})

_TYPES: Final[dict[frozenset[type], frozenset[type]]] = {}
"""One object for each set of types: a text can have very many arrays."""


class LongArray(list[Any]):
    """An array of numbers, booleans and nulls that is read from its text each time. Its items are not kept.

    It is the part of *text* from *start* to *end*, which has no array in it. It is a list, so that all rules for arrays
    apply to it. ``types`` are the Python types of its items, or only float if all are numbers. ``is_zero`` is whether
    all items are 0 or false; ``non_finite`` is the index of the first item that is infinite, or None. Code that does
    not know this class sees one item: a number if all are numbers, or null. Raises ValueError for a text that is not
    JSON, or an empty array.
    """

    __slots__ = ("_end", "_length", "_start", "_text", "is_zero", "non_finite", "types")

    def __init__(self, text: memoryview, start: int, end: int) -> None:
        super().__init__()
        self._text, self._start, self._end = text, start, end
        self.non_finite: int | None = None
        numbers = read_numbers(text[start:end])
        if numbers is None:
            self._length, self.types, self.is_zero = 0, frozenset[type](), True
            for piece in self.pieces():
                self._examine(piece)
            self.append(0.5 if self.types <= _NUMBERS else None)
        else:
            self._length, self.types, self.is_zero = len(numbers), _FLOATS, not any(numbers)
            self.append(0.5)
        if not self._length:
            raise ValueError("not an array of numbers")

    def numbers(self) -> memoryview[float] | None:
        """All items as doubles, if they are numbers and can be read fast."""
        return read_numbers(self._text[self._start : self._end])

    def pieces(self) -> Iterator[list[Any]]:
        """The items, in lists of some thousands."""
        start, end = self._start + 1, self._end - 1
        while start <= end:
            piece = bytes(self._text[start : min(start + PIECE, end)])
            if start + len(piece) < end:
                piece = piece.rpartition(b",")[0]
            parsed = parse_json(b"[%b]" % piece)
            if parsed.problems or not parsed.value:
                raise ValueError("not an array of numbers")
            yield parsed.value  # type: ignore[misc]  # a text in brackets is an array
            start += len(piece) + 1

    def _examine(self, piece: list[Any]) -> None:
        types = self.types.union(map(type, piece))
        self.types = _TYPES.setdefault(types, types)
        self.is_zero = self.is_zero and not any(piece)
        if self.non_finite is None:
            place = _first_infinite(piece)
            self.non_finite = None if place is None else self._length + place
        self._length += len(piece)

    @property
    def digest(self) -> int:
        """A digest of the text: equal ones belong to equal arrays."""
        return hash(bytes(self._text[self._start : self._end]))

    def __len__(self) -> int:
        return self._length

    def __iter__(self) -> Iterator[Any]:
        return chain.from_iterable(self.pieces())

    @overload
    def __getitem__(self, index: SupportsIndex) -> Any: ...
    @overload
    def __getitem__(self, index: slice) -> list[Any]: ...
    def __getitem__(self, index: SupportsIndex | slice) -> Any:
        if isinstance(index, slice):
            return list(islice(self, *index.indices(self._length)))
        place = range(self._length)[index]
        return next(islice(self, place, None))

    def __contains__(self, item: object) -> bool:
        return any(item in piece for piece in self.pieces())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, list) and len(self) == len(other) and list(self) == list(other)


def _first_infinite(items: list[Any]) -> int | None:
    try:
        if isfinite(hypot(*items)):
            return None
    except (TypeError, OverflowError):
        pass
    return next((n for n, item in enumerate(items) if isinstance(item, float) and not isfinite(item)), None)
