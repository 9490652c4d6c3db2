"""The configuration file of a project. It is found from any folder of the project."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.contract.openapi.limits import MAX_DOTS, MAX_SETTINGS, FileTooLarge, read_limited
from conformance.errors import ConfigurationError
from conformance.text import clip

OWN_FILE = "embeddings-conformance.toml"
PROJECT_FILE = "pyproject.toml"
TABLE = "embeddings-conformance"


def read_table(folder: Path) -> tuple[Mapping[str, Any], Path]:
    """The settings for *folder*, and the file that holds them; an empty table if there is no file.

    The file is ``embeddings-conformance.toml``, or else a ``pyproject.toml`` with ``[tool.embeddings-conformance]``,
    in *folder* or in the nearest parent folder. Raises ConfigurationError for a file that cannot be read.
    """
    for place in (folder, *folder.resolve().parents):
        own, project = place / OWN_FILE, place / PROJECT_FILE
        if own.is_file():
            return _read_toml(own), own
        if project.is_file() and (table := _tool_table(project)) is not None:
            return table, project
    return {}, folder


def _tool_table(file: Path) -> Mapping[str, Any] | None:
    match _read_toml(file).get("tool", {}):
        case {"embeddings-conformance": dict(table)}:
            return table
        case {"embeddings-conformance": _}:
            raise ConfigurationError(f"{file}, tool.{TABLE}", f"must be a table: [tool.{TABLE}]")
    return None


def _read_toml(file: Path) -> dict[str, Any]:
    try:
        text = read_limited(file, MAX_SETTINGS).decode("utf-8")
    except OSError as error:
        raise ConfigurationError(str(file), f"cannot be read: {error.strerror}; check the path") from None
    except FileTooLarge as error:
        raise ConfigurationError(str(file), f"{error}; shorten it") from None
    except UnicodeDecodeError:
        raise ConfigurationError(str(file), "not valid TOML: it must be text in UTF-8") from None
    if any(line.count(".") > MAX_DOTS for line in text.splitlines()):
        raise ConfigurationError(str(file), f"has a line with more than {MAX_DOTS:,} dots; split the line")
    import tomllib  # most commands find no file

    try:
        return tomllib.loads(text)
    except RecursionError:
        raise ConfigurationError(str(file), "is nested too deeply; use fewer brackets") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(str(file), f"not valid TOML: {clip(str(error))}") from None
    except ValueError:  # the interpreter limits the digits of an integer
        raise ConfigurationError(
            str(file), "has an integer of thousands of digits; use a smaller one"
        ) from None
