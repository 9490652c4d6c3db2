"""Mutants that crash on some texts, or reject them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from tests.faulty_servers.embeddings import count_words, inputs, is_text_batch
from tests.faulty_servers.faults import rejects
from tests.faulty_servers.messages import Payload
from tests.faulty_servers.servers import Fault
from tests.mutants.mutant import Mutant


def request_text_mutants() -> Iterator[Mutant]:
    """The mutants of area request about the contents of texts."""
    for requirement, faults in CONDITIONS.items():
        for description, condition in faults.items():
            yield Mutant(f"crashes on {description}", requirement, _crashes_on(condition))
    for requirement in ("request.text.unicode", "request.text.control"):
        for description, condition in CONDITIONS[requirement].items():
            yield Mutant(f"rejects {description}", requirement, _rejects(condition))
    for requirement, description, part in (
        ("request.text.control", "NUL", "\0"),
        ("request.text.special-tokens", "a start-of-text token", "[CLS]"),
    ):
        in_batch = rejects(partial(_is_in_batch, part=part), 500)
        yield Mutant(f"crashes on {description} in a batch", requirement, in_batch)
    yield Mutant(
        "crashes on a long text in a batch",
        "request.text.long",
        rejects(lambda p: is_text_batch(p.get("input")) and max(map(count_words, p["input"])) > 1500, 500),
    )
    yield Mutant(
        "crashes on a batch of many scripts",
        "request.text.unicode",
        rejects(lambda p: is_text_batch(p.get("input")) and len({_script(t) for t in p["input"]}) > 5, 500),
    )


def _crashes_on(condition: Callable[[str], object]) -> Fault:
    return _rejects(condition, 500)


def _rejects(condition: Callable[[str], object], status: int = 400) -> Fault:
    return rejects(lambda p: any(isinstance(t, str) and condition(t) for t in inputs(p.get("input"))), status)


def _is_in_batch(payload: Payload, part: str) -> bool:
    value: Any = payload.get("input")
    return is_text_batch(value) and any(part in text for text in value)


def _script(text: Any) -> str:
    return unicodedata.name(text[0], "").split()[0] if isinstance(text, str) and text else ""


CONDITIONS: dict[str, dict[str, Callable[[str], object]]] = {
    "request.text.unicode": {
        "right-to-left text": lambda t: any(unicodedata.bidirectional(c) in ("R", "AL") for c in t),
        "combining marks": lambda t: "\u0300" in t,
        "joined emoji": lambda t: "\u200d" in t,
        "the last Unicode character": lambda t: "\U0010fffd" in t,
        "markup": lambda t: "</p>" in t,
        "front matter": lambda t: t.startswith("---\n"),
        "texts of punctuation": lambda t: t.strip() and not any(c.isalnum() or ord(c) > 127 for c in t),
    },
    "request.text.control": {
        "NUL": lambda t: "\0" in t,
        "an escape sequence": lambda t: "\x1b" in t,
        "a line separator": lambda t: "\u2028" in t,
        "a line feed with a tab": lambda t: "\n\t" in t and "def" not in t,
    },
    "request.text.special-tokens": {
        "an end-of-text token": lambda t: "<|endoftext|>" in t,
        "a start-of-message token": lambda t: "<|im_start|>" in t,
        "a padding token": lambda t: "[PAD]" in t,
    },
    "request.text.edge-cases": {
        "a lone surrogate": lambda t: "\ud800" in t,
        "a byte order mark at the start of a text": lambda t: t.startswith("\ufeff"),
        "texts of only spaces": lambda t: t and not t.strip(" "),
        "a text of only a line feed": lambda t: t == "\n",
        "a noncharacter": lambda t: "\uffff" in t,
    },
    "request.text.long": {
        "texts of more than 350 words": lambda t: count_words(t) > 350,
        "texts of more than 3,000 words": lambda t: count_words(t) > 3000,
    },
}
