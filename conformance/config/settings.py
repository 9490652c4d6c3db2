"""What a run was asked to do: options given at a door, over those of the project's configuration file."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from .file import ConfigurationError as ConfigurationError
from .file import read_table
from .listening import host_and_port
from .options import OPTIONS, Option

CONFIDENTIAL = ("url", "app", "header", "ca", "cert", "proxy")
"""Where a credential may have been put, so that no error repeats the value."""

OF_ONE_TARGET = (*CONFIDENTIAL, "name", "limit", "unsupported", "upstream")
"""What a file says of the target that it names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The settings of a run; None and empty stand for the default. Durations are in seconds.

    Two are no options: ``embedded`` says that nobody named a target, so that the embedded reference stands in for one;
    ``inherited`` is the file that settings were taken from, where it lies in a folder above.
    """

    url: str | None = None
    app: str | None = None
    header: tuple[str, ...] = field(default=(), repr=False)
    name: str | None = None
    model: str | None = None
    limit: tuple[str, ...] = ()
    timeout: float = 60.0
    wait: float | None = None
    ca: Path | None = None
    cert: Path | None = None
    proxy: str | None = field(default=None, repr=False)
    contract: Path | None = None
    profile: str = "portkey"
    level: str = "must"
    baseline: Path | None = None
    update_baseline: bool = False
    unsupported: tuple[str, ...] = ()
    upstream: str | None = None
    concurrency: int = 8
    rate: float | None = None
    max_requests: int | None = None
    max_tokens: int | None = None
    tokenizer: str | None = None
    examples: int = 40
    seed: int = 0
    plan: bool = False
    only: tuple[str, ...] = ()
    json: Path | None = None
    html: Path | None = None
    markdown: Path | None = None
    badge: Path | None = None
    junitxml: Path | None = None
    embedded: bool = False
    inherited: Path | None = None


def configure(given: Mapping[str, Any], folder: Path | None) -> Configuration:
    """The configuration from what was *given* at a door, by option key, over the file of *folder*, if that is given.

    A value of None, False or an empty list counts as not given. A target given at the door stands in place of the
    file's, whose credentials are not for it. Raises ConfigurationError.
    """
    for key in given:
        if key not in {option.key for option in OPTIONS}:
            raise unknown_option(key, [option.key for option in OPTIONS])
    table, file = read_table(folder) if folder is not None else ({}, Path())
    values = dict(_check_keys(table, file))
    of_file = {key: values[key] for key in ("url", "app") if key in values}
    of_door = {key: given[key] for key in ("url", "app") if given.get(key)}
    if of_file and of_door and of_file != of_door:
        values = {key: value for key, value in values.items() if key not in OF_ONE_TARGET}
    chosen = {o.key: _read(o, given[o.key], o.name, Path()) for o in OPTIONS if _is_given(given.get(o.key))}
    inherits = file.parent != folder and bool(values.keys() - chosen.keys())
    configuration = Configuration(**values | chosen, inherited=file if inherits else None)
    if configuration.update_baseline and configuration.baseline is None:
        raise ConfigurationError("update-baseline", "a baseline beside it", "none")
    return configuration


def _is_given(value: object) -> bool:
    return value is not None and value != [] and value is not False


def unknown_option(name: str, known: Iterable[str]) -> ConfigurationError:
    """The error for an option or key that does not exist, with the closest one that does."""
    near = get_close_matches(name, known := list(known), n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else f"one of {', '.join(known)}"
    return ConfigurationError(name, "an option that exists", f"none of that name; {hint}")


def _check_keys(table: Mapping[str, Any], file: Path) -> Mapping[str, Any]:
    options = {option.name: option for option in OPTIONS}
    for name in table:
        if name not in options:
            error = unknown_option(name, options)
            raise ConfigurationError(f"{file}, key {_key(name)}", error.expected, error.found)
    return {options[n].key: _read(options[n], v, f"{file}, key {n}", file.parent) for n, v in table.items()}


def _read(option: Option, value: Any, where: str, folder: Path) -> Any:
    """*value* as the option's kind; a relative path is relative to *folder*."""
    readers: Mapping[str, Callable[[Any], Any]] = {
        "text": _text,
        "path": lambda v: folder / _text(v),
        "address": _address,
        "name-or-path": lambda v: _name_or_path(_text(v), folder),
        "seconds": lambda v: _positive(_number(v)),
        "rate": lambda v: _positive(_number(v)),
        "count": _count,
        "seed": _seed,
        "flag": _flag,
        "list": _texts,
    }
    try:
        read = readers[option.kind](value)
    except (TypeError, ValueError):
        hidden = option.name in CONFIDENTIAL and value != ""
        found = "something else" if hidden else repr(value)
        raise ConfigurationError(where, EXPECTED[option.kind], found) from None
    if option.choices and read not in option.choices:
        raise ConfigurationError(where, f"one of {', '.join(option.choices)}", repr(value))
    return read


EXPECTED = {
    "text": "a text",
    "path": "a path",
    "address": "HOST:PORT, such as 127.0.0.1:9100 or [::1]:9100",
    "name-or-path": "a name or a path",
    "seconds": "a number of seconds above 0",
    "rate": "a number above 0",
    "count": "a whole number above 0",
    "seed": "a whole number from 0 to 2^53 - 1",
    "flag": "true or false",
    "list": "a list of texts",
}


def _key(name: str) -> str:
    """The name of a key, unless it may be a header that was put in the place of one."""
    return name if re.fullmatch(r"[\w-]+", name) else "that is no name"


def _text(value: Any) -> str:
    if not isinstance(value, str | Path) or not str(value):
        raise TypeError
    return str(value)


def _address(value: Any) -> str:
    host_and_port(_text(value))
    return str(value)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, str | list | tuple):
        raise TypeError
    return tuple(_text(item) for item in ([value] if isinstance(value, str) else value))


def _name_or_path(value: str, folder: Path) -> str:
    """A path is relative to *folder*; a text without a folder and a suffix is a name."""
    is_name = not Path(value).suffix and Path(value).name == value
    return value if is_name or folder == Path() else str(folder / value)


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _number(value: Any) -> float:
    if isinstance(value, bool):
        raise TypeError
    return float(value)


def _count(value: Any) -> int:
    number = int(value) if isinstance(value, str) else value
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError
    return int(_positive(number))


def _seed(value: Any) -> int:
    seed = int(value) if not isinstance(value, bool | float) else -1
    if not 0 <= seed < 2**53:  # what every reader of JSON takes for an integer
        raise ValueError
    return seed


def _positive(value: float) -> float:
    if not value > 0 or value == float("inf"):
        raise ValueError
    return value
