"""The executable parts of the documents: console blocks, Python examples, and files.

A ``console`` block has commands, each after ``$ ``, with a backslash at the end of a continued line, and their output.
A ``pycon`` block is a Python example. A fenced block with ``title="NAME"`` is that file, in the folder of the page's
commands. A comment before a block of ``sh`` says why a test cannot run its commands: ``<!-- not run: the reason -->``.

There are no other steps: a reader can do all that a test does. The folder of the commands is empty at the beginning,
and the clone of the project is beside it, as ``../embeddings-conformance``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "docs" / "matrix.md"
"""Generated from reports of real servers, which these tests do not run."""

PAGES = (ROOT / "README.md", *sorted({*(ROOT / "docs").rglob("*.md")} - {GENERATED}))

STEP = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)(?P<about>[^\n]*)\n(?P<content>.*?)^(?P=indent)```$"
    r"|^<!-- not run: (?P<reason>[^\n]*) -->$",
    re.MULTILINE | re.DOTALL,
)
PROMPT = "$ "


@dataclass(frozen=True, slots=True)
class Command:
    """A command with its output as the page shows them; *line* is its line in the page."""

    line: int
    text: str
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Example:
    """A Python example, in the form of doctest."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A file that the page shows."""

    name: str
    content: str


@dataclass(frozen=True, slots=True)
class NotRun:
    """A block of commands that tests do not run."""

    line: int
    text: str
    reason: str


Step = Command | Example | Shown | NotRun


def steps(text: str) -> Iterator[Step]:
    """The executable parts of the page *text*, in order."""
    reason = ""
    for found in STEP.finditer(text):
        if found["reason"]:
            reason = found["reason"]
        else:
            yield from _block(found, text.count("\n", 0, found.start()) + 2, reason)
            reason = ""


def commands(text: str) -> Iterator[Command]:
    """The commands of a page that tests run."""
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
        command = [lines[begin].removeprefix(PROMPT), *lines[begin + 1 : last + 1]]
        yield Command(line + begin, "\n".join(command), tuple(lines[last + 1 : end]))
