"""Decode embeddings in base64, and find numbers that are not finite."""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from math import hypot, inf, isfinite
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

from pybase64 import b64decode

from conformance.text import counted

FLOAT_BYTES: Final = 4


class Rule(StrEnum):
    """A rule that the base64 text of a vector can break."""

    DATA_URL = "data-url"
    WHITESPACE = "whitespace"
    URL_SAFE = "url-safe"
    ALPHABET = "alphabet"
    PADDING = "padding"
    TRAILING_BITS = "trailing-bits"
    FLOATS = "floats"


EXPECTED: Final = {
    Rule.DATA_URL: "base64 without a data URL prefix",
    Rule.WHITESPACE: "no whitespace (RFC 4648 section 3.1)",
    Rule.URL_SAFE: "+ and / as characters 62 and 63 (RFC 4648 section 4, not 5)",
    Rule.ALPHABET: "only A-Z a-z 0-9 + / (RFC 4648 section 3.3)",
    Rule.PADDING: "groups of 4 characters, the last one padded with = (RFC 4648 section 4)",
    Rule.TRAILING_BITS: "zero bits after the last byte (RFC 4648 section 3.5)",
    Rule.FLOATS: f"a multiple of {FLOAT_BYTES} bytes, the size of an IEEE 754 float32",
}


@dataclass(frozen=True, slots=True)
class Base64Problem:
    """The first rule that a text breaks.

    ``expected`` and ``found`` complete the sentence "expected ..., found ...". Both are short for every text.
    ``position`` is the index of the character that breaks the rule.
    """

    rule: Rule
    found: str
    position: int

    @property
    def expected(self) -> str:
        """What the rule requires."""
        return EXPECTED[self.rule]


def decode_base64(text: str) -> NDArray[np.float32] | Base64Problem:
    """The vector in *text*: canonical base64 (RFC 4648 section 4) of little-endian IEEE 754 float32 numbers.

    The array has shape (dimensions,), is read-only, and is empty for an empty text. A text that breaks a rule gives a
    Base64Problem. It never raises.
    """
    import numpy as np

    data = _decoded(text)
    if data is None:
        return _first_problem(text)
    if len(data) % FLOAT_BYTES:
        return Base64Problem(Rule.FLOATS, counted(len(data), "byte"), len(text))
    return np.frombuffer(data, dtype="<f4").astype(np.float32, copy=False)


def _decoded(text: str) -> bytes | None:
    """The bytes in *text*; None unless it is canonical base64."""
    try:
        data: bytes = b64decode(text, validate=True)
    except ValueError:
        return None
    if 3 * len(text) == 4 * len(data):
        return data
    # The decoder may accept bits after the last byte, and other forms of the last group.
    whole = len(data) - len(data) % 3
    end = binascii.b2a_base64(data[whole:], newline=False).decode("ascii")
    return data if text[whole // 3 * 4 :] == end else None


_NOT_IN_ALPHABET: Final = re.compile(r"[^A-Za-z0-9+/=]")


def _first_problem(text: str) -> Base64Problem:
    if text.startswith("data:"):
        return Base64Problem(Rule.DATA_URL, ascii(text[:24]), 0)
    if wrong := _NOT_IN_ALPHABET.search(text):
        return _wrong_character(wrong.group(), wrong.start())
    digits = text.rstrip("=")
    padding = len(text) - len(digits)
    if "=" in digits:
        return Base64Problem(Rule.PADDING, f"= at position {digits.index('=')}", digits.index("="))
    if len(text) % 4 or padding > 2:
        return Base64Problem(
            Rule.PADDING, f"{counted(len(digits), 'character')} and {padding} of =", len(digits)
        )
    return Base64Problem(Rule.TRAILING_BITS, f"{text[-4:]} at the end", len(digits) - 1)


def _wrong_character(character: str, position: int) -> Base64Problem:
    rule = Rule.ALPHABET
    if character in "-_":
        rule = Rule.URL_SAFE
    elif character.isspace():
        rule = Rule.WHITESPACE
    return Base64Problem(rule, f"{character!a} at position {position}", position)


def nonzero_length(text: str) -> int | None:
    """The length of the vector in *text*, if it has only finite numbers, the squares of which add up to one above 0.

    numpy may warn of an overflow.
    """
    data = _decoded(text)
    if not data or len(data) % FLOAT_BYTES:
        return None
    vector = _float32_reader()(data)
    return len(vector) if 0 < float(vector.dot(vector)) < inf else None


@lru_cache(maxsize=1)
def _float32_reader() -> Callable[[bytes], NDArray[np.float32]]:
    """Reads little-endian float32 numbers. A response can have thousands of vectors, and numpy is imported late."""
    import numpy as np

    number = np.dtype("<f4")
    return lambda data: np.frombuffer(data, dtype=number)


def first_non_finite(vector: Sequence[Any] | NDArray[np.floating[Any]]) -> int | None:
    """The index of the first item of *vector*, of shape (dimensions,), that is NaN or infinite, or None.

    Integers are finite, even beyond the range of floats. Items that are not numbers are ignored.
    """
    if hasattr(vector, "dtype"):
        import numpy as np

        finite = np.isfinite(vector)
        return None if finite.all() else int(finite.argmin())
    try:
        if isfinite(hypot(*vector)):
            return None
    except (TypeError, ValueError, OverflowError):
        pass
    # An item is not finite, is not a float, or is a float whose square overflows.
    return next((index for index, item in enumerate(vector) if _is_non_finite(item)), None)


def _is_non_finite(item: Any) -> bool:
    try:
        return not isfinite(item)
    except (TypeError, ValueError, OverflowError):
        return False
