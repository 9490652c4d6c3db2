"""Search a text for parts of secrets, as they are or encoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .encodings import base64_forms, escape_layers, with_standard_digits
from .fragments import Fragments, Span, merged_spans
from .public_words import is_public, word_sequences

SHORTEST = 8
"""Shorter secrets, and shorter parts of a secret, are not searched for: they would match ordinary words."""

BASE64_DIGITS = 10
"""SHORTEST bytes in base64 are at least so many digits that depend on them alone."""

HEX_DIGITS = 2 * SHORTEST

MAX_REST = 2
"""Characters beside a public word that do not make a part of a secret worth masking: ``r-credential``."""


class SecretSearch:
    """Finds parts of secrets of SHORTEST or more characters, in any letter case and encoding.

    A part that is a public word is found only if it is a complete secret: a credential with the word ``embedding`` must
    not mask that word in the whole report. *names* are public words besides those of the specification.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        self._public = {sequence for name in names for sequence in word_sequences(name.lower())}
        self._complete: set[str] = set()
        self._plain, self._hex, self._base64 = map(Fragments, (SHORTEST, HEX_DIGITS, BASE64_DIGITS))
        self._undivided: set[str] = set()
        self._undivided_base64: set[str] = set()

    def add(self, secret: str) -> None:
        """Find *secret* and its parts."""
        if len(secret) >= SHORTEST:
            self._complete.update(_spellings(secret))
            self._plain.add(_spellings(secret))
            self._hex.add([_content(secret).hex()])
            self._base64.add(base64_forms(_content(secret)))

    def add_undivided(self, secret: str) -> None:
        """Find *secret* as a whole; its parts are no secrets."""
        if len(secret) >= SHORTEST:
            self._undivided |= {*_spellings(secret), _content(secret).hex()}
            self._undivided_base64.update(base64_forms(_content(secret)))

    def spans(self, text: str) -> Iterator[Span]:
        """The places of secrets and their parts in *text*, in order."""
        return merged_spans(sorted(self._spans(text))) if self._complete or self._undivided else iter(())

    def _spans(self, text: str) -> Iterator[Span]:
        for decoded in escape_layers(text):
            for start, stop in self._undecoded_spans(decoded[0].text if decoded else text):
                for layer in decoded:
                    start, stop = layer.source(start), layer.source(stop)
                yield start, stop

    def _undecoded_spans(self, text: str) -> Iterator[Span]:
        lowercase, digits = _lowercase(text), with_standard_digits(text)
        for start, stop in self._plain.spans(lowercase):
            if not self._is_public(lowercase[start:stop]):
                yield start, stop
        yield from self._hex.spans(lowercase)
        yield from self._base64.spans(digits)
        for undivided in self._undivided:
            yield from _places(undivided, lowercase)
        for undivided in self._undivided_base64:
            yield from _places(undivided, digits)

    def _is_public(self, part: str) -> bool:
        """Whether *part* of a secret is a public word, or one character only, as in ``--------``."""
        if any(secret in part for secret in self._complete):
            return False
        long = (words for words in word_sequences(part) if len(words) >= len(part) - MAX_REST)
        return len(set(part)) == 1 or any(words in self._public or is_public(words) for words in long)


def _spellings(secret: str) -> set[str]:
    """*secret* in lowercase: as it is, with its bytes as ISO-8859-1, and with ``+`` for spaces as in HTML forms."""
    spellings = (secret, _content(secret).decode("latin-1"), secret.replace(" ", "+"))
    return set(map(_lowercase, spellings))


def _content(secret: str) -> bytes:
    return secret.encode("utf-8", "surrogatepass")


def _lowercase(text: str) -> str:
    """*text* in lowercase, without changing its length."""
    lowercase = text.lower()
    if len(lowercase) == len(text):
        return lowercase
    return "".join(lower if len(lower := c.lower()) == 1 else c for c in text)


def _places(wanted: str, text: str) -> Iterator[Span]:
    start = text.find(wanted)
    while start >= 0:
        yield start, start + len(wanted)
        start = text.find(wanted, start + len(wanted))
