"""Read the YAML and JSON files of a contract, and find the line of each value."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from math import isfinite
from pathlib import Path
from typing import Any

from conformance.contract.errors import InvalidFile, UnreadableFile

from . import limits
from .json_pointer import join_pointer, split_pointer

_REMEDY = "remove what the suite does not need"
_INTEGER = f"an integer of at most {limits.MAX_DIGITS} digits"


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """A file, its text, and its value. The value has only JSON values, and shares none between two locations.

    `duplicates` are the pointers of keys that occur again in their object; the last value counts.
    """

    path: Path
    text: str
    value: Any
    duplicates: tuple[str, ...] = ()

    def line(self, pointer: str) -> int | None:
        """The line, counted from 1, where the value at `pointer` begins; for a member, the line of its key.

        If nothing is at the pointer, the line of the nearest value above it.
        """
        marks = self._marks(pointer)
        return marks[-1][0].line + 1 if marks else None

    def source_text(self, pointer: str) -> str:
        """The text of the value at `pointer` as written in the file; empty if nothing is there."""
        marks = self._marks(pointer)
        if len(marks) != len(split_pointer(pointer)) + 1:
            return ""
        begins = [0, *accumulate(map(len, self.text.splitlines(keepends=True)))]
        _, start, end = marks[-1]
        return self.text[begins[start.line] + start.column : begins[end.line] + end.column]

    def error(self, pointer: str, expected: str, found: str, fix: str = "") -> InvalidFile:
        """The error for the value at `pointer`."""
        return InvalidFile(self.path, self.line(pointer), pointer, expected, found, fix)

    def _marks(self, pointer: str) -> list[tuple[Any, Any, Any]]:
        """The positions of key, begin and end of each value from the root to `pointer`, as far as they exist."""
        import yaml  # takes 40 ms

        from .yaml12 import Loader

        try:
            node: Any = yaml.compose(_without_tabs(self.text), Loader=Loader)
        except yaml.YAMLError:
            return []
        marks = [(node.start_mark, node.start_mark, node.end_mark)] if node else []
        for token in split_pointer(pointer) if node else ():
            member = next((nodes for name, *nodes in _members(node) if name == token), None)
            if member is None:
                break
            key, node = member
            marks.append((key.start_mark, node.start_mark, node.end_mark))
        return marks


def read_file(path: Path, *, with_duplicates: bool = False) -> SourceFile:
    """Read a `.json` file as JSON, any other file as YAML 1.2, within the limits of `limits`.

    Raises UnreadableFile. Raises InvalidFile, with the line if it is known: text that is not UTF-8, wrong syntax, a
    duplicate key unless the file may be *with_duplicates*, a value that does not exist in JSON, a limit that is
    exceeded.
    """
    content = _content(path)
    source = SourceFile(path, _text(path, content), None)
    repeated: list[tuple[str, ...]] | None = [] if with_duplicates else None
    is_json = path.suffix.lower() == ".json"
    value = _read_json(source, content, repeated) if is_json else _read_yaml(source, repeated)
    source = replace(source, value=value, duplicates=tuple(map(join_pointer, repeated or ())))
    problem = _problem(value)
    if problem is not None:
        tokens, expected, found = problem
        raise source.error(join_pointer(tokens), expected, found)
    return source


def _content(path: Path) -> bytes:
    try:
        return limits.read_limited(path, limits.MAX_FILE)
    except OSError as problem:
        raise UnreadableFile(path, problem.strerror or str(problem)) from None
    except limits.FileTooLarge as problem:
        raise UnreadableFile(path, f"it {problem}", _REMEDY) from None


def _text(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        found = f"byte 0x{content[problem.start]:02x}"
        raise InvalidFile(path, line, "", "text in UTF-8", found, "save it as UTF-8") from None


def _read_yaml(source: SourceFile, repeated: list[tuple[str, ...]] | None = None) -> Any:
    import yaml

    from .yaml12 import DuplicateKey, LimitExceeded, load_yaml

    try:
        return load_yaml(source.text, limits.MAX_DEPTH, limits.MAX_VALUES, repeated)
    except DuplicateKey as problem:
        found = f"{problem.problem}: {problem.context}"
        raise InvalidFile(source.path, _line(problem), "", "each key once", found) from None
    except LimitExceeded as problem:
        raise InvalidFile(source.path, _line(problem), "", str(problem.problem), "more", _REMEDY) from None
    except yaml.MarkedYAMLError as problem:
        raise InvalidFile(
            source.path, _line(problem), "", "YAML", _syntax_error(problem.problem or problem)
        ) from None
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise InvalidFile(source.path, None, "", "YAML", _syntax_error(problem)) from None


def _syntax_error(problem: object) -> str:
    return f"a syntax error: {problem}"


def _line(problem: Any) -> int | None:
    return problem.problem_mark.line + 1 if problem.problem_mark else None


def _read_json(source: SourceFile, content: bytes, repeated: list[tuple[str, ...]] | None = None) -> Any:
    _check_size(source, content)
    duplicates: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(pairs)
        if len(value) < len(pairs):
            duplicates.extend(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
        return value

    try:
        value = json.loads(source.text, object_pairs_hook=members, parse_int=_integer)
    except json.JSONDecodeError as problem:
        raise InvalidFile(source.path, problem.lineno, "", "JSON", problem.msg) from None
    except ValueError as problem:
        raise InvalidFile(source.path, None, "", _INTEGER, str(problem)) from None
    if duplicates:
        # As YAML, it has the place of each duplicate key; without a list for them, it is the same error with its line.
        _read_yaml(replace(source, text=_without_tabs(source.text)), repeated)
        if repeated is not None:
            return value
        raise InvalidFile(source.path, None, "", "each key once", f"the key {duplicates[0]!r} again")
    return value


def _check_size(source: SourceFile, content: bytes) -> None:
    if limits.count_values(content) > limits.MAX_VALUES:
        expected = f"at most {limits.MAX_VALUES:,} values"
        raise InvalidFile(source.path, None, "", expected, "more", _REMEDY)
    if limits.depth_of(content) > limits.MAX_DEPTH:
        expected = f"at most {limits.MAX_DEPTH} levels of nesting"
        raise InvalidFile(source.path, None, "", expected, "more", _REMEDY)


def _integer(literal: str) -> int:
    if len(literal) > limits.MAX_DIGITS:
        raise ValueError(f"{len(literal):,} digits")
    return int(literal)


def _problem(value: Any) -> tuple[list[str | int], str, str] | None:
    """The first value that is not usable: its path, what was expected there, what was found."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(key, str) and len(key) > limits.MAX_KEY:
                return [], f"keys of at most {limits.MAX_KEY} characters", f"{len(key):,} characters"
            if (problem := _problem(item)) is not None:
                return [key, *problem[0]], problem[1], problem[2]
        return None
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and isfinite(value)):
        return None
    return [], "a value that exists in JSON", f"{value!r}"


def _without_tabs(text: str) -> str:
    """Make JSON readable as YAML: PyYAML without libyaml rejects tabs between values. JSON strings contain none."""
    return text.replace("\t", " ")


def _members(node: Any) -> Iterator[tuple[str, Any, Any]]:
    if node.id == "mapping":
        yield from ((key.value, key, value) for key, value in node.value)
    elif node.id == "sequence":
        yield from ((str(index), item, item) for index, item in enumerate(node.value))
