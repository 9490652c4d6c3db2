"""The limits of the files that users give, and a reader that stops at the limit.

Each limit is far above what real files need. A file within all of them takes seconds at most; a file beyond one of them
is rejected with a sentence that names the limit.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import BinaryIO, Final

MIB: Final = 2**20

MAX_FILE: Final = 8 * MIB
"""Bytes of a contract, an overlay, a profile or a baseline, also after each YAML alias was replaced by its value."""

MAX_SETTINGS: Final = MIB
"""Bytes of a configuration file, which is TOML. Its reader takes a second for each of them."""

MAX_DOTS: Final = 1_000
"""Dots in a line of a configuration file. The reader of TOML keeps every prefix of a dotted key."""

MAX_REPORT: Final = 32 * MIB
"""Bytes of a saved report."""

MAX_REPORT_VALUES: Final = 500_000
"""Values in a saved report."""

MAX_PAYLOAD: Final = 64 * MIB
"""Bytes of a request or response to validate. A file of JSONL or HAR may have any number of them."""

MAX_MEMORY: Final = 128 * MIB
"""Bytes in memory that the values of such a request or response may need, about."""

MAX_DEPTH: Final = 100
"""Levels of nesting in a YAML or JSON file; a YAML alias that contains itself has infinitely many."""

MAX_VALUES: Final = 100_000
"""Values in a YAML or JSON file; a YAML alias counts as all that it stands for."""

MAX_KEY: Final = 500
"""Characters of a key. Pointers repeat the keys of all levels."""

MAX_DIGITS: Final = 300
"""Digits of an integer. A float can represent each integer within this limit."""

MAX_ITEMS: Final = 1_000
"""Items of a list that the suite processes one by one: actions of an overlay, levels of a profile, an enumeration."""

MAX_LISTED: Final = 20_000
"""Values of all enumerations, and required properties, in the body of a request or response."""

MAX_ENUMERATED: Final = 100
"""Values of an enumeration that are tested one by one."""

MAX_REFERENCES: Final = 10
"""References in a row: a ``$ref`` to a ``$ref`` and so on."""

MAX_SCHEMAS: Final = 300
"""Schemas in the body of a request or response. A schema counts once for each place that refers to it."""

MAX_SCHEMA_DEPTH: Final = 10
"""Levels of schemas inside one another."""

MAX_LEAST_BODY: Final = 16 * 1024
"""Bytes of the smallest request that a contract allows: nearly all requests of a run have at least that size."""

MAX_ALTERNATIVES: Final = 50
"""Alternatives of a security section."""

MAX_QUERY: Final = 1_000
"""Characters of a JSONPath query, and of a regular expression in it."""

MAX_STEPS: Final = 1_000_000
"""Steps of an overlay's actions: values that queries visit or actions write, and tens of characters to search."""

MAX_VISITS: Final = 200_000
"""Values that one JSONPath query visits. The library keeps most of them in memory until the query ends."""

_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SIZES: Final = {b"{": 250, b"[": 80, b",": 32}
_SIZE_OF_QUOTE: Final = 25
_OTHER_BYTES: Final = bytes(set(range(256)) - set(b"[]{},"))


class FileTooLarge(ValueError):
    """A file has more bytes than its ``limit``; the message is a predicate of the file."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"is larger than {limit // MIB} MiB")


def read_limited(file: Path, limit: int) -> bytes:
    """The content of *file*.

    Raises OSError; FileTooLarge if it has more than *limit* bytes.
    """
    with open_file(file) as stream:
        content = stream.read(limit + 1)
    if len(content) > limit:
        raise FileTooLarge(limit)
    return content


def open_file(file: Path) -> BinaryIO:
    """Open *file*, which may be a pipe. A named pipe that no process writes to is empty. Raises OSError."""
    return open(file, "rb", opener=_without_waiting if os.name == "posix" else None)


def count_values(json: bytes) -> int:
    """The number of values in a JSON text, or a few more, without reading them."""
    marks = _structure(json)
    return 1 + sum(marks.count(mark) for mark in (b",", b"[", b"{"))


def memory_of(json: bytes) -> int:
    """The bytes that the values of a JSON text need in memory, about, without reading them."""
    marks = _structure(json)
    containers = sum(marks.count(mark) * size for mark, size in _SIZES.items())
    return containers + json.count(b'"') * _SIZE_OF_QUOTE + len(json)


def depth_of(json: bytes) -> int:
    """The levels of nesting in a JSON text, without reading its values."""
    depth = deepest = 0
    for mark in _structure(json).replace(b",", b""):
        depth += 1 if mark in b"[{" else -1
        deepest = max(deepest, depth)
    return deepest


def _structure(json: bytes) -> bytes:
    """The brackets and commas of a JSON text, without those in its strings."""
    return _STRING.sub(b"", json).translate(None, _OTHER_BYTES)


def _without_waiting(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    os.set_blocking(descriptor, True)
    return descriptor
