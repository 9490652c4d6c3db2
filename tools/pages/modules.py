"""The modules of the package, by folder, each with the first sentence of its docstring."""

from __future__ import annotations

import ast
from pathlib import Path

import conformance

from .markdown import code, rows

PACKAGE = Path(conformance.__file__).parent


def table() -> str:
    """The modules of each folder of the package, and what each of them contains."""
    folders = sorted({file.parent for file in PACKAGE.rglob("*.py")})
    return "\n\n".join(_of_folder(folder, files) for folder in folders if (files := _modules(folder)))


def _of_folder(folder: Path, files: list[Path]) -> str:
    name = f"{folder.relative_to(PACKAGE.parent).as_posix()}/"
    return rows([code(name), "contents"], [[code(file.stem), _subject(file)] for file in files])


def _modules(folder: Path) -> list[Path]:
    return [file for file in sorted(folder.glob("*.py")) if not file.stem.startswith("__")]


def _subject(file: Path) -> str:
    """The first paragraph of the docstring, on one line, in Markdown."""
    docstring = ast.get_docstring(ast.parse(file.read_text("utf-8"))) or ""
    first, _, _ = docstring.partition("\n\n")
    return " ".join(first.split()).replace("``", "`")
