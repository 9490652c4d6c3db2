"""pytest shows an interruption although another thread parses sources at the same time (python/cpython#106905)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sampling import sampled

PARSING = """
import ast, threading
parse, left = ast.parse, {failures}

def fails(*words, **named):
    global left
    if left and threading.current_thread() is threading.main_thread():
        left -= 1
        raise SystemError("AST constructor recursion depth mismatch (before=78, after=76)")
    return parse(*words, **named)

def pytest_runtest_logstart():
    ast.parse = fails
    raise KeyboardInterrupt
"""


@pytest.mark.slow
@pytest.mark.parametrize("failures", sampled([1, 2], ["1"]))
def test_an_interruption_is_shown_and_ends_with_2(
    failures: int, url: str, header: list[str], tmp_path: Path
) -> None:
    (tmp_path / "parsing.py").write_text(PARSING.format(failures=failures), "utf-8")
    words = [sys.executable, "-m", "pytest", "-p", "parsing", "-p", "no:cacheprovider", f"--target-url={url}"]
    words += [f"--target-header={line}" for line in header]
    ended = subprocess.run(
        [*words, "--conformance-json=r.json"],
        cwd=tmp_path,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert ended.returncode == 2, ended.stdout + ended.stderr
    assert "! KeyboardInterrupt !" in ended.stdout
    assert json.loads((tmp_path / "r.json").read_text("utf-8"))["exit_code"] == 2
