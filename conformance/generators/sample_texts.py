"""Reproducible texts of English words, for checks that compare the vectors of several texts.

Texts that must get different vectors differ in words, not in case or punctuation. They are shorter than 200 tokens; a
word is one or two tokens in every common vocabulary.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

VOCABULARY = tuple(Path(__file__).with_name("words.txt").read_text("ascii").split())
SIX_CHARACTER_WORDS = tuple(word for word in VOCABULARY if len(word) == 6)


def text(number: int, words: int) -> str:
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
    return [text(1000 + number, lengths[number % len(lengths)]) for number in range(count)]


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
