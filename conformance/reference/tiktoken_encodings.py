"""The encodings of the package tiktoken, cl100k_base among them, where package and vocabulary are at hand.

tiktoken downloads a vocabulary when it is first asked for, and keeps it in the folder that TIKTOKEN_CACHE_DIR
names (or else in one of the system's for temporary files). The reference never causes a download: a server that
answers otherwise on a machine without a network would be no reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from importlib import import_module
from threading import Lock
from typing import Any

from conformance.errors import UsageError

from .models import vendor_tokenizer
from .tokenizer import BYTES, ByteLevel, Tokenizer, UnknownToken

_loading = Lock()


class TokenizerUnavailable(UsageError, ValueError):
    """The tokenizer *name* can not be had; *reason* says why, and how it can."""

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(
            f"tokenizer: expected {BYTES!r}, or an encoding of the package tiktoken that is at hand;"
            f" found {name!r}: {reason}"
        )


class Encoding:
    """A tokenizer of tiktoken. Special tokens in a text are ordinary text."""

    def __init__(self, encoding: Any) -> None:
        self._encoding = encoding
        self.longest_token = max(map(len, encoding.token_byte_values()))

    def count(self, text: str) -> int:
        """The number of tokens of *text*."""
        return len(self.encode(text))

    def encode(self, text: str) -> list[int]:
        """The tokens of *text*."""
        tokens: list[int] = self._encoding.encode_ordinary(text)
        return tokens

    def decode(self, tokens: Sequence[int]) -> bytes:
        """The bytes that *tokens* stand for. Raises UnknownToken for an id outside the vocabulary."""
        return b"".join(self._bytes_of(token, position) for position, token in enumerate(tokens))

    def _bytes_of(self, token: int, position: int) -> bytes:
        try:
            found: bytes = self._encoding.decode_single_token_bytes(token)
        except (KeyError, OverflowError):
            raise UnknownToken(position, f"of {self._encoding.name}") from None
        return found


def load_tokenizer(name: str) -> Tokenizer:
    """The tokenizer *name*: ``bytes``, or an encoding of tiktoken. Raises TokenizerUnavailable."""
    if name == BYTES:
        return ByteLevel()
    try:
        tiktoken: Any = import_module("tiktoken")
    except ImportError:
        raise TokenizerUnavailable(name, "tiktoken is not installed (pip install tiktoken)") from None
    try:
        known = tiktoken.list_encoding_names()
        with _no_downloads():
            encoding = tiktoken.get_encoding(name) if name in known else None
    except _NotAtHand:
        raise TokenizerUnavailable(name, _how_to_get(name)) from None
    except Exception as error:  # of tiktoken, of its plugins, of the files that they read
        raise TokenizerUnavailable(name, f"tiktoken fails with {type(error).__name__}: {error}") from None
    if encoding is None:
        close = get_close_matches(name, known, n=1, cutoff=0)
        raise TokenizerUnavailable(name, f"tiktoken does not know it; did you mean {', '.join(close)}?")
    return Encoding(encoding)


def tokenizer_at_hand() -> str:
    """The name of the tokenizer of the vendor's models where it is at hand, else ``bytes``."""
    try:
        load_tokenizer(name := vendor_tokenizer())
    except TokenizerUnavailable:
        return BYTES
    return name


class _NotAtHand(Exception):
    """tiktoken would have to download the vocabulary."""


@contextmanager
def _no_downloads() -> Iterator[None]:
    """While this lasts tiktoken reads local files alone.

    It has no setting for that. All that it reads, cached or not, and for whatever encoding, comes from one
    function; where a later version has it no more, this fails and does not download.
    """
    load: Any = import_module("tiktoken.load")

    def read_local(path: str) -> Any:
        if "://" in path:
            raise _NotAtHand(path)
        return read_file(path)

    with _loading:
        read_file, load.read_file = load.read_file, read_local
        try:
            yield
        finally:
            load.read_file = read_file


def _how_to_get(name: str) -> str:
    return (
        "its vocabulary is not at hand, and is not downloaded from here; to have tiktoken download it once, run"
        f""" python -c "import tiktoken; tiktoken.get_encoding('{name}')", or name the folder that holds it"""
        " in TIKTOKEN_CACHE_DIR"
    )
