"""Run the command as a process with limits."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from .running import MAX_MIB, MAX_SECONDS, ROOT, Run, RunCommand

MEASURED = Path(__file__).with_name("measured.py")


@pytest.fixture
def run(tmp_path: Path) -> RunCommand:
    """A function that runs the command in a folder of its own, and checks its CPU time and memory."""

    def run(*words: str | bytes, most_mib: int = MAX_MIB) -> Run:
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
        assert int(measures.read_text("ascii")) <= most_mib
        return Run(ended.returncode, ended.stdout.decode("utf-8"), err)

    return run
