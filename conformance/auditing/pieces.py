"""Divide files into pieces, which workers audit independently."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from .files import LogFile, open_log
from .lines import compression_of, is_har

PIECE: Final = 32 * 2**20
"""Bytes of a piece of a large file, and of the small files that one worker gets at once."""

MAX_TOGETHER: Final = 500
"""Small files that one worker gets at once."""

HEAD: Final = 4096
"""Bytes of the beginning of a file by which it is recognized."""


@dataclass(frozen=True, slots=True)
class Piece:
    """The lines of a file that begin from the offset ``start`` on and before ``stop`` (None: the end of the file).

    ``number`` is unique among all pieces, ``file`` is the number of the file. ``data`` are the lines themselves, of
    the standard input.
    """

    number: int
    file: int
    name: str
    start: int = 0
    stop: int | None = None
    size: int = 0
    data: bytes | None = None

    @property
    def is_whole(self) -> bool:
        """Whether it is a whole file."""
        return self.start == 0 and self.stop is None


@dataclass(frozen=True, slots=True)
class Part:
    """What is to be read of the file with this ``number``: its lines from ``start`` on, and before ``stop``."""

    number: int
    file: LogFile
    start: int = 0
    stop: int | None = None

    @property
    def size(self) -> int:
        """The number of bytes; 0 if it is not known."""
        return max(0, (self.file.size if self.stop is None else self.stop) - self.start)


def pieces_of(parts: Iterable[Part], first: int = 0) -> Iterator[Piece]:
    """The pieces of *parts*, numbered from *first* on. Only large files that are not compressed have several."""
    number = first
    for part in parts:
        for start, stop in _ranges(part):
            end = part.start + part.size if stop is None else stop
            yield Piece(number, part.number, part.file.name, start, stop, max(0, end - start))
            number += 1


def _ranges(part: Part) -> Iterator[tuple[int, int | None]]:
    if part.size <= PIECE or not is_divisible(part.file.name):
        yield part.start, part.stop
        return
    starts = range(part.start, part.start + part.size, PIECE)
    for start in starts:
        yield start, (part.stop if start == starts[-1] else start + PIECE)


def is_divisible(name: str) -> bool:
    """Whether a file consists of lines that are not compressed. What cannot be opened is one piece."""
    try:
        with open_log(name) as stream:
            head = stream.read(HEAD)
    except OSError:
        return False
    return not compression_of(head) and not is_har(head)


def group_pieces(pieces: Iterable[Piece]) -> Iterator[tuple[Piece, ...]]:
    """Groups of *pieces* in their order; each group is the work of one worker at a time."""
    group: list[Piece] = []
    size = 0
    for piece in pieces:
        if group and (size + piece.size > PIECE or len(group) >= MAX_TOGETHER):
            yield tuple(group)
            group, size = [], 0
        group.append(piece)
        size += max(piece.size, 1)
    if group:
        yield tuple(group)
