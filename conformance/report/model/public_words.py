"""Words that are no secret. If a part of a credential is one of these words, this part is not masked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from conformance.contract.spec_files import spec_file

NAME = re.compile(r"\w[\w./-]*")
"""A word, or a name such as ``text-embedding-3-small``, ``application/json`` or ``http.method.get``."""

WORD = re.compile(r"[^\W_]+")
"""A word in a name."""

MAX_WORDS = 10
"""Words of a name that are compared with a text."""

WORDS = """
    anonymous answered argument arguments attribute authority authorized background baseline brackets catalogue
    certificate certificates commands compressed compression concurrency conformant contents deprecated difference
    differences directory disconnected download downloaded encrypted environment evidence exception exchanges
    followed following forbidden forwarded fragment gateways generation generator handshake identical identity
    incomplete inconclusive incorrect injected installed interrupted keywords language lifespan nonconformant
    operation organization original otherwise overlays overwrite password payloads permission printable probably
    processed production profiles prohibited protocol provided question recording redirect regression remaining
    repeatable replaced reproduce responded restarted searched sequence services settings shutdown signature
    similarity standing statement statuses supports surrounding temporarily timestamp traceback transfer
    unauthorized unavailable unencrypted unexpected unprocessable unreachable unrequested validation violation
    violations warnings whatever
"""
"""Words of messages and of HTTP that the specification does not contain."""


@lru_cache(maxsize=4096)
def is_public(text: str) -> bool:
    """Whether *text*, in lowercase, is a part of a public word, or one or more complete words of a public name.

    Of the name ``text-embedding-3-small``, ``embedd`` and ``text-embedding`` are public, ``text-embedd`` is not.
    """
    return text in _joined_words() if text.isalpha() else text in _word_sequences()


def word_sequences(name: str) -> Iterator[str]:
    """The parts of *name* that consist of 1 to MAX_WORDS complete words, and of what separates them."""
    words = list(WORD.finditer(name))
    for first, word in enumerate(words):
        yield from (name[word.start() : last.end()] for last in words[first : first + MAX_WORDS])


@cache
def _word_sequences() -> frozenset[str]:
    return frozenset(sequence for name in _names() for sequence in word_sequences(name))


@cache
def _joined_words() -> str:
    return "\n".join({*WORDS.split(), *(word for name in _names() for word in WORD.findall(name))})


def _names() -> set[str]:
    """The words and names in the specification."""
    texts = (file.read_text("utf-8") for file in spec_file(".").rglob("*.yaml"))
    return {name for text in texts for name in NAME.findall(text.lower())}
