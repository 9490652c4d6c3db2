"""Payloads in files: JSON, JSONL (one payload in each line) and HAR 1.2 (which browsers and proxies record).

JSONL and HAR can be larger than the memory: only one payload of them is in memory.
"""

from __future__ import annotations

import base64
import io
import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from itertools import chain, islice
from pathlib import Path, PurePath
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from conformance.auditing.har_entries import NoEntries, har_entry_texts
from conformance.contract import Contract
from conformance.contract.openapi.limits import MAX_MEMORY, MAX_PAYLOAD, memory_of, open_file
from conformance.errors import ConfigurationError

Format = Literal["json", "jsonl", "har"]
FORMATS: tuple[Format, ...] = ("json", "jsonl", "har")
SUFFIXES: dict[str, Format] = {".json": "json", ".jsonl": "jsonl", ".ndjson": "jsonl", ".har": "har"}
STANDARD_INPUT = "-"

HEAD = 2**16
"""Bytes from which HAR is recognized."""

MAX_BLANK = 1_000
"""Blank lines after the first line of JSONL without the suffix of its name."""

_HAR = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*"log"\s*:\s*\{')


@dataclass(frozen=True, slots=True)
class Payload:
    """A request, a response, or both, at *place*: the file's name, with the number of the line or entry."""

    place: str
    request: bytes | None = None
    response: bytes | None = None


@contextmanager
def open_payloads(name: str) -> Iterator[PayloadFile]:
    """Open the file *name*, or the standard input for ``-``. Raises ConfigurationError if it cannot be read."""
    try:
        with nullcontext(sys.stdin.buffer) if name == STANDARD_INPUT else open_file(Path(name)) as stream:
            reader = io.BufferedReader(cast(Any, stream), HEAD)
            try:
                yield PayloadFile(name, reader)
            finally:
                reader.detach()
    except OSError as error:
        raise ConfigurationError(name, f"cannot be read: {error.strerror}; check the path") from None


class PayloadFile:
    """The payloads of a file, which is read from its beginning to its end, once."""

    def __init__(self, name: str, stream: io.BufferedReader) -> None:
        self.name, self._stream = name, stream
        self._head = stream.peek(HEAD)
        self._read: list[bytes] = []

    @cached_property
    def format(self) -> Format:
        """The format: from the suffix of the name, or else from the content."""
        by_suffix = SUFFIXES.get(PurePath(self.name).suffix.lower())
        if by_suffix is not None and by_suffix != "json":
            return by_suffix
        if _HAR.match(self._head):
            return "har"
        return "jsonl" if by_suffix is None and self._has_json_lines() else "json"

    def payloads(self, format: Format) -> Iterator[tuple[str, bytes]]:
        """The payloads of JSON or JSONL, each with its place. Raises ConfigurationError for one that is too large."""
        if format == "json":
            yield self.name, _within_limits(self.name, self._whole())
            return
        for number, line in enumerate(chain(self._read, self._lines()), 1):
            if line.strip() or len(line) > MAX_PAYLOAD:
                place = f"{self.name}:{number}"
                yield place, _within_limits(place, line.removesuffix(b"\n"))

    def exchanges(self, contract: Contract) -> Iterator[Payload]:
        """The exchanges of the contract's operation in HAR: each request, and its response if that is a success.

        Raises ConfigurationError if the file is not HAR.
        """
        try:
            for number, text in enumerate(har_entry_texts(self._stream, MAX_PAYLOAD), 1):
                place = f"{self.name}: entry {number}"
                entry = _parsed(_within_limits(place, text))
                if entry is None:
                    raise ConfigurationError(place, "is not JSON")
                if _is_of_operation(entry, contract):
                    yield Payload(place, _request(entry), _response(place, entry, contract))
        except NoEntries as error:
            raise ConfigurationError(self.name, str(error)) from None

    def _has_json_lines(self) -> bool:
        """Whether the first line is JSON, and others follow it."""
        lines = self._lines()
        self._read.append(next(lines, b""))
        if _parsed(_within_limits(self.name, self._read[0])) is None:
            return False
        for line in islice(lines, MAX_BLANK):
            self._read.append(line)
            if line.strip():
                return True
        return False

    def _lines(self) -> Iterator[bytes]:
        """The lines that were not read yet, with their ends, which are line feeds.

        A carriage return does not end a line: it is JSON whitespace (RFC 8259, section 2).
        """
        return iter(lambda: self._stream.readline(MAX_PAYLOAD + 1), b"")

    def _whole(self) -> bytes:
        """The content, or the part of it that is too large."""
        parts, size = [], 0
        for line in chain(self._read, self._lines()):
            parts.append(line)
            size += len(line)
            if size > MAX_PAYLOAD:
                break
        return b"".join(parts)


def _within_limits(place: str, content: bytes) -> bytes:
    """*content*, which is to be parsed. Raises ConfigurationError if that may need too much memory."""
    if len(content) > MAX_PAYLOAD:
        raise ConfigurationError(place, f"is larger than {MAX_PAYLOAD // 2**20} MiB; validate a part of it")
    if memory_of(content) > MAX_MEMORY:
        raise ConfigurationError(place, "has too many values to validate; validate a part of it")
    return content


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _is_of_operation(entry: Any, contract: Contract) -> bool:
    match entry:
        case {"request": {"method": str(method), "url": str(url)}}:
            return method.upper() == contract.method.upper() and contract.is_path_of(_path(url))
    return False


def _path(url: str) -> str:
    """The path of *url* without a trailing slash; empty if *url* is not a URL."""
    try:
        return urlsplit(url).path.removesuffix("/")
    except ValueError:
        return ""


def _request(entry: Any) -> bytes | None:
    match entry:
        case {"request": {"postData": {"text": str(text)}}}:
            return text.encode("utf-8", "surrogatepass")
    return None


def _response(place: str, entry: Any, contract: Contract) -> bytes | None:
    match entry:
        case {"response": {"status": int(status)}} if status not in contract.success:
            return None
        case {"response": {"status": int(), "content": {"text": str(text), "encoding": "base64"}}}:
            return _decoded(place, text) or None
        case {"response": {"status": int(), "content": {"text": str(text)}}}:
            return text.encode("utf-8", "surrogatepass") or None
    return None


def _decoded(place: str, text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ConfigurationError(place, f"the response is declared as base64, but is not: {error}") from None
