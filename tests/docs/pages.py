"""What the documents hold that can be run: console blocks, examples of Python, files, and directives in comments.

A ``console`` block holds commands, each behind ``$ ``, with a backslash at the end of a line that goes on, and what
they print; a ``pycon`` block an example of Python. A fenced block with ``title="NAME"`` is that file, in the folder
that the page runs in. Directives are HTML comments, which no reader sees:

    <!-- server: 8000 unsorted -->       one of ``servers.py``, reached at the port that the page shows
    <!-- copy: examples/NAME -->         a file of the project, or what is in a folder of it, to start from
    <!-- file: examples/NAME -->         the same, for a file that the site shows here
    <!-- not run: the reason -->         before each block of ``sh``: why its commands can not be run in a test
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]
MADE = ROOT / "docs" / "matrix.md"
"""Made of the reports of servers that are not there when the tests run."""

PAGES = (ROOT / "README.md", *sorted({*(ROOT / "docs").rglob("*.md")} - {MADE}))

STEP = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)(?P<about>[^\n]*)\n(?P<content>.*?)^(?P=indent)```$"
    r"|^<!-- (?P<directive>server|copy|file|not run): (?P<argument>[^\n]*) -->$",
    re.MULTILINE | re.DOTALL,
)
PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Command:
    """A command as the page shows it, with what it is said to print; *line* is its place in the page."""

    line: int
    text: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """An example of Python, as doctest reads it."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A file that the page shows."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class Directive:
    """What a comment asks for."""

    kind: str
    argument: str


@dataclass(frozen=True, slots=True)
class NotRun:
    """A block of commands that no test can run."""

    line: int
    text: str
    reason: str


Step = Command | Example | Shown | Directive | NotRun


def steps(text: str) -> Iterator[Step]:
    """What *text*, a page, holds that can be run, in order."""
    reason = ""
    for found in STEP.finditer(text):
        if found["directive"] == "not run":
            reason = found["argument"]
        elif found["directive"]:
            yield Directive(found["directive"], found["argument"])
        else:
            yield from _block(found, text.count("\n", 0, found.start()) + 2, reason)
            reason = ""


def commands(text: str) -> Iterator[Command]:
    """The commands of a page that are run."""
    return (step for step in steps(text) if isinstance(step, Command))


def _block(found: re.Match[str], line: int, reason: str) -> Iterator[Step]:
    content = dedent(found["content"])
    title = re.search(r'title="([^"]+)"', found["about"])
    match found["language"]:
        case "console":
            yield from _console(content, line)
        case "pycon":
            yield Example(line, content)
        case "sh":
            yield NotRun(line, content, reason)
        case _ if title is not None:
            yield Shown(title[1], content)


def _console(content: str, line: int) -> Iterator[Command]:
    lines = content.splitlines()
    begins = [n for n, text in enumerate(lines) if text.startswith(PROMPT)]
    for begin, end in zip(begins, [*begins[1:], len(lines)], strict=True):
        last = begin
        while lines[last].endswith("\\"):
            last += 1
        typed = [lines[begin].removeprefix(PROMPT), *lines[begin + 1 : last + 1]]
        yield Command(line + begin, "\n".join(typed), tuple(lines[last + 1 : end]))
