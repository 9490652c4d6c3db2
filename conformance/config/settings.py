"""The settings of a run: options given to a front end override those of the configuration file."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance.errors import ConfigurationError
from conformance.text import clip, visible

from .declaration import Option
from .file import read_table
from .options import OPTIONS, Configuration


def configure(given: Mapping[str, Any], folder: Path | None) -> Configuration:
    """The configuration from the options *given* to a front end, by key, and the file for *folder*, if that is given.

    A given option replaces that of the file. The value None, False or an empty list means: not given. Where another
    target is given, the file's target and the options that describe it are ignored: its credentials are not for the
    other one. Raises ConfigurationError.
    """
    keys = [option.key for option in OPTIONS]
    for key in given:
        if key not in keys:
            raise ConfigurationError(key, _unknown(key, keys))
    table, file = read_table(folder) if folder is not None else ({}, Path())
    from_file = _read_table(table, file)
    unused: tuple[str, ...] = ()
    if _target_of(given) and _target_of(from_file) and _target_of(given) != _target_of(from_file):
        of_target = {o.key: o.name for o in OPTIONS if o.of_target or o.confidential}
        unused = tuple(name for key, name in of_target.items() if key in from_file)
        from_file = {key: value for key, value in from_file.items() if key not in of_target}
    chosen = {o.key: _read(o, given[o.key], o.name, Path()) for o in OPTIONS if _is_given(given.get(o.key))}
    is_relevant = bool(unused) or bool(from_file.keys() - chosen.keys())
    configuration = Configuration(**from_file | chosen, file=file if is_relevant else None, unused=unused)
    if configuration.update_baseline and configuration.baseline is None:
        raise ConfigurationError("update-baseline", "needs the option baseline, which names the file")
    return configuration


def file_line(configuration: Configuration) -> str:
    """A line that names the file that settings are taken from, and those that are not used; empty without a file."""
    if configuration.file is None:
        return ""
    line = f"Settings are taken from {visible(str(configuration.file))}."
    if configuration.unused:
        line += f" Not used, because they describe another target: {', '.join(configuration.unused)}."
    return line


def _unknown(name: str, known: Iterable[str]) -> str:
    """What is wrong with the name of an option that does not exist, and the closest one that does."""
    near = get_close_matches(name, known := list(known), n=1, cutoff=0.5)
    return "unknown option; " + (
        f"did you mean {near[0]}?" if near else f"the options are {', '.join(known)}"
    )


def _target_of(values: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: values[key] for key in ("url", "app") if values.get(key)}


def _is_given(value: object) -> bool:
    return value is not None and value != [] and value is not False


def _read_table(table: Mapping[str, Any], file: Path) -> dict[str, Any]:
    """The values of a configuration file, by the options' keys."""
    options = {option.name: option for option in OPTIONS}
    for name in table:
        if name not in options:
            where = f"{file}, key {name}" if re.fullmatch(r"[\w-]{1,99}", name) else f"{file}, an invalid key"
            raise ConfigurationError(where, _unknown(name, options))
    return {options[n].key: _read(options[n], v, f"{file}, key {n}", file.parent) for n, v in table.items()}


def _read(option: Option, value: Any, where: str, folder: Path) -> Any:
    """*value* as the option's kind; a relative path is relative to *folder*."""
    try:
        return option.kind.read(value, folder)
    except UnicodeEncodeError:
        raise ConfigurationError(where, "must be text in UTF-8, without other bytes") from None
    except (TypeError, ValueError, OverflowError):
        hidden = option.confidential and value != ""
        problem = f"must be {option.kind.expected}" + ("" if hidden else f", not {_shown(value)}")
        raise ConfigurationError(where, problem) from None


def _shown(value: Any) -> str:
    if value == "":
        return "empty"
    several = value if isinstance(value, list) and value else [value]
    try:
        return clip(", ".join(map(repr, several)))
    except ValueError:  # Python does not print integers of thousands of digits
        return "a larger number"
