"""Whether a page shows what a command really prints.

On a line of its own ``...`` stands for any lines, at the end of a line for the rest of it. What differs from run to
run, and from machine to machine, counts as equal: seconds, versions, free ports, the name of the folder, and
how many requests a run took, some of which may have been asked again.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

FOLDER = "/home/me/project"
"""What a page shows for the folder that its commands run in."""

ANY = "..."

EQUAL = (
    (re.compile(r"\b\d+\.\d+( ?s\b| seconds\b)"), r"N\1"),
    (re.compile(r"\d+ requests, about [\d,]+ prompt tokens"), "REQUESTS"),
    (re.compile(r"(?<=127\.0\.0\.1:)\d{5}\b"), "PORT"),
    (re.compile(r"(?<![\d.])\d+\.\d+\.\d+(\.dev\d+)?(?![\d.])"), "VERSION"),
    (re.compile(r"(Started server process) \[\d+\]"), r"\1 [PID]"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)


def alike(shown: Sequence[str], printed: str) -> bool:
    """Whether *printed* is what a page shows in the lines *shown*."""
    pattern = "".join(map(_pattern, _lines("\n".join(shown))))
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _lines(printed))) is not None


def _lines(text: str) -> list[str]:
    for expression, replacement in EQUAL:
        text = expression.sub(replacement, text)
    return text.strip("\n").splitlines()


def _pattern(line: str) -> str:
    if line.strip() == ANY:
        return r"(?:[^\n]*\n)*?"
    if line.endswith(ANY):
        return re.escape(line.removesuffix(ANY)) + r"[^\n]*\n"
    return re.escape(line) + r"\n"
