"""Compare the output of a command with the output that a page shows.

In a page, ``...`` matches any lines if it is alone on its line, and the rest of the line at the end of one. Values that
differ between runs or machines count as equal: seconds, dates, versions, free ports, the name of the folder, and the
number of requests of a run, which includes retries. So does the number of deselected tests, which grows with the
catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

FOLDER = "/home/me/project"
"""The name of the commands' folder in pages."""

ANY = "..."

Rules = Sequence[tuple[re.Pattern[str], str]]

VOLATILE: Rules = (
    (re.compile(r"\b\d+\.\d+( ?s\b| seconds\b)"), r"N\1"),
    (re.compile(r"\b\d{4}-\d{2}-\d{2}\b"), "DATE"),
    (re.compile(r"(?<=127\.0\.0\.1:)\d{5}\b"), "PORT"),
    (re.compile(r"(?<![\d.])\d+\.\d+\.\d+(\.dev\d+)?(?![\d.])"), "VERSION"),
    (re.compile(r"(Started server process) \[\d+\]"), r"\1 [PID]"),
    (re.compile(r"[ \t]+$", re.MULTILINE), ""),
)
"""What differs between two runs of the same version."""

EQUAL: Rules = (
    *VOLATILE,
    (re.compile(r"\b\d+ deselected\b"), "DESELECTED"),
    (re.compile(r"\d+ requests, about [\d,]+ prompt tokens"), "REQUESTS"),
)
"""What a test of a page does not compare. An update of the page compares the counts too: it makes old ones current."""


def matches(shown: Sequence[str], printed: str, equal: Rules = EQUAL) -> bool:
    """Whether *printed* matches the lines *shown* in a page, except for what counts as *equal*."""
    pattern = "".join(map(_pattern, _lines("\n".join(shown), equal)))
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in _lines(printed, equal))) is not None


def renumbered(shown: Sequence[str], printed: str) -> list[str] | None:
    """The lines *shown*, with the numbers of *printed*. None if more than numbers and widths of columns differ."""
    lines = printed.strip("\n").splitlines()
    found = re.fullmatch(
        "".join(map(_pattern_without_numbers, shown)), "".join(f"{line}\n" for line in lines)
    )
    if found is None:
        return None
    values = iter(found.groups())
    return [line if line.strip() == ANY else f"{next(values)}{ANY * line.endswith(ANY)}" for line in shown]


def _lines(text: str, equal: Rules) -> list[str]:
    for expression, replacement in equal:
        text = expression.sub(replacement, text)
    return text.strip("\n").splitlines()


def _pattern(line: str) -> str:
    if line.strip() == ANY:
        return r"(?:[^\n]*\n)*?"
    if line.endswith(ANY):
        return re.escape(line.removesuffix(ANY)) + r"[^\n]*\n"
    return re.escape(line) + r"\n"


def _pattern_without_numbers(line: str) -> str:
    if line.strip() == ANY:
        return r"(?:[^\n]*\n)*?"
    text = re.escape(line.removesuffix(ANY))
    text = re.sub(r"\d+", r"\\d+", re.sub(r"(?:\\ )+", " +", text))
    rest = r"[^\n]*\n" if line.endswith(ANY) else r" *\n"
    return f"({text}){rest}"
