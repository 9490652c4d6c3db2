"""Find the parts of known texts in another text, in a time that depends on the length of that text alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Span = tuple[int, int]
"""Begin and end of a part of a text."""

BITS = 20
"""Size of the table of numbers: 1 MiB."""

CHUNK = 2**20
"""Characters that are read at a time, to limit the memory: a multiple of the size of the numbers."""

FACTORS = {4: 0x9E3779B1, 8: 0x9E3779B97F4A7C15}
"""Knuth's multiplicative hash: 2^32 and 2^64 divided by the golden ratio."""


class Fragments:
    """Finds each part of at least *length* (7 or more) characters of the texts that were added.

    A searched text is first read as a sequence of numbers of 4 or 8 characters each. Each part of *length* characters
    contains one of them as a whole. Only the places of numbers that occur in the added texts are examined further.
    """

    def __init__(self, length: int) -> None:
        self._length = length
        self._size = max(size for size in FACTORS if 2 * size - 1 <= length)
        self._parts: set[str] = set()

    def add(self, texts: Iterable[str]) -> None:
        """Find the parts of *texts* too. A text below the length has none."""
        for text in texts:
            if len(text) >= self._length:
                self._parts.update(text[i : i + self._length] for i in range(len(text) - self._length + 1))
                for shift in range(self._size):
                    self._occurs[self._hashes(text[shift:])] = True

    def spans(self, text: str) -> Iterator[Span]:
        """The places of parts in *text*, in order; those that overlap are joined."""
        return merged_spans((k, k + self._length) for k in self._places(text)) if self._parts else iter(())

    def _places(self, text: str) -> Iterator[int]:
        following = 0
        for place in self._possible_places(text):
            for k in range(max(following, place + self._size - self._length), place + 1):
                if text[k : k + self._length] in self._parts:
                    yield k
            following = place + 1

    def _possible_places(self, text: str) -> Iterator[int]:
        for start in range(0, len(text), CHUNK):
            (numbers,) = self._occurs[self._hashes(text[start : start + CHUNK])].nonzero()
            yield from (numbers * self._size + start).tolist()

    @cached_property
    def _occurs(self) -> NDArray[np.bool_]:
        """Whether a number of the added texts has the hash that is the index."""
        import numpy as np

        return np.zeros(2**BITS, np.bool_)

    def _hashes(self, text: str) -> NDArray[Any]:
        """The hashes of the numbers in *text*. A character outside ISO-8859-1 counts as a question mark."""
        import numpy as np

        content = text.encode("latin-1", "replace")
        numbers: NDArray[Any] = np.frombuffer(content, f"<u{self._size}", len(content) // self._size)
        unsigned = numbers.dtype.type
        hashes: NDArray[Any] = (numbers * unsigned(FACTORS[self._size])) >> unsigned(8 * self._size - BITS)
        return hashes


def merged_spans(spans: Iterable[Span]) -> Iterator[Span]:
    """*spans*, which are sorted, with those joined that overlap."""
    begin = end = 0
    for start, stop in spans:
        if start >= end:
            if end:
                yield begin, end
            begin = start
        end = max(end, stop)
    if end:
        yield begin, end
