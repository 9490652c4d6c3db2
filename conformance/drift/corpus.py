"""The texts whose vectors a snapshot records: the packaged ones (``spec/corpus.jsonl``), and those of a user."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from conformance.contract.openapi.limits import MIB, FileTooLarge, read_limited
from conformance.contract.spec_files import spec_file
from conformance.errors import ConfigurationError
from conformance.text import clip, counted

OWN = "own"
"""The kind of a user's text that names none."""

MAX_TEXTS = 1_000
"""Texts of a snapshot."""

MAX_CHARACTERS = 50_000
"""Characters of one text."""

MAX_FILE = 8 * MIB
"""Bytes of a file with a user's texts."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text: its id, its kind, and its characters.

    ``pair`` is the id of a similar text, or of the passage of a query; or empty.
    """

    id: str
    kind: str
    text: str
    pair: str = ""


@cache
def packaged_texts() -> tuple[Text, ...]:
    """The packaged texts, in the order of the file."""
    lines = spec_file("corpus.jsonl").read_text("utf-8").splitlines()
    entries = {entry["id"]: entry for entry in map(json.loads, lines)}
    return tuple(
        Text(id, entry["kind"], _text_of(entry, entries), entry.get("pair", ""))
        for id, entry in entries.items()
    )


def _text_of(entry: Mapping[str, Any], entries: Mapping[str, Mapping[str, Any]]) -> str:
    """The text of an entry: a long one consists of others, and an end."""
    if "parts" not in entry:
        return str(entry["text"])
    return " ".join([*(entries[part]["text"] for part in entry["parts"]), entry["end"]])


def read_texts(file: Path, others: Iterable[Text] = ()) -> tuple[Text, ...]:
    """The texts of a user's *file*: JSONL, one object a line, with ``text``, and perhaps ``id`` and ``kind``.

    Without an id, the number of the line is the id. Raises ConfigurationError, also for an id of *others*.
    """
    try:
        content = read_limited(file, MAX_FILE).decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(
            "texts", f"{file} cannot be read: {error.strerror}; check the path"
        ) from None
    except (FileTooLarge, UnicodeDecodeError) as error:
        problem = str(error) if isinstance(error, FileTooLarge) else "is not text in UTF-8"
        raise ConfigurationError("texts", f"{file} {problem}") from None
    known = {text.id for text in others}
    found: dict[str, Text] = {}
    for number, line in enumerate(content.split("\n"), 1):
        if not line.strip():
            continue
        text = _read_line(line, number, f"{file}:{number}")
        if text.id in known or text.id in found:
            raise ConfigurationError("texts", f"{file}:{number}: the id {clip(text.id)} occurs twice")
        found[text.id] = text
        if len(found) > MAX_TEXTS - len(known):
            raise ConfigurationError(
                "texts", f"{file} has more than {counted(MAX_TEXTS - len(known), 'text')}"
            )
    if not found:
        raise ConfigurationError(
            "texts", f'{file} has no texts; write one object a line, such as {{"text": "..."}}'
        )
    return tuple(found.values())


def _read_line(line: str, number: int, place: str) -> Text:
    try:
        entry = json.loads(line)
        entry = {"text": entry} if isinstance(entry, str) else entry
        values = (entry.get("id", f"{OWN}.{number}"), entry.get("kind", OWN), entry["text"])
        for value in values:
            value.encode("utf-8")
    except (ValueError, RecursionError, AttributeError, LookupError, TypeError):
        expected = 'must be a JSON object with strings, such as {"id": "a1", "text": "..."}'
        raise ConfigurationError("texts", f"{place}: {expected}") from None
    id, kind, text = values
    if not 0 < len(text) <= MAX_CHARACTERS or not 0 < len(id) <= 100 or not 0 < len(kind) <= 100:
        limits = f"an empty or too long value; a text has at most {MAX_CHARACTERS:,} characters, an id 100"
        raise ConfigurationError("texts", f"{place}: {limits}")
    return Text(id, kind, text)
