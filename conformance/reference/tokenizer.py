"""The byte-level tokenizer, and the interface of all tokenizers.

A text is its UTF-8 bytes, one token each, so a text and its tokens are the same input. Every token id stands for a
string of bytes. Ids 0 to 255 are the single bytes, and texts have only these tokens. Each larger id stands for its own
big-endian bytes (26729 is 0x6869, "hi"). Larger ids are accepted because the contract's example
(``[1212, 318, 257, 1332, 13]``) and real clients send ids of other vocabularies: langchain-openai tokenizes each text
with OpenAI's cl100k_base. Such ids have consistent vectors, but not the vectors of the original texts. For those, use
``tiktoken_encodings``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

BYTES = "bytes"
"""The name of the byte-level tokenizer."""

VOCABULARY_SIZE = 2**18
"""Ids below this number are tokens. It includes the ids of cl100k_base (100,277) and o200k_base (200,019)."""


class UnknownToken(ValueError):
    """A token id that is not in the vocabulary; *expected* describes the ids that are."""

    def __init__(self, position: int, expected: str) -> None:
        self.position, self.expected = position, expected
        super().__init__(f"expected a token id {expected} at position {position}")


class NotUnicode(ValueError):
    """A text with a lone surrogate, which has no UTF-8 form (RFC 8259, section 8.2)."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(f"expected Unicode text, found a lone surrogate at position {position}")


class Tokenizer(Protocol):
    """Converts between texts and tokens. A text and its tokens stand for the same bytes."""

    @property
    def longest_token(self) -> int:
        """The greatest number of bytes of a token."""

    def count(self, text: str) -> int:
        """The number of tokens of *text*, which must have a UTF-8 form."""

    def encode(self, text: str) -> list[int]:
        """The tokens of *text*, which must have a UTF-8 form."""

    def decode(self, tokens: Sequence[int]) -> bytes:
        """The bytes that *tokens* stand for. Raises UnknownToken for an id outside the vocabulary."""


def utf8_bytes(text: str) -> bytes:
    """The bytes of *text*. Raises NotUnicode for a lone surrogate."""
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise NotUnicode(error.start) from None


class ByteLevel:
    """One token for each byte: ``decode(list(utf8(text))) == utf8(text)`` for every text."""

    longest_token = 1

    def count(self, text: str) -> int:
        """The number of bytes of *text*."""
        return len(utf8_bytes(text))

    def encode(self, text: str) -> list[int]:
        """The bytes of *text*."""
        return list(utf8_bytes(text))

    def decode(self, tokens: Sequence[int]) -> bytes:
        """The bytes that *tokens* stand for. Raises UnknownToken for an id outside the vocabulary."""
        try:
            return bytes(tokens)
        except ValueError:
            return b"".join(_bytes_of(token, position) for position, token in enumerate(tokens))


def _bytes_of(token: int, position: int) -> bytes:
    if not 0 <= token < VOCABULARY_SIZE:
        raise UnknownToken(position, f"from 0 to {VOCABULARY_SIZE - 1}")
    return token.to_bytes(max(1, (token.bit_length() + 7) // 8), "big")
