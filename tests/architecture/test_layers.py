"""Imports point downwards only, and ``docs/architecture.md`` lists the rooms that exist."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "conformance"
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")
(BLOCK,) = re.findall(r"```layers\n(.*?)```", PAGE, re.DOTALL)
LAYERS = [line.split() for line in BLOCK.splitlines()]
RANK = {room: rank for rank, layer in enumerate(LAYERS) for room in layer}
FRONT_ENDS = {*LAYERS[0]}
FILES = sorted(PACKAGE.rglob("*.py"))
DYNAMIC_IMPORTS = {
    "conformance/__init__.py",
    "conformance/cli/parser.py",
    "conformance/http_client/asgi/load.py",
    "conformance/reference/tiktoken_encodings.py",
}
"""Files that import a module by a name that is not known before."""


def imports(file: Path) -> Iterator[tuple[str, ...]]:
    """The modules of this package that *file* imports, in parts, wherever in the file the import is."""
    package = file.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            module = (*above, *node.module.split(".")) if node.module else above
            names = [(*module, alias.name) for alias in node.names]
        else:
            continue
        yield from (name for name in names if name[0] == PACKAGE.name and len(name) > 1)


def room_of(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def violations() -> Iterator[str]:
    for file in sorted(PACKAGE.rglob("*.py")):
        room = room_of(file)
        if room in ("__init__", "__main__"):
            continue
        for _, other, *_ in imports(file):
            upwards = RANK[other] < RANK[room]
            sideways = RANK[other] == RANK[room] and other != room and room not in FRONT_ENDS
            if upwards or sideways:
                yield f"{file.relative_to(ROOT)} imports conformance.{other}"


def test_imports_point_downwards_only() -> None:
    assert list(violations()) == []


def test_only_listed_files_import_by_name() -> None:
    """The other tests here cannot see such imports."""
    found = {
        str(file.relative_to(ROOT))
        for file in FILES
        if re.search(r"\b(?:import_module|__import__)\(", file.read_text("utf-8"))
    }
    assert found == DYNAMIC_IMPORTS


def test_every_room_has_a_layer() -> None:
    rooms = {room_of(file) for file in PACKAGE.rglob("*.py")} - {"__init__", "__main__"}
    assert rooms == RANK.keys()


def test_the_page_lists_the_folders_that_exist() -> None:
    written, _, _ = PAGE.partition("<!-- generated: modules -->")
    listed = re.findall(r"^\| `(conformance/[a-z_/]+)/` \|", written, re.M)
    folders = {str(file.parent.relative_to(ROOT)) for file in PACKAGE.rglob("*.py")} - {PACKAGE.name}
    assert len(listed) == len(set(listed))
    assert {*listed} == folders


def test_imports_of_one_folder_are_relative_and_all_others_absolute() -> None:
    """A reader sees at once what comes from another room."""
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level <= 1, file


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    """A circle shows as a partly imported module, and only for some first imports."""
    edges = {
        module(file): {target for name in imports(file) if (target := existing(name)) != module(file)}
        for file in FILES
    }
    assert list(circle(edges)) == []


def module(file: Path) -> str:
    """The module that *file* defines: a package for an ``__init__.py``."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module(file) for file in FILES}


def existing(name: tuple[str, ...]) -> str:
    """The module of *name*, which may be an attribute of a module."""
    whole = ".".join(name)
    return whole if whole in MODULES else ".".join(name[:-1])


def circle(edges: dict[str, set[str]]) -> Iterator[str]:
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> Iterator[str]:
        if name in path:
            yield " -> ".join((*path[path.index(name) :], name))
        elif name not in done:
            for target in edges.get(name, set()):
                yield from visit(target, (*path, name))
            done.add(name)

    for name in edges:
        yield from visit(name, ())


def test_the_check_for_circles_finds_one() -> None:
    edges = {"a": {"b"}, "b": {"c"}, "c": {"a"}}
    assert any(names.split(" -> ")[0] == names.split(" -> ")[-1] for names in circle(edges))
