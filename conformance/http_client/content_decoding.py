"""Decode content codings piece by piece, within limits (RFC 9110, section 8.4)."""

from __future__ import annotations

import io
import json
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from .models import ExchangeError, FailureKind, Limits

CODINGS = ("gzip", "deflate")
"""The content codings that are decoded."""

PIECE = 64 * 1024
GZIP = 16 + zlib.MAX_WBITS
ZLIB = zlib.MAX_WBITS
RAW_DEFLATE = -zlib.MAX_WBITS


def codings_of(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """Return the content codings in the headers, in the order in which they were applied; names in lowercase."""
    values = (value for name, value in headers if name == "content-encoding")
    names = (name.strip().lower() for value in values for name in value.split(","))
    return tuple(name for name in names if name not in ("", "identity"))


class BodyDecoder:
    """Collects a body and decodes it as it arrives.

    Raises `ExchangeError`: of kind too-large beyond the limits; of kind protocol if the bytes do not match
    Content-Encoding, or if the coding is not supported.
    """

    def __init__(self, codings: Sequence[str], limits: Limits) -> None:
        self._limits = limits
        self._stages = [_stage(coding) for coding in reversed(codings[: limits.codings])]
        self._too_many_codings = len(codings) > limits.codings
        self._received = self._between = 0
        self._decoded = io.BytesIO()

    @property
    def received(self) -> int:
        """Bytes as they came from the network, so far."""
        return self._received

    @property
    def decoded(self) -> bytes:
        """The decoded body, so far."""
        return self._decoded.getvalue()

    @property
    def has_whole_content(self) -> bool:
        """Whether the content ends with what was added: the last compressed stream, or else a JSON text."""
        if self._stages:
            return all(stage.has_ended for stage in self._stages)
        try:
            json.loads(self.decoded)
        except (ValueError, RecursionError):
            return False
        return True

    def add(self, data: bytes) -> None:
        """Decode bytes as they came from the network."""
        if self._too_many_codings:
            detail = f"Content-Encoding has more than {self._limits.codings} codings"
            raise ExchangeError(FailureKind.PROTOCOL, detail)
        self._received += len(data)
        self._check_size(self._received, "encoded")
        for piece in self._decode(self._stages, data):
            self._decoded.write(piece)
            self._check_size(self._decoded.tell(), "decoded")
            self._check_ratio()

    def finish(self) -> bytes:
        """Return the whole decoded body. A body of zero bytes is empty with any coding."""
        if self._received:
            for stage in self._stages:
                stage.finish()
        return self._decoded.getvalue()

    def _decode(self, stages: Sequence[_Stage], data: bytes) -> Iterator[bytes]:
        """Decode stage by stage. What one stage hands to the next has the limits of a body too."""
        if not stages:
            yield data
            return
        for piece in stages[0].feed(data):
            if len(stages) > 1:
                self._between += len(piece)
                self._check_size(self._between, "decoded once")
            yield from self._decode(stages[1:], piece)

    def _check_size(self, size: int, state: str) -> None:
        if size > self._limits.body:
            detail = f"the body is larger than {self._limits.body:,} bytes ({state})"
            raise ExchangeError(FailureKind.TOO_LARGE, detail)

    def _check_ratio(self) -> None:
        decoded = self._decoded.tell()
        if decoded > self._limits.ratio_from and decoded > self._limits.ratio * self._received:
            detail = f"{self._received:,} bytes decode to more than {self._limits.ratio:,} times their size"
            raise ExchangeError(FailureKind.TOO_LARGE, detail)


class _Stage(Protocol):
    @property
    def has_ended(self) -> bool: ...
    def feed(self, data: bytes) -> Iterator[bytes]: ...
    def finish(self) -> None: ...


class _ZlibStage:
    """One gzip or deflate stream. A piece has at most `PIECE` bytes, which stops a decompression bomb early."""

    def __init__(self, coding: str) -> None:
        self._coding = coding
        self._stream: zlib._Decompress | None = None

    @property
    def has_ended(self) -> bool:
        """Whether the last stream is complete."""
        return self._stream is not None and self._stream.eof

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
        if not self.has_ended:
            raise self._mismatch("the body ends too early")

    def _open(self, data: bytes) -> zlib._Decompress:
        if self._stream is None:
            self._stream = zlib.decompressobj(self._wbits(data))
        elif self._stream.eof:
            if self._coding == "deflate":
                raise self._mismatch("the body continues after its end")
            self._stream = zlib.decompressobj(GZIP)  # RFC 1952, section 2.2: members may follow each other
        return self._stream

    def _wbits(self, data: bytes) -> int:
        if self._coding != "deflate":
            return GZIP
        # "deflate" is the zlib format, but some servers send raw deflate (RFC 9110, section 8.4.1.2).
        return ZLIB if data[0] & 0x0F == 8 else RAW_DEFLATE

    def _decompress(self, stream: zlib._Decompress, data: bytes) -> bytes:
        try:
            return stream.decompress(data, PIECE)
        except zlib.error as error:
            raise self._mismatch(f"the body is not ({error})") from error

    def _mismatch(self, problem: str) -> ExchangeError:
        return ExchangeError(FailureKind.PROTOCOL, f"Content-Encoding is {self._coding}, {problem}")


class _UnsupportedStage:
    has_ended = False

    def __init__(self, coding: str) -> None:
        self._coding = coding

    def feed(self, data: bytes) -> Iterator[bytes]:
        detail = f"Content-Encoding is {self._coding!r}, expected gzip, deflate or none ({len(data)} bytes)"
        raise ExchangeError(FailureKind.PROTOCOL, detail)

    def finish(self) -> None:
        pass


def _stage(coding: str) -> _Stage:
    name = "gzip" if coding == "x-gzip" else coding  # RFC 9110, section 8.4.1.3
    return _ZlibStage(name) if name in CODINGS else _UnsupportedStage(coding)
