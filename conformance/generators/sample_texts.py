"""Reproducible texts of English words, for checks that compare the vectors of several texts.

Texts that must get different vectors differ in words, not in case or punctuation. They are shorter than 200 tokens,
except for those of ``growing_sequence``; a word is one or two tokens in every common vocabulary.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from random import Random
from typing import TypeVar

T = TypeVar("T")

VOCABULARY = tuple(Path(__file__).with_name("words.txt").read_text("ascii").split())
SIX_CHARACTER_WORDS = tuple(word for word in VOCABULARY if len(word) == 6)


def sample_text(number: int, words: int) -> str:
    """Return text *number* with that many *words*; texts with different numbers have hardly any phrase in common."""
    return " ".join(Random(f"text {number}").choices(VOCABULARY, k=words))


def equal_lengths(count: int, words: int = 5) -> list[str]:
    """Return *count* different texts with equal numbers of words, characters and bytes."""
    return [
        " ".join(Random(f"equal {number}").choices(SIX_CHARACTER_WORDS, k=words)) for number in range(count)
    ]


def mixed_lengths(count: int) -> list[str]:
    """Return *count* different texts of one to a hundred words, with short ones next to long ones."""
    lengths = (1, 90, 3, 40, 2, 100, 12, 1, 60, 5)
    return [sample_text(1000 + number, lengths[number % len(lengths)]) for number in range(count)]


SHORT_WORDS = tuple(Path(__file__).with_name("short_words.txt").read_text("ascii").split())
"""Words of three letters, each of which is one token in every common vocabulary."""


def short_texts() -> Iterator[str]:
    """Yield different texts of one or two short words, 2,211 in total.

    No text has the words of another in a different order, because some models ignore the order.
    """
    yield from SHORT_WORDS
    yield from map(" ".join, combinations(SHORT_WORDS, 2))


RUNGS = (40, 130, 300, 520, 1050)
"""Numbers of words or tokens just above 32, 128, 256, 512 and 1,024, which are common limits."""

OTHER_SHARE = 5
"""One in so many words at an end of a long text is replaced for another text.

A model that averages thousands of tokens gives nearly the same vector for other random words there, and for a single
sentence. It gives a different one if all these words are replaced by the same word.
"""


def growing_sequence(values: Sequence[T], count: int) -> list[T]:
    """Return the first *count* items of a sequence that repeats one of the *values* up to each of RUNGS.

    So sequences of different lengths differ in their words, although each is the beginning of all longer ones. The
    last two of the *values* are for ``with_other_beginning`` and ``with_other_end``.
    """
    return [values[bisect_right(RUNGS, place)] for place in range(count)]


def with_other_end(values: Sequence[T], count: int) -> list[T]:
    """Return the same sequence with another end."""
    other = count // OTHER_SHARE
    return [*growing_sequence(values, count - other), *[values[-1]] * other]


def with_other_beginning(values: Sequence[T], count: int) -> list[T]:
    """Return the same sequence with another beginning."""
    other = count // OTHER_SHARE
    return [*[values[-2]] * other, *growing_sequence(values, count)[other:]]


LADDER_WORDS = ("sun", "dog", "map", "tea", "car", "sea", "box", "key")
"""The words of texts for ``growing_sequence``."""

UNICODE = {
    "accents": "Crème brûlée, jalapeño, smörgåsbord",
    "combining marks": "Cre\u0300me bru\u0302le\u0301e, a\u030angstro\u0308m",
    "right to left": "שלום עולם مرحبا بالعالم",
    "Han, Kana and Hangul": "你好世界 こんにちは世界 안녕하세요 세계",
    "Devanagari and Thai": "नमस्ते दुनिया สวัสดีชาวโลก",
    "emoji, joined and with skin tones": "🦀 👩‍👩‍👧‍👦 👍🏽 🏳️‍🌈",
    "characters outside the Basic Multilingual Plane": "𐍈 𠜎 𓀀 \U0001d573\U0001d58a \U0010fffd",
    "markup and quotes": '<p class="x">it\'s & \'it\' \\ "is"</p>',
    "front matter": "---\ntitle: a page\n---\n\n# A heading\n",
    "code": "def f(x):\n\treturn {x: [1, 2]}  # comment\r\n",
    "only punctuation": "?!... --- ***",
    "only digits": "1234567890 3.14159",
}
"""Texts of many scripts and forms, each of which has crashed a real server."""

SCRIPTS = (
    "большая река",
    "зелёная гора",
    "大きな川が流れる",
    "青い空を見上げる",
    "Größe über Ähren",
    "Müller öfter Übung",
)
"""Texts that differ only in non-ASCII characters; the two of each pair have equal lengths."""

CONTROL = {
    "a NUL": "river\u0000stone",
    "a line feed and a tab": "river\n\tstone",
    "an escape sequence": "river\u001b[31mstone\u007f",
    "a line separator": "river\u2028stone\u2029",
}
"""Control characters inside a text; JSON escapes them."""

SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "[CLS]", "<s>", "[PAD]")
"""Texts that some tokenizers treat as special tokens."""

EDGE_CASES = {
    "a lone surrogate": "river \ud800 stone",
    "a byte order mark": "\ufeffriver",
    "only spaces": "   ",
    "only a line feed": "\n",
    "a noncharacter": "river \uffff stone",
}
"""Texts that a target may embed or reject."""
