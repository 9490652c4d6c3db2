"""A file that a user was given by others ends the command soon, with little memory and one sentence."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from .cases import CONTRACT, FILE, URL, Case, cases

MEASURED = Path(__file__).with_name("measured.py")
ROOT = Path(__file__).parents[2]

MAX_SECONDS = 20
"""CPU time. Most cases need less than one second; this is far below what an unlimited case needs."""

MAX_MIB = 280
"""The memory of the command and 200 MiB."""

CASES = dict(cases())


@dataclass(frozen=True)
class Run:
    """How the command ended."""

    code: int
    out: str
    err: list[str]


@pytest.fixture
def run(tmp_path: Path) -> object:
    """A function that runs the command in a folder of its own, and checks its CPU time and memory."""

    def run(*words: str | bytes) -> Run:
        measures = tmp_path / "measures"
        command: list[str | bytes] = [sys.executable, str(MEASURED), str(measures), *words]
        ended = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=300,
            check=False,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CPU, (MAX_SECONDS, MAX_SECONDS + 1)),
        )
        err = ended.stderr.decode("utf-8", "replace").splitlines()
        assert measures.exists(), f"killed after {MAX_SECONDS} s of CPU time, or {err[-1:]}"
        assert int(measures.read_text("ascii").split()[0]) <= MAX_MIB
        return Run(ended.returncode, ended.stdout.decode("utf-8"), err)

    return run


@pytest.mark.parametrize("name", CASES)
def test_an_untrusted_file_is_one_sentence(name: str, run: object, tmp_path: Path) -> None:
    case: Case = CASES[name]
    content = case.content()
    (tmp_path / case.name).write_bytes(content if isinstance(content, bytes) else content.encode())
    for other, text in case.others.items():
        (tmp_path / other).write_text(text, "utf-8")
    ended = run(*(case.name if word == FILE else word for word in case.words))
    assert ended.code == (4 if case.says else 0), ended.err
    assert len(ended.err) == bool(case.says)
    if case.says:
        assert case.says in ended.err[0]
        assert case.name in ended.err[0]
        assert len(ended.err[0]) < 1_200
