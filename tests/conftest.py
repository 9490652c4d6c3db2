"""Fixtures for all tests."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(scope="session", autouse=True)
def bytecode_of_child_processes(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let child processes share their bytecode, in a temporary folder, if they may not write it beside the code.

    Otherwise each of them compiles all modules again, which takes longer than most tests.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = str(tmp_path_factory.getbasetemp().parent / "bytecode")
