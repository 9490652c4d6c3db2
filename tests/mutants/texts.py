"""Mutants that some texts bring down, or that do not want them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.mutants.asgi import Fault
from tests.mutants.embedding import inputs, is_batch, words
from tests.mutants.mutant import Mutant, Payload, refuses


def text_mutants() -> Iterator[Mutant]:
    """The mutants of requirements on texts."""
    for requirement, faults in TESTS.items():
        for description, test in faults.items():
            yield Mutant(f"crashes on {description}", requirement, _crashes_on(test))
    for requirement in ("request.text.unicode", "request.text.control"):
        for description, test in TESTS[requirement].items():
            yield Mutant(f"refuses {description}", requirement, _refuses(test))
    for requirement, what, sign in (
        ("request.text.control", "NUL", "\0"),
        ("request.text.special-tokens", "the start of a text", "[CLS]"),
    ):
        among = refuses(partial(_is_among, sign=sign), 500)
        yield Mutant(f"crashes on {what} in a batch", requirement, among)
    yield Mutant(
        "crashes on a batch of many scripts",
        "request.text.unicode",
        refuses(lambda p: is_batch(p.get("input")) and len({_script(t) for t in p["input"]}) > 5, 500),
    )


def _crashes_on(test: Callable[[str], object]) -> Fault:
    return _refuses(test, 500)


def _refuses(test: Callable[[str], object], status: int = 400) -> Fault:
    return refuses(lambda p: any(isinstance(t, str) and test(t) for t in inputs(p.get("input"))), status)


def _is_among(payload: Payload, sign: str) -> bool:
    value: Any = payload.get("input")
    return is_batch(value) and any(sign in text for text in value)


def _script(text: Any) -> str:
    return unicodedata.name(text[0], "").split()[0] if isinstance(text, str) and text else ""


TESTS: dict[str, dict[str, Callable[[str], object]]] = {
    "request.text.unicode": {
        "text from right to left": lambda t: any(unicodedata.bidirectional(c) in ("R", "AL") for c in t),
        "combining marks": lambda t: "\u0300" in t,
        "joined emoji": lambda t: "\u200d" in t,
        "the last plane": lambda t: "\U0010fffd" in t,
        "markup": lambda t: "</p>" in t,
        "front matter": lambda t: t.startswith("---\n"),
        "text without letters": lambda t: t.strip() and not any(c.isalnum() or ord(c) > 127 for c in t),
    },
    "request.text.control": {
        "NUL": lambda t: "\0" in t,
        "an escape sequence": lambda t: "\x1b" in t,
        "a separator of lines": lambda t: "\u2028" in t,
        "tabs in text": lambda t: "\n\t" in t and "def" not in t,
    },
    "request.text.special-tokens": {
        "the end of a text": lambda t: "<|endoftext|>" in t,
        "the start of a message": lambda t: "<|im_start|>" in t,
        "a padding token": lambda t: "[PAD]" in t,
    },
    "request.text.edge-cases": {
        "half a surrogate pair": lambda t: "\ud800" in t,
        "a byte order mark in a text": lambda t: t.startswith("\ufeff"),
        "blanks alone": lambda t: t and not t.strip(" "),
        "a line feed alone": lambda t: t == "\n",
        "a non-character": lambda t: "\uffff" in t,
    },
    "request.text.long": {
        "texts of more than 350 words": lambda t: words(t) > 350,
        "texts of more than 3,000 words": lambda t: words(t) > 3000,
    },
}
