"""The lines of a file, plain or compressed with gzip or zstd. Only a few lines are in memory at a time."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from conformance.contract.openapi.limits import MAX_PAYLOAD

from .files import MissingPackage, read_blocks

BLOCK: Final = 2**20
"""Bytes that are read at once."""

ZSTD_INPUT: Final = 4096
"""Bytes of zstd data that are decompressed at once: 4 of them can become 128 KiB."""

GZIP: Final = b"\x1f\x8b"
ZSTD: Final = b"\x28\xb5\x2f\xfd"
SIGNATURES: Final = {GZIP: "gzip", ZSTD: "zstd"}
"""The first bytes of compressed files (RFC 1952, section 2.3.1; RFC 8878, section 3.1.1)."""

MAX_LINE: Final = MAX_PAYLOAD
"""Bytes of a line that is read."""

BOM: Final = b"\xef\xbb\xbf"

_HAR: Final = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:\s*\{')


class Ended(Exception):
    """The compressed data cannot be read to its end; ``reason`` says why."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class FoundLine(NamedTuple):
    """A line without its end, or None if it is too long.

    ``stop`` is the offset behind it. ``is_complete``: whether it has an end.
    """

    text: bytes | None
    stop: int
    is_complete: bool


def compression_of(head: bytes) -> str:
    """How a file with the first bytes *head* is compressed: ``gzip``, ``zstd``, or empty."""
    return next((kind for signature, kind in SIGNATURES.items() if head.startswith(signature)), "")


def is_har(head: bytes) -> bool:
    """Whether a file with the first bytes *head* is an HTTP archive."""
    return _HAR.match(head) is not None


def piece_lines(blocks: Iterable[bytes], start: int = 0, stop: int | None = None) -> Iterator[FoundLine]:
    """The lines of *blocks* that begin before the offset *stop*. The first block begins at the offset *start*.

    A line feed ends a line.
    """
    parts: list[bytes] = []
    size, offset = 0, start
    if stop is not None and offset >= stop:
        return
    for block in blocks:
        begin = 0
        while (end := block.find(b"\n", begin)) >= 0:  # one line at a time, so that its memory is used again
            size += end - begin
            offset += size + 1
            yield FoundLine(_line(parts, block[begin:end], size), offset, True)
            parts, size = [], 0
            if stop is not None and offset >= stop:
                return
            begin = end + 1
        last = block[begin:]
        size += len(last)
        if size <= MAX_LINE:
            parts.append(last)
        else:
            parts.clear()
    if size:
        yield FoundLine(b"".join(parts) if size <= MAX_LINE else None, offset + size, False)


def _line(parts: list[bytes], last: bytes, size: int) -> bytes | None:
    if size > MAX_LINE:
        return None
    return b"".join([*parts, last]) if parts else last


def blocks_from(stream: BinaryIO, start: int) -> tuple[Iterator[bytes], int]:
    """The blocks of *stream* from the first line on that begins at the offset *start* or later, and that offset."""
    if start == 0:
        return read_blocks(stream, BLOCK), 0
    stream.seek(start - 1)
    offset = start - 1
    while block := stream.read(BLOCK):
        end = block.find(b"\n")
        if end >= 0:
            return _chained(block[end + 1 :], stream), offset + end + 1
        offset += len(block)
    return iter(()), offset


def _chained(first: bytes, stream: BinaryIO) -> Iterator[bytes]:
    if first:
        yield first
    yield from read_blocks(stream, BLOCK)


def decompressed_blocks(stream: BinaryIO, kind: str) -> Iterator[bytes]:
    """The blocks of a *stream* that is compressed in one way. Raises Ended, after what could be read."""
    return _gunzipped(stream) if kind == "gzip" else _from_zstd(stream)


def _gunzipped(stream: BinaryIO) -> Iterator[bytes]:
    engine = zlib.decompressobj(wbits=31)
    waiting = b""
    while True:
        data = waiting or stream.read(BLOCK // 4)
        if not data:
            break
        if engine.eof:  # a file may have several members
            if not data.strip(b"\0"):
                waiting = b""
                continue
            engine = zlib.decompressobj(wbits=31)
        try:
            block = engine.decompress(data, BLOCK)
        except zlib.error:
            raise Ended("it is damaged: its gzip data cannot be read to the end") from None
        waiting = engine.unused_data if engine.eof else engine.unconsumed_tail
        if block:
            yield block
    if not engine.eof:
        raise Ended("its gzip data ends early")


def _from_zstd(stream: BinaryIO) -> Iterator[bytes]:
    try:
        import zstandard
    except ImportError:
        raise MissingPackage("zstd", "a file with zstd", "zstandard") from None
    engine: Any = None
    try:
        while data := stream.read(ZSTD_INPUT):
            while data:
                engine = engine or zstandard.ZstdDecompressor().decompressobj()
                if block := engine.decompress(data):
                    yield block
                data = engine.unused_data if engine.eof else b""
                engine = None if engine.eof else engine
    except zstandard.ZstdError:
        raise Ended("it is damaged: its zstd data cannot be read to the end") from None
    if engine is not None:
        raise Ended("its zstd data ends early")


class BlockReader(io.RawIOBase):
    """A stream of *blocks*, which is read once."""

    def __init__(self, blocks: Iterable[bytes]) -> None:
        self._blocks, self._rest = iter(blocks), b""

    def readable(self) -> bool:
        """Whether it can be read: yes."""
        return True

    def read(self, size: int = -1) -> bytes:
        """At least one byte, and at most *size*; nothing at the end."""
        if not self._rest:
            self._rest = next(self._blocks, b"")
        if size < 0:
            size = len(self._rest)
        found, self._rest = self._rest[:size], self._rest[size:]
        return found
