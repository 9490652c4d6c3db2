"""Count quickly how often certain bytes occur in a long text."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LONG: Final = 128 * 1024
"""Bytes of a text from which on this is faster than ``bytes.count``."""

CHUNK: Final = 256 * 1024
"""Bytes that are compared at once: the result of the comparison stays in the cache of the processor."""


def count_byte(text: bytes, byte: bytes) -> int:
    """How often a long *text* has the *byte*."""
    return _count(text, lambda chunk: chunk == byte[0])


def most_quotes_and_commas(text: bytes) -> int:
    """At least the number of quotation marks and commas in a long *text*. Base64 has few of what is counted besides."""
    return _count(text, lambda chunk: chunk <= ord(","))


def opening_brackets(text: bytes) -> int:
    """The number of brackets that begin an array or an object in a long *text*, and in its strings."""
    return _count(text, lambda chunk: (chunk | ord(" ")) == ord("{"))


def _count(text: bytes, test: Callable[[NDArray[np.uint8]], NDArray[np.bool_]]) -> int:
    import numpy as np

    values = np.frombuffer(text, dtype=np.uint8)
    chunks = (values[start : start + CHUNK] for start in range(0, len(text), CHUNK))
    return sum(int(np.count_nonzero(test(chunk))) for chunk in chunks)
