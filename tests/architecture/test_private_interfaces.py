"""What our dependencies do not promise is still there, is listed, and has an upper bound in pyproject.toml."""

from __future__ import annotations

import ast
import re
import tomllib
from pathlib import Path

import pytest

from .private_interfaces import PRIVATE_INTERFACES, PrivateInterface

ROOT = Path(__file__).resolve().parents[2]
PUBLIC = {"_replace", "_asdict", "_fields", "_make"}
"""Documented, though they begin with an underscore (collections.namedtuple)."""

PACKAGES = sorted({private.package for private in PRIVATE_INTERFACES} - {"python"})


@pytest.mark.parametrize(
    "private", PRIVATE_INTERFACES, ids=lambda private: f"{private.package}: {private.name}"
)
def test_a_private_interface_still_exists(private: PrivateInterface) -> None:
    gone = f"{private.package} no longer has {private.name}: {private.used_in} uses it; {private.purpose}"
    try:
        assert private.exists(), gone
    except (ImportError, AttributeError) as error:
        raise AssertionError(gone) from error


@pytest.mark.parametrize(
    "private", PRIVATE_INTERFACES, ids=lambda private: f"{private.package}: {private.name}"
)
def test_the_list_names_a_file_that_uses_it(private: PrivateInterface) -> None:
    words = re.findall(
        r"\w+", private.name if private.package != "python" else private.name.replace("the json", "")
    )
    assert words[-1] in (ROOT / private.used_in).read_text("utf-8")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_with_private_uses_has_an_upper_bound(package: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = [entry for group in project["optional-dependencies"].values() for entry in group]
    bounds = [d for d in (*project["dependencies"], *extras) if re.match(rf"{package}\b(?!-)", d)]
    assert bounds
    assert all("<" in bound for bound in bounds), bounds


def test_every_import_from_a_private_module_is_listed() -> None:
    listed = {private.used_in for private in PRIVATE_INTERFACES}
    for file in (ROOT / "conformance").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and _is_private(node.module):
                assert str(file.relative_to(ROOT)) in listed, node.module


def test_every_private_attribute_of_another_object_is_listed() -> None:
    """``self._x`` and ``cls._x`` are our own; ``other._x`` may be a library's."""
    listed = {(private.used_in, re.split(r"\W", private.name)[-1]) for private in PRIVATE_INTERFACES}
    for file in (ROOT / "conformance").rglob("*.py"):
        tree = ast.parse(file.read_text("utf-8"))
        nodes = [*ast.walk(tree)]
        attributes = [node for node in nodes if isinstance(node, ast.Attribute)]
        definitions = [
            n for n in nodes if isinstance(n, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        ]
        own = PUBLIC | {n.attr for n in attributes if _is_of_self(n)} | {n.name for n in definitions}
        for node in attributes:
            if re.match("_[a-zA-Z]", node.attr) and node.attr not in own:
                assert (str(file.relative_to(ROOT)), node.attr) in listed, (
                    f"{file}:{node.lineno}: {node.attr}"
                )


def _is_of_self(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id in ("self", "cls")
    )


def _is_private(module: str) -> bool:
    package, *inner = module.split(".")
    return (package.startswith("_") and package != "__future__") or any(
        part in ("internal", "_internal", "protocols") or part.startswith("_") for part in inner
    )
