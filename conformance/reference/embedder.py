"""Deterministic embeddings: texts that share words are more similar than texts that do not.

Feature hashing with a signed random projection. Each distinct word contributes a vector of signs. The whole text
contributes a weaker vector of odd numbers. Both come from SHAKE256. All sums are sums of integers, so they are exact in
any order of addition. The other steps (one square root, and one division and one rounding for each number) are exactly
specified by IEEE 754. So every machine and every Python version gives the same numbers.

Words are found in bytes, not in Unicode text: tokens need not be text, and Python's Unicode tables change.
"""

from __future__ import annotations

import hashlib
import re
from itertools import islice
from math import isqrt, sqrt

import numpy as np
import numpy.typing as npt

WORD = re.compile(rb"(?:[0-9A-Za-z]|[\xc2-\xdf][\x80-\xbf])+|[\xe0-\xf4][\x80-\xbf]+")
"""A run of ASCII letters, digits and two-byte characters (most alphabets), or one longer character.

Scripts without spaces between words (Chinese, Japanese, Thai) are compared by character."""

WORD_WEIGHT = 1024
"""Even: an even number (the words) plus an odd number (the whole text) is never 0, so no prefix of a vector is zero."""

WORDS_AT_ONCE = 512
"""Words whose signs are in memory at the same time: 1.5 MB for vectors of 3,072 numbers."""

TEXT_SHARE = 8
"""The ratio of the words' part of the squared length to the whole text's part.

A text and the same words in another order have a cosine of about 0.9."""


def embed_text(
    text: bytes, *, model: str, native_size: int, dimensions: int | None = None
) -> npt.NDArray[np.float32]:
    """The embedding of *text*, which is bytes: float32, shape ``(dimensions,)``, length 1.

    *native_size* is the number of components of *model*. With *dimensions* (1 to *native_size*), the native vector is
    cut to that many components and normalized to length 1 again. The case of ASCII letters and the repetition of words
    have no effect on the words' part.
    """
    components = _components(text, model.encode(), native_size)[:dimensions]
    return (components / sqrt(components @ components)).astype(np.float32)


def _components(text: bytes, model: bytes, size: int) -> npt.NDArray[np.int64]:
    """Odd integers. The sum of their squares is far below 2**63 for up to 2**15 distinct words."""
    whole = _odd_numbers(text, model, size)
    words = frozenset(WORD.findall(text.lower()))
    if not words:
        return whole
    sum_of_words = WORD_WEIGHT * _sum_of_signs(words, model, size)
    factor = isqrt(int(sum_of_words @ sum_of_words) // (TEXT_SHARE * int(whole @ whole))) | 1
    return sum_of_words + factor * whole


def _odd_numbers(text: bytes, model: bytes, size: int) -> npt.NDArray[np.int64]:
    """One odd number from -255 to 255 for each component."""
    digest = hashlib.shake_256(b"text\0" + model + b"\0" + text).digest(size)
    return 2 * np.frombuffer(digest, np.uint8).astype(np.int64) - 255


def _sum_of_signs(words: frozenset[bytes], model: bytes, size: int) -> npt.NDArray[np.int64]:
    """The sum over *words* of one sign, -1 or 1, for each component."""
    salt = b"word\0" + model + b"\0"
    ones = np.zeros(size, np.int64)
    unseen = iter(words)
    while batch := tuple(islice(unseen, WORDS_AT_ONCE)):
        digests = b"".join(hashlib.shake_256(salt + word).digest((size + 7) // 8) for word in batch)
        bits = np.frombuffer(digests, np.uint8).reshape(len(batch), -1)
        ones += np.unpackbits(bits, axis=1, count=size).sum(axis=0, dtype=np.uint32)
    return 2 * ones - len(words)
