"""The progress of a run is live on a terminal, and nothing of it is anywhere else."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ESCAPE = "\x1b"


def on_a_terminal(words: list[str], folder: Path, **variables: str) -> str:
    """What the command writes to a terminal."""
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", *words],
        cwd=folder,
        env={**kept, "TERM": "xterm-256color", **variables},
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    said = b""
    try:
        while piece := os.read(master, 65536):
            said += piece
    except OSError:  # Linux answers so, once nobody has the other end open
        pass
    finally:
        os.close(master)
        assert process.wait(60) == 0, said
    return said.decode()


@pytest.fixture
def words(alter: Callable[..., Any], header: list[str]) -> list[str]:
    return ["run", alter().url, "--rate=60", "--only=http.method.*", *(f"--header={line}" for line in header)]


def test_a_terminal_shows_verdicts_requests_and_the_time_left(words: list[str], tmp_path: Path) -> None:
    said = on_a_terminal(words, tmp_path)
    frames = re.findall(r"(?:no verdict yet|(\d+) pass); request (\d+) of (\d+)\D", said)
    assert len(frames) > 1
    assert frames[0] != frames[-1]
    assert re.search(r"\d\d:\d\d", said)
    assert said.rstrip().endswith("s\x1b[0m"), "the conclusion stays, the progress does not"


@pytest.mark.parametrize("variable", ["CI", "NO_COLOR"])
def test_ci_and_no_color_get_plain_text(variable: str, words: list[str], tmp_path: Path) -> None:
    said = on_a_terminal(words, tmp_path, **{variable: "1"})
    assert ESCAPE not in said
    assert "request 1 of" not in said
    assert re.search(r"partial: \d+ pass; ", said)


def test_a_pipe_gets_plain_text_on_lines_that_are_not_broken(words: list[str], tmp_path: Path) -> None:
    wrong = [
        word.replace("x-portkey-config: ", "x-portkey-config: x") for word in words if "custom" not in word
    ]
    ended = subprocess.run(
        [sys.executable, "-m", "conformance", *wrong, "--only=auth.accept.config"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, "")
    assert ESCAPE not in ended.stdout
    (line,) = [line for line in ended.stdout.splitlines() if line.startswith("  Reproduce")]
    assert line.endswith("'")
    assert len(line) > 200
