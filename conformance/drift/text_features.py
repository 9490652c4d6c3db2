"""Features of texts that tokenizers and servers treat differently: case, accents, white space, scripts, length."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

from .corpus import Text

Feature = Callable[[Text], bool | None]
"""Whether a text has a feature; None if that cannot be said."""

LATIN = "latin"
SIMPLE = "ascii"
"""The name of the script of texts in ASCII only."""


def without_accents(text: str) -> str:
    """*text* without combining marks, as uncased tokenizers convert it."""
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn")


def _folds(text: Text) -> bool:
    return without_accents(text.text.lower()) != unicodedata.normalize("NFD", text.text)


def _has_accents(text: Text) -> bool:
    return without_accents(text.text) != unicodedata.normalize("NFD", text.text)


def _has_unusual_space(text: Text) -> bool:
    return " ".join(text.text.split()) != text.text


def _has_compatibility_characters(text: Text) -> bool:
    return unicodedata.normalize("NFKC", text.text) != text.text


def _has_several_words(text: Text) -> bool | None:
    """Whether there are several words; None in scripts without spaces, and for signs."""
    words = text.text.split()
    if len(words) > 1:
        return True
    return False if text.text.isascii() and text.text.isalpha() else None


FEATURES: Mapping[str, Feature] = {
    "uppercase-only": lambda text: text.text.lower() != text.text,
    "accents-only": _has_accents,
    "uppercase-and-accents-only": _folds,
    "whitespace-only": _has_unusual_space,
    "compatibility-characters-only": _has_compatibility_characters,
    "several-words-only": _has_several_words,
}
"""The features by the symptom that texts with them, and no others, have changed."""


@lru_cache(maxsize=4096)
def script_of(text: str) -> str:
    """The most frequent script of the letters of *text*, by the first word of their Unicode names, in lowercase."""
    counts: dict[str, int] = {}
    for character in text:
        if character.isalpha():
            script = unicodedata.name(character, "unknown").split()[0].lower()
            counts[script] = counts.get(script, 0) + 1
    return max(counts, key=lambda script: counts[script], default=SIMPLE)
