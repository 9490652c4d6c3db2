"""What has to be known before reports are compared."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]

DIFFERENCES: Sequence[tuple[str, str, Callable[[Document], object]]] = (
    (
        "contract",
        "they differ in what is right",
        lambda d: f"{d['contract']['file']} {d['contract']['sha256'][:12]}",
    ),
    ("profile", "what is a MUST for one may be less, or nothing, for another", lambda d: d["profile"]),
    ("version of the suite", "they may differ in what was tested", lambda d: d["suite"]["version"]),
    ("seed", "other requests were generated", lambda d: d["seed"]),
)
"""What can make reports hard to compare: its name, why, and its value."""


def notes(documents: Mapping[str, Document]) -> Iterator[str]:
    """What makes *documents*, reports by the letters of their servers, hard to compare: a sentence each."""
    for name, meaning, value in DIFFERENCES:
        groups: dict[str, list[str]] = {}
        for letter, document in documents.items():
            groups.setdefault(str(value(document)), []).append(letter)
        if len(groups) > 1:
            listed = ", ".join(f"{found} ({', '.join(letters)})" for found, letters in groups.items())
            yield f"The {name} is not the same, so {meaning}: {listed}."
    for letter, document in documents.items():
        if document["interrupted"]:
            yield f"The run of {letter} was interrupted: what it did not reach is not tested."
        elif document["exit_code"] in (3, 4, 5):
            yield f"The run of {letter} ended with exit code {document['exit_code']}."
