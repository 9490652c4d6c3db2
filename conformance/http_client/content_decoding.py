"""Undo content codings piece by piece, within bounds (RFC 9110, section 8.4)."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from .limits import Limits
from .models import FailureKind, Fault

PIECE = 64 * 1024
GZIP = 16 + zlib.MAX_WBITS
ZLIB = zlib.MAX_WBITS
RAW_DEFLATE = -zlib.MAX_WBITS


def codings_of(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the content codings that headers name, in the order they were applied; names in lower case."""
    values = (value for name, value in headers if name == "content-encoding")
    names = (name.strip().lower() for value in values for name in value.split(","))
    return tuple(name for name in names if name not in ("", "identity"))


class Body:
    """Collects a body, unpacking it as it arrives.

    Raises `Fault`: of kind too-large beyond the limits, of kind protocol where the bytes are not what
    Content-Encoding says or the coding is none that can be undone.
    """

    def __init__(self, codings: Sequence[str], limits: Limits) -> None:
        self._limits = limits
        self._stages = [_stage(coding) for coding in reversed(codings[: limits.codings])]
        self._stacked_too_high = len(codings) > limits.codings
        self._received = 0
        self._unpacked = bytearray()

    def add(self, data: bytes) -> None:
        """Take in bytes as they came from the wire."""
        if self._stacked_too_high:
            raise Fault(
                FailureKind.PROTOCOL, f"Content-Encoding stacks more than {self._limits.codings} codings"
            )
        self._received += len(data)
        self._bound(self._received, "arrived")
        for piece in _through(self._stages, data):
            self._unpacked += piece
            self._bound(len(self._unpacked), "unpacked")
            self._bound_ratio()

    def finish(self) -> bytes:
        """Return the whole unpacked body. A body without a single byte is empty under any coding."""
        if self._received:
            for stage in self._stages:
                stage.finish()
        return bytes(self._unpacked)

    def _bound(self, size: int, what: str) -> None:
        if size > self._limits.body:
            raise Fault(
                FailureKind.TOO_LARGE, f"the body is larger than {self._limits.body:,} bytes ({what})"
            )

    def _bound_ratio(self) -> None:
        unpacked = len(self._unpacked)
        if unpacked > self._limits.ratio_from and unpacked > self._limits.ratio * self._received:
            raise Fault(
                FailureKind.TOO_LARGE,
                f"{self._received:,} bytes unpack to more than {self._limits.ratio:,} times their size",
            )


class _Stage(Protocol):
    def feed(self, data: bytes) -> Iterator[bytes]: ...
    def finish(self) -> None: ...


class _Inflate:
    """One gzip or deflate stream; its pieces are at most `PIECE` bytes, so that a bomb never unfolds."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._stream: zlib._Decompress | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        full = False
        while data or full:
            stream = self._open(data)
            piece = self._decompress(stream, data)
            full = len(piece) == PIECE and not stream.eof
            data = stream.unused_data if stream.eof else stream.unconsumed_tail
            if piece:
                yield piece

    def finish(self) -> None:
        if self._stream is None or not self._stream.eof:
            raise self._lie("the body ends too early")

    def _open(self, data: bytes) -> zlib._Decompress:
        if self._stream is None:
            self._stream = zlib.decompressobj(self._window(data))
        elif self._stream.eof:
            if self._coding == "deflate":
                raise self._lie("the body goes on behind its end")
            self._stream = zlib.decompressobj(GZIP)  # RFC 1952, section 2.2: members may follow each other
        return self._stream

    def _window(self, data: bytes) -> int:
        if self._coding != "deflate":
            return GZIP
        # "deflate" is the zlib format, but RFC 9110 (section 8.4.1.2) knows servers that send it bare.
        return ZLIB if data[0] & 0x0F == 8 else RAW_DEFLATE

    def _decompress(self, stream: zlib._Decompress, data: bytes) -> bytes:
        try:
            return stream.decompress(data, PIECE)
        except zlib.error as error:
            raise self._lie(f"the body is not ({error})") from error

    def _lie(self, why: str) -> Fault:
        return Fault(FailureKind.PROTOCOL, f"Content-Encoding says {self._coding}, {why}")


class _Unknown:
    def __init__(self, coding: str) -> None:
        self._coding = coding

    def feed(self, data: bytes) -> Iterator[bytes]:
        raise Fault(
            FailureKind.PROTOCOL,
            f"Content-Encoding says {self._coding!r}, expected gzip, deflate or none, of {len(data)} bytes",
        )

    def finish(self) -> None:
        pass


def _stage(coding: str) -> _Stage:
    name = "gzip" if coding == "x-gzip" else coding  # RFC 9110, section 8.4.1.3
    return _Inflate(name) if name in ("gzip", "deflate") else _Unknown(coding)


def _through(stages: Sequence[_Stage], data: bytes) -> Iterator[bytes]:
    if not stages:
        yield data
        return
    for piece in stages[0].feed(data):
        yield from _through(stages[1:], piece)
