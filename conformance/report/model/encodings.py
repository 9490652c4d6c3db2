"""Encodings in which a server may repeat a credential: layers of escapes, base64, and Basic credentials."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from html import unescape

MAX_LAYERS = 3
"""Layers of escapes that are decoded, such as JSON inside of a JSON string inside of HTML."""

ESCAPE = re.compile(
    r"""(?:%|\\x)[c-f][0-9a-f] (?:(?:%|\\x)[89ab][0-9a-f]){1,3} | (?:%|\\x)[0-9a-f]{2}"""
    r"""| \\u d[89ab][0-9a-f]{2} \\u d[c-f][0-9a-f]{2} | \\u[0-9a-f]{4}"""
    r"""| \\["'\\/]"""
    r"""| &[a-z][a-z0-9]{1,30}; | &\#(?:[0-9]{1,7}|x[0-9a-f]{1,6});?""",
    re.IGNORECASE | re.ASCII | re.VERBOSE,
)
"""Escapes: of bytes, in URLs and in programs; of UTF-16, in JSON (RFC 8259, section 7); of HTML (section 13.5)."""

PARTIAL_SEXTETS = (0, 2, 3)
"""Base64 digits that depend on the 0, 1 or 2 bytes before the text."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A text after one layer of escapes was decoded.

    ``starts`` are the places in ``text`` where an escape or unescaped text starts; ``sources`` are their places before.
    """

    text: str
    starts: list[int]
    sources: list[int]

    def source(self, place: int) -> int:
        """The place before the decoding of *place* in ``text``."""
        index = bisect_right(self.starts, place) - 1
        return self.sources[index] + place - self.starts[index]


def escape_layers(text: str) -> Iterator[list[Decoded]]:
    """For *text* itself and for each layer of escapes in it: the layers that were decoded, the last one first."""
    found: list[Decoded] = []
    yield found
    while len(found) < MAX_LAYERS and (decoded := _decode(found[0].text if found else text)):
        found = [decoded, *found]
        yield found


def _decode(text: str) -> Decoded | None:
    """*text* without its outermost escapes; None if it has none."""
    if not ("%" in text or "\\" in text or "&" in text):
        return None
    pieces: list[str] = []
    starts, sources = [0], [0]
    end = length = 0
    for match in ESCAPE.finditer(text):
        character = _character(match[0])
        begin = match.start()
        length += begin - end
        starts += (length, length + len(character))
        pieces += (text[end:begin], character)
        length += len(character)
        end = match.end()
        sources += (begin, end)
    return Decoded("".join(pieces) + text[end:], starts, sources) if pieces else None


@lru_cache(maxsize=4096)
def _character(escape: str) -> str:
    """The character for *escape*, or the characters of ISO-8859-1 for bytes that are not UTF-8."""
    if escape[0] == "&":
        return unescape(escape)
    if escape[1] in "\"'\\/":
        return escape[1]
    content = bytes.fromhex(re.sub(r"%|\\.", "", escape))
    try:
        return content.decode("utf-16-be" if escape[1] in "uU" else "utf-8")
    except UnicodeDecodeError:
        return content.decode("latin-1")


def base64_forms(content: bytes) -> Iterator[str]:
    """The base64 digits that depend on *content* alone, for each of its three possible offsets.

    They are the standard ones (RFC 4648, section 4).
    """
    for offset, partial in enumerate(PARTIAL_SEXTETS):
        digits = b64encode(bytes(offset) + content).decode("ascii")
        yield digits[partial : (offset + len(content)) * 8 // 6]


def with_standard_digits(text: str) -> str:
    """*text* with the two digits of URL-safe base64 (RFC 4648, section 5) replaced by the standard ones."""
    return text.replace("-", "+").replace("_", "/")


def basic_credentials(value: str) -> list[str]:
    """User and password together, and each of them, in *value*, the base64 of Basic credentials (RFC 7617, section 2).

    Empty if *value* is something else.
    """
    digits = with_standard_digits(value).rstrip("=")
    try:
        decoded = b64decode(digits + "=" * (-len(digits) % 4), validate=True).decode(
            "utf-8", "backslashreplace"
        )
    except ValueError:
        return []
    user, colon, password = decoded.partition(":")
    return [decoded, user, password] if colon else []
