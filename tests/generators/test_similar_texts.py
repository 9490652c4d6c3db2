"""Similar texts are different, and equal in what their description says; texts that look like data are not."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from functools import reduce

import pytest

from conformance.generators.lookalikes import IDS, LISTS, PARSED, TEXTS
from conformance.generators.similar_texts import SIMILAR

WORD = 2**32


def java(text: str) -> int:
    return reduce(lambda found, byte: (31 * found + byte) % WORD, text.encode(), 0)


def fnv(text: str) -> int:
    return reduce(lambda found, byte: ((found ^ byte) * 0x01000193) % WORD, text.encode(), 0x811C9DC5)


COMMON: dict[str, Callable[[str], object]] = {
    "900 characters at the start, and the length": lambda t: (t[:900], len(t)),
    "the start, the end and the length": lambda t: (t[:200], t[-200:], len(t)),
    "the start of a longer text": lambda t: t[:150],
    "the letters, in another order": sorted,
    "the CRC-32 checksum": lambda t: zlib.crc32(t.encode()),
    "the hash code of Java": java,
    "the hash FNV-1a": fnv,
}


@pytest.mark.parametrize("what", SIMILAR)
def test_similar_texts_differ_in_words_and_are_equal_in_what_they_share(what: str) -> None:
    one, other = SIMILAR[what]
    assert set(one.split()) != set(other.split())
    assert COMMON[what](one) == COMMON[what](other)


def test_lists_have_the_notation_of_their_language() -> None:
    assert json.loads(LISTS["JSON"]) == json.loads(LISTS["Python"]) == list(IDS)
    assert LISTS["JavaScript"] == "104,111,117,115,101"
    assert LISTS["Go"] == "[104 111 117 115 101]"


def test_texts_and_their_parsed_forms_differ_in_words() -> None:
    assert len(set(TEXTS)) == len(TEXTS)
    for text, forms in PARSED.items():
        for form in forms:
            assert text.lower() != form.lower()
