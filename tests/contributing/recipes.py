"""The recipes in CONTRIBUTING.md, as steps that a program can follow.

A recipe is a section below "Recipes". Each of its fenced blocks is one step. The sentence before the block says what to
do with it, in one of these forms:

    Create `FILE`:
    At the end of `FILE`, add:
    In `FILE`, before the line `LINE`, add:
    In `FILE`, after the line `LINE`, add:
    Run:

LINE is a whole line of the file, without its indentation. The file has it once.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.docs.pages import Command, commands

HEADING = re.compile(r"^### (.+)$", re.MULTILINE)
BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>\w+)\n(?P<content>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
SENTENCE = re.compile(
    r"(?:^|[.:] )(?:(?P<create>Create `(?P<new>[^`]+)`)|(?P<run>Run)"
    r"|At the end of `(?P<longer>[^`]+)`, add"
    r"|In `(?P<file>[^`]+)`, (?P<where>before|after) the line `(?P<anchor>[^`]+)`, add):$"
)


@dataclass(frozen=True, slots=True)
class Create:
    """Create a file, which does not exist yet."""

    path: str
    content: str

    def apply(self, root: Path) -> None:
        """Create the file below *root*."""
        file = root / self.path
        assert not file.exists(), f"{self.path} exists"
        assert file.parent.is_dir(), f"{file.parent} does not exist"
        file.write_text(self.content, "utf-8")


@dataclass(frozen=True, slots=True)
class Insert:
    """Insert lines into a file, before or after a line, or at the end if there is no such line."""

    path: str
    content: str
    where: str = "after"
    anchor: str | None = None

    def apply(self, root: Path) -> None:
        """Change the file below *root*."""
        file = root / self.path
        lines = file.read_text("utf-8").splitlines(keepends=True)
        places = [n for n, line in enumerate(lines) if line.strip() == self.anchor]
        if self.anchor is None:
            places = [len(lines) - 1]
        assert len(places) == 1, f"{self.path} has {len(places)} lines {self.anchor!r}, not 1"
        lines.insert(places[0] + (self.where == "after"), self.content)
        file.write_text("".join(lines), "utf-8")


@dataclass(frozen=True, slots=True)
class Run:
    """Run commands, with the output that the recipe shows."""

    commands: tuple[Command, ...]


Edit = Create | Insert
Step = Edit | Run


def recipes(text: str) -> Mapping[str, tuple[Step, ...]]:
    """The recipes in the text of CONTRIBUTING.md, by title."""
    section = text.partition("\n## Recipes\n")[2].partition("\n## ")[0]
    _, *parts = HEADING.split(section)
    return {title: tuple(_steps(body)) for title, body in zip(parts[::2], parts[1::2], strict=True)}


def without_recipes(text: str) -> str:
    """The text of CONTRIBUTING.md without the steps of the recipes."""
    return BLOCK.sub("", SENTENCE.sub("", text))


def created_files(text: str) -> set[str]:
    """The files that the recipes create."""
    return {step.path for steps in recipes(text).values() for step in steps if isinstance(step, Create)}


def _steps(body: str) -> Iterator[Step]:
    end = 0
    for block in BLOCK.finditer(body):
        paragraph = body[end : block.start()].strip().rpartition("\n\n")[2]
        sentence = " ".join(re.sub(r"^\d+\. ", "", paragraph).split())
        yield _step(sentence, block)
        end = block.end()


def _step(sentence: str, block: re.Match[str]) -> Step:
    found = SENTENCE.search(sentence)
    assert found, f"the sentence has none of the forms that {__name__} describes: {sentence}"
    indent = block["indent"]
    content = "".join(line.removeprefix(indent) for line in block["content"].splitlines(keepends=True))
    if found["run"]:
        assert block["language"] == "console", sentence
        return Run(tuple(commands(f"```console\n{content}```\n")))
    if found["create"]:
        return Create(found["new"], content)
    if found["longer"]:
        return Insert(found["longer"], content)
    return Insert(found["file"], content, found["where"], found["anchor"])
