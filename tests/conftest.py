"""Fixtures for all tests."""

from __future__ import annotations

import ctypes
import os
import platform
from typing import Any

import hypothesis
import pytest

hypothesis.settings.register_profile("tests", deadline=None)
hypothesis.settings.load_profile("tests")  # a busy machine is no failure

M_ARENA_MAX = -8
"""The number of this parameter in glibc's malloc.h."""


@pytest.fixture(scope="session", autouse=True)
def one_heap_for_all_threads() -> None:
    """Keep the memory of a process small: each server runs in threads, and each heap keeps its largest responses."""
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


@pytest.fixture(scope="session", autouse=True)
def bytecode_of_child_processes(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Let child processes share their bytecode, in a temporary folder, if they may not write it beside the code.

    Otherwise each of them compiles all modules again, which takes longer than most tests.
    """
    if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
        os.environ["PYTHONPYCACHEPREFIX"] = str(tmp_path_factory.getbasetemp().parent / "bytecode")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One worker more than cores: some tests wait most of their time."""
    return (os.cpu_count() or 1) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let workers without work take tests from the others: some tests take a hundred times as long as most."""
    from xdist.scheduler import WorkStealingScheduling  # type: ignore[import-untyped]

    return WorkStealingScheduling(config, log) if config.getvalue("dist") == "load" else None
