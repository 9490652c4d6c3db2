"""What an import costs: the package stands in everybody's pytest."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

SECONDS = 0.15
"""Of CPU time: a busy machine does not change it."""

MEASURE = "from time import process_time as t; begin = t(); import conformance; print(t() - begin)"
HEAVY = {"numpy", "starlette", "uvicorn", "h11", "jsonpath", "schemathesis", "openapi_spec_validator", "yaml"}
VALIDATE = "from conformance import validate_request; validate_request({'input': 'a', 'model': 'm'})"


def python(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=folder, check=True, capture_output=True, text=True)


def imported_by(code: str, folder: Path) -> set[str]:
    """The top-level names of the modules that *code* imports, at once or later."""
    names = python(folder, "-c", f"{code}\nimport sys\nprint(*sys.modules)").stdout.split()
    return {name.partition(".")[0] for name in names}


def import_seconds(folder: Path) -> float:
    return float(python(folder, "-c", MEASURE).stdout)


def test_importing_the_package_takes_next_to_no_time(tmp_path: Path) -> None:
    assert min(import_seconds(tmp_path) for _ in range(3)) < SECONDS


@pytest.mark.parametrize("module", ["schemathesis", "openapi_spec_validator"])
def test_validating_a_request_imports_nothing_that_only_others_need(module: str, tmp_path: Path) -> None:
    assert importlib.util.find_spec(module) is not None, "its absence would prove nothing"
    assert module not in imported_by(VALIDATE, tmp_path)


def test_the_plugin_imports_nothing_heavy_without_a_target(tmp_path: Path) -> None:
    assert not imported_by("import conformance.pytest_plugin.plugin", tmp_path) & HEAVY
