"""The kinds of values that options have, and how each is read: from a command line, a file, or Python."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

T = TypeVar("T")

ADDRESS_FORM = re.compile(r"(?P<host>\[[0-9A-Fa-f:.%\w]+\]|[^\s\[\]:/@]+):(?P<port>[0-9]{1,5})", re.ASCII)
"""``HOST:PORT``, with an IPv6 address in brackets (RFC 3986, section 3.2.2)."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[T]):
    """A kind of value: ``expected`` describes it in messages and documents, ``read`` converts what a user gave.

    ``read`` raises TypeError or ValueError for a value of another kind. Its second argument is the folder that a
    relative path starts from. ``takes`` is what follows the option on a command line: a value, a value for each time
    that the option is repeated, or nothing.
    """

    expected: str
    read: Callable[[Any, Path], T]
    takes: Literal["value", "values", "nothing"] = "value"


def one_of(*choices: str) -> Kind[str]:
    """One of the texts *choices*."""

    def read(value: Any, folder: Path) -> str:
        text = _text(value, folder)
        if text not in choices:
            raise ValueError
        return text

    return Kind(" or ".join(map(repr, choices)), read)


def some_of(*choices: str) -> Kind[tuple[str, ...]]:
    """Texts among *choices*."""

    def read(value: Any, folder: Path) -> tuple[str, ...]:
        texts = _texts(value, folder)
        if not set(texts) <= set(choices):
            raise ValueError
        return texts

    return Kind(f"one or more of {', '.join(choices)}", read, "values")


def host_and_port(text: str) -> tuple[str, int]:
    """Host and port of the address *text*, an IPv6 host without its brackets. Raises ValueError for another form."""
    found = ADDRESS_FORM.fullmatch(text)
    if found is None or not 0 < int(found["port"]) < 2**16:
        raise ValueError(text)
    return found["host"].strip("[]"), int(found["port"])


def _text(value: Any, _folder: Path) -> str:
    """A text. Raises UnicodeEncodeError for the bytes of a command line that are not UTF-8."""
    text = _path_text(value)
    text.encode("utf-8")
    return text


def _path_text(value: Any) -> str:
    """The text of a path, which may have any bytes."""
    if not isinstance(value, str | Path) or not str(value):
        raise TypeError
    return str(value)


def _texts(value: Any, folder: Path) -> tuple[str, ...]:
    if not isinstance(value, str | list | tuple):
        raise TypeError
    return tuple(_text(item, folder) for item in ([value] if isinstance(value, str) else value))


def _path(value: Any, folder: Path) -> Path:
    return folder / _path_text(value)


def _name_or_path(value: Any, folder: Path) -> str:
    """A name has no folder and no suffix; everything else is a path."""
    text = _path_text(value)
    is_name = not Path(text).suffix and Path(text).name == text
    return text if is_name or folder == Path() else str(folder / text)


def _address(value: Any, folder: Path) -> str:
    text = _text(value, folder)
    host_and_port(text)
    return text


def _positive(value: Any, _folder: Path) -> float:
    if isinstance(value, bool):
        raise TypeError
    number = float(value)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


def _count(value: Any, _folder: Path) -> int:
    number = int(value) if isinstance(value, str) else value
    if not isinstance(number, int) or isinstance(number, bool):
        raise TypeError
    if not 1 <= number < 2**53:
        raise ValueError
    return number


def _seed(value: Any, _folder: Path) -> int:
    seed = int(value) if not isinstance(value, bool | float) else -1
    if not 0 <= seed < 2**53:  # the range that every JSON reader reads as integers
        raise ValueError
    return seed


def _flag(value: Any, _folder: Path) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


TEXT = Kind("a string", _text)
TEXTS = Kind("a string or a list of strings", _texts, "values")
PATH = Kind("a path", _path)
NAME_OR_PATH = Kind("a name or a path", _name_or_path)
ADDRESS = Kind("HOST:PORT, such as 127.0.0.1:9100 or [::1]:9100", _address)
SECONDS = Kind("a number of seconds above 0", _positive)
RATE = Kind("a number above 0", _positive)
COUNT = Kind("a whole number above 0 and below 2^53", _count)
SEED = Kind("a whole number from 0 to 2^53 - 1", _seed)
FLAG = Kind("true or false", _flag, "nothing")
