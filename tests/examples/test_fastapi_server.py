"""The example of a server: what its README shows is what happens, and the suite finds its one bug and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[2] / "examples" / "fastapi-server"
README = (EXAMPLE / "README.md").read_text("utf-8")
OF_THEIR_OWN_TIME = re.compile(r"\d+\.\d+ ?s\b|(?<= in )0:\d\d:\d\d")
OF_THE_SUITES_SIZE = re.compile(r"\d[\d,]*(?= (?:pass|passed|skipped|not-tested|requests|prompt tokens)\b)")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the example, as its user has it."""
    copy = tmp_path / "fastapi-server"
    shutil.copytree(EXAMPLE, copy, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    return copy


def run(command: str, folder: Path) -> str:
    """What *command* prints in *folder*, where the tools of this Python come first."""
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    environment = {**os.environ, "PATH": path, "COLUMNS": "80", "PYTEST_ADDOPTS": "-p no:cacheprovider"}
    environment |= {"PYTHONDONTWRITEBYTECODE": "1", "GIT_CEILING_DIRECTORIES": str(folder.parent)}
    ended = subprocess.run(
        command, shell=True, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert not ended.stderr, ended.stderr
    return ended.stdout


def shown() -> Iterator[tuple[str, list[str]]]:
    """The commands of the README, each with the lines that it shows of their output."""
    for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, *lines = part.splitlines()
            yield command, lines


def without_numbers(line: str) -> str:
    """*line* without what another machine, or a suite with more requirements, says otherwise."""
    if re.fullmatch(r"[.sxFE]*\s+\[\s*\d+%\]", line):
        return "progress"
    return OF_THE_SUITES_SIZE.sub("N", OF_THEIR_OWN_TIME.sub("N s", line)).rstrip()


def selection(project: Path, *words: str) -> str:
    command = " ".join(["EMBEDDINGS_TOKEN=not-a-real-token pytest -q --target-app=server:app", *words])
    return run(command, project)


@pytest.mark.slow
def test_the_readme_shows_what_happens(project: Path) -> None:
    commands = list(shown())
    assert len(commands) == 5
    for command, lines in commands:
        printed = iter([without_numbers(line) for line in run(command, project).splitlines()])
        for line in lines:
            # Membership moves the iterator on: the lines stand in this order.
            assert line == "..." or without_numbers(line) in printed, (command, line)


@pytest.mark.slow
def test_the_bug_is_found_and_its_fix_is_seen(project: Path) -> None:
    assert "1 failed" in selection(project, "-k meaning.permutation")
    run("git apply fix.patch", project)
    assert "1 passed" in selection(project, "-k meaning.permutation")


def test_the_readme_shows_the_test_and_the_fix() -> None:
    for language, file in (("python", "test_conformance.py"), ("diff", "fix.patch")):
        (block,) = re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)
        assert block in (EXAMPLE / file).read_text("utf-8")
