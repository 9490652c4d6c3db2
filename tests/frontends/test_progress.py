"""The progress of a run is displayed on a terminal, and only there."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

ESCAPE = "\x1b"


def run_on_a_terminal(words: list[str], folder: Path, *, code: int = 0, variable: str = "") -> str:
    """The output of the command on a terminal of 60 columns; it exits with *code*."""
    kept = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    master, slave = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "conformance", *words],
        cwd=folder,
        env={**kept, "TERM": "xterm-256color", "COLUMNS": "60", **({variable: "1"} if variable else {})},
        stdin=slave,
        stdout=slave,
        stderr=slave,
    )
    os.close(slave)
    output = b""
    try:
        while piece := os.read(master, 65536):
            output += piece
    except OSError:  # Linux raises this after the process has closed its end
        pass
    finally:
        os.close(master)
        assert process.wait(60) == code, output
    return output.decode()


@pytest.fixture
def words(alter: Callable[..., Any], header: list[str]) -> list[str]:
    return ["run", alter().url, "--rate=60", "--only=http.method.*", *(f"--header={line}" for line in header)]


def test_a_terminal_shows_verdicts_requests_and_the_remaining_time(words: list[str], tmp_path: Path) -> None:
    output = run_on_a_terminal(words, tmp_path)
    frames = re.findall(r"(?:no verdict yet|(\d+) pass); request (\d+) of (\d+)\D", output)
    assert len(frames) > 1
    assert frames[0] != frames[-1]
    assert re.search(r"\d\d:\d\d", output)
    assert output.rstrip().endswith("s\x1b[0m"), "the conclusion remains, the progress is removed"


def test_a_terminal_shows_a_failure_above_the_bar_and_once(
    words: list[str], alter: Callable[..., Any], tmp_path: Path
) -> None:
    def lets_through(response: Any) -> Any:
        is_get = response.scope["method"] == "GET"
        return replace(response, status=200) if is_get else response

    words = [word.replace(words[1], alter(lets_through).url) for word in words]
    output = run_on_a_terminal([*words, "--level=should"], tmp_path, code=1)
    (line,) = re.findall(r"FAIL http\.method\.status \(SHOULD, strictness\)  [^\r\n\x1b]+", output)
    assert len(line) == 60
    assert output.index("request") < output.index(line) < output.index("Requirement")


@pytest.mark.parametrize("variable", ["CI", "NO_COLOR"])
def test_prints_plain_text_if_ci_or_no_color_is_set(variable: str, words: list[str], tmp_path: Path) -> None:
    output = run_on_a_terminal(words, tmp_path, variable=variable)
    assert ESCAPE not in output
    assert "request 1 of" not in output
    assert re.search(r"partial \(not every MUST was tested\): \d+ pass; ", output)


def test_prints_plain_unwrapped_lines_to_a_pipe(words: list[str], tmp_path: Path) -> None:
    wrong = [
        word.replace("x-portkey-config: ", "x-portkey-config: x") for word in words if "custom" not in word
    ]
    completed = subprocess.run(
        [sys.executable, "-m", "conformance", *wrong, "--only=auth.accept.config"],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert (completed.returncode, completed.stderr) == (1, "")
    assert ESCAPE not in completed.stdout
    (line,) = [line for line in completed.stdout.splitlines() if line.startswith("  Reproduce")]
    assert line.endswith("'")
    assert len(line) > 200
