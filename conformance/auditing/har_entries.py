"""The entries of a HAR file (HAR 1.2), one at a time: a recording can be larger than the memory.

ijson is not used, because a file can make it use any amount of memory: its prefixes grow with the square of the levels
of nesting, and a string of any length is one event.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

CHUNK: Final = 2**18
"""Bytes that are read at once; as many again each time that a string or an entry is longer."""

_TOKEN: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+("?)|[\[\]{}]', re.DOTALL)
"""A string, whose end may be missing, or a bracket."""

_OUTER: Final = ((b"{", b""), (b"{", b'"log"'), (b"[", b'"entries"'))
"""The brackets around the entries, each with its key."""


class NoEntries(ValueError):
    """The file has no ``log.entries`` that can be read; the message is a predicate of the file."""


def har_entry_texts(stream: BinaryIO, limit: int) -> Iterator[bytes]:
    """Yield the JSON text of each object or array in ``log.entries``, in order. What follows them is not read.

    Raises NoEntries, also for an entry of more than *limit* bytes.
    """
    text = _Text(stream, limit)
    depth = inside = 0
    key = b""
    for token in text.tokens():
        found = token[0]
        if found.startswith(b'"'):
            key = found if inside == depth < len(_OUTER) else b""
        elif found in b"[{":
            if inside == depth == len(_OUTER):
                text.kept = token.start()
            elif inside == depth and (found, key) == _OUTER[depth]:
                inside += 1
            depth += 1
            key = b""
        else:
            depth -= 1
            if depth < 0:
                break
            if text.kept is not None and depth == len(_OUTER):
                yield text.data[text.kept : token.end()]
                text.kept = None
            elif depth < inside == len(_OUTER):
                return
            inside = min(inside, depth)
    problem = "ends within log.entries" if inside == len(_OUTER) else "it has no log.entries; see --input"
    raise NoEntries(f"is not a HAR file: {problem}")


class _Text:
    """The text of *stream*, of which only ``data`` is in memory: a chunk, and all from the place ``kept`` on."""

    def __init__(self, stream: BinaryIO, limit: int) -> None:
        self._stream, self._limit = stream, limit
        self.data = b""
        self.kept: int | None = None

    def tokens(self) -> Iterator[re.Match[bytes]]:
        """The tokens of the text; the positions of each are those in ``data`` until the next one is taken."""
        place = 0
        while more := self._stream.read(max(CHUNK, len(self.data))):
            self.data += more
            for token in _TOKEN.finditer(self.data, place):
                if token[0].startswith(b'"') and not token[1]:
                    place = token.start()
                    break
                yield token
            else:
                place = len(self.data)
            place = self._forget(place)

    def _forget(self, place: int) -> int:
        """Keep what is still needed: what follows *place*, and what is ``kept``. Returns the new *place*."""
        first = place if self.kept is None else self.kept
        self.data = self.data[first:]
        self.kept = None if self.kept is None else 0
        if len(self.data) > self._limit:
            raise NoEntries(f"has an entry or a text of more than {self._limit // 2**20} MiB")
        return place - first
