"""The file that holds a project's settings, wherever below it somebody stands."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.errors import UsageError

OWN_FILE = "embeddings-conformance.toml"
PROJECT_FILE = "pyproject.toml"
TABLE = "embeddings-conformance"


class ConfigurationError(UsageError, ValueError):
    """An option or a configuration file can not be used: what was expected, what was found, and where."""

    def __init__(self, where: str, expected: str, found: str) -> None:
        self.where, self.expected, self.found = where, expected, found
        super().__init__(f"{where}: expected {expected}, found {found}")


def read_table(folder: Path) -> tuple[Mapping[str, Any], Path]:
    """The settings for *folder* and the file that has them, in it or in the nearest folder above; empty without one.

    ``embeddings-conformance.toml``, or else ``[tool.embeddings-conformance]`` in ``pyproject.toml``. Raises
    ConfigurationError for a file that is not of that form.
    """
    for place in (folder, *folder.resolve().parents):
        own, project = place / OWN_FILE, place / PROJECT_FILE
        if own.is_file():
            return _toml(own), own
        if project.is_file() and (table := _tool(project)) is not None:
            return table, project
    return {}, folder


def _tool(file: Path) -> Mapping[str, Any] | None:
    match _toml(file).get("tool", {}):
        case {"embeddings-conformance": dict(table)}:
            return table
        case {"embeddings-conformance": _}:
            raise ConfigurationError(f"{file}, tool.{TABLE}", "a table", "something else")
    return None


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(str(file), "a readable TOML file", str(error)) from None
