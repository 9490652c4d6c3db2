"""The encodings of the package tiktoken, such as cl100k_base, without downloads.

tiktoken downloads the vocabulary of an encoding when it is first used. It keeps the file in the folder in
TIKTOKEN_CACHE_DIR, or else in a temporary folder of the system. This module only loads vocabularies that are already on
this machine: with a download, a run would depend on the network.
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
    """The tokenizer *name* cannot be loaded; *problem* is why, and how to fix it."""

    def __init__(self, name: str, problem: str) -> None:
        self.name = name
        super().__init__(problem)


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
    """The tokenizer *name*: ``bytes``, or an encoding of tiktoken. Nothing is downloaded.

    Raises TokenizerUnavailable.
    """
    if name == BYTES:
        return ByteLevel()
    try:
        tiktoken: Any = import_module("tiktoken")
    except ImportError:
        reason = f"the package tiktoken is not installed; run pip install tiktoken, or use {BYTES}"
        raise _unusable(name, reason) from None
    try:
        known = tiktoken.list_encoding_names()
        with _no_downloads():
            encoding = tiktoken.get_encoding(name) if name in known else None
    except _DownloadNeeded:
        raise _unusable(name, _how_to_download(name)) from None
    except Exception as error:  # from tiktoken, its plugins, or the files that they read
        raise _unusable(name, f"tiktoken raised {type(error).__name__}: {error}") from None
    if encoding is None:
        close = get_close_matches(name, [BYTES, *known], n=1)
        fix = (
            f"did you mean {close[0]}?"
            if close
            else f"use {BYTES}, or an encoding of tiktoken such as {vendor_tokenizer()}"
        )
        raise TokenizerUnavailable(name, f"unknown tokenizer {name!r}; {fix}")
    return Encoding(encoding)


def available_tokenizer() -> str:
    """The name of the vendor's tokenizer if its vocabulary is on this machine, else ``bytes``."""
    try:
        load_tokenizer(name := vendor_tokenizer())
    except TokenizerUnavailable:
        return BYTES
    return name


def _unusable(name: str, reason: str) -> TokenizerUnavailable:
    """The error for a tokenizer that exists, or may exist."""
    return TokenizerUnavailable(name, f"tokenizer {name!r}: {reason}")


class _DownloadNeeded(Exception):
    """tiktoken tried to download the vocabulary."""


@contextmanager
def _no_downloads() -> Iterator[None]:
    """Let tiktoken read only local files until the context ends.

    tiktoken has no setting for this. It reads every file, cached or not, with ``tiktoken.load.read_file``, which is
    replaced here. That function is not a documented interface. If it is missing in a later version, this raises
    AttributeError, and nothing is downloaded.
    """
    load: Any = import_module("tiktoken.load")

    def read_local(path: str) -> Any:
        if "://" in path:
            raise _DownloadNeeded(path)
        return read_file(path)

    with _loading:
        read_file, load.read_file = load.read_file, read_local
        try:
            yield
        finally:
            load.read_file = read_file


def _how_to_download(name: str) -> str:
    return (
        "its vocabulary is not on this machine, and nothing is downloaded here. To download it, run"
        f""" python -c "import tiktoken; tiktoken.get_encoding('{name}')"; or set TIKTOKEN_CACHE_DIR"""
        " to the folder that contains it"
    )
