"""Read the YAML and JSON files of a contract, and find the line of each value."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from math import isfinite
from pathlib import Path
from typing import Any

from conformance.contract.errors import InvalidFile, UnreadableFile

from .json_pointer import escape, split

_MAX_DEPTH = 100  # levels of nesting; stops at a YAML alias that contains itself
_MAX_VALUES = 1_000_000  # stops at aliases that multiply each other


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """A file, its text, and its value. The value has only JSON values, and shares none between two locations."""

    path: Path
    text: str
    value: Any

    def line(self, pointer: str) -> int | None:
        """The line, counted from 1, where the value at `pointer` begins; for a member, the line of its key.

        If nothing is at the pointer, the line of the nearest value above it.
        """
        marks = self._marks(pointer)
        return marks[-1][0].line + 1 if marks else None

    def source_text(self, pointer: str) -> str:
        """The text of the value at `pointer` as written in the file; empty if nothing is there."""
        marks = self._marks(pointer)
        if len(marks) != len(split(pointer)) + 1:
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
        for token in split(pointer) if node else ():
            member = next((nodes for name, *nodes in _members(node) if name == token), None)
            if member is None:
                break
            key, node = member
            marks.append((key.start_mark, node.start_mark, node.end_mark))
        return marks


def read_file(path: Path) -> SourceFile:
    """Read a `.json` file as JSON, any other file as YAML 1.2.

    Raises UnreadableFile. Raises InvalidFile, with the line if it is known: text that is not UTF-8, wrong syntax, a
    duplicate key, a value that does not exist in JSON.
    """
    source = SourceFile(path, _text(path), None)
    value = _read_json(source) if path.suffix.lower() == ".json" else _read_yaml(source)
    return replace(source, value=_Copier(source).copy(value, "", 0))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise UnreadableFile(path, problem.strerror or str(problem)) from None
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        raise InvalidFile(
            path, line, "", "text in UTF-8", f"byte 0x{problem.object[problem.start]:02x}"
        ) from None


def _read_yaml(source: SourceFile) -> Any:
    import yaml

    from .yaml12 import DuplicateKey, load

    try:
        return load(source.text, _MAX_DEPTH)
    except DuplicateKey as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else None
        raise InvalidFile(
            source.path, line, "", "each key once", f"{problem.problem}: {problem.context}"
        ) from None
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else None
        raise InvalidFile(source.path, line, "", "YAML", problem.problem or str(problem)) from None
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise InvalidFile(source.path, None, "", "YAML", str(problem)) from None


def _read_json(source: SourceFile) -> Any:
    duplicates: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        duplicates.extend(name for index, name in enumerate(names) if name in names[:index])
        return dict(pairs)

    try:
        value = json.loads(source.text, object_pairs_hook=members)
    except json.JSONDecodeError as problem:
        raise InvalidFile(source.path, problem.lineno, "", "JSON", problem.msg) from None
    except (ValueError, RecursionError) as problem:
        raise InvalidFile(source.path, None, "", "JSON", str(problem)) from None
    if duplicates:
        _read_yaml(replace(source, text=_without_tabs(source.text)))  # raises the same error, with its line
        raise InvalidFile(source.path, None, "", "each key once", f"the key {duplicates[0]!r} again")
    return value


class _Copier:
    """Copies a parsed value, so that YAML aliases share nothing, and rejects values that do not exist in JSON."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.size = 0

    def copy(self, value: Any, pointer: str, depth: int) -> Any:
        self.size += 1
        if depth > _MAX_DEPTH or self.size > _MAX_VALUES:
            limit = f"at most {_MAX_DEPTH} levels and {_MAX_VALUES} values"
            raise InvalidFile(self.source.path, None, pointer, limit, "more")
        if isinstance(value, dict):
            return {k: self.copy(v, f"{pointer}/{escape(k)}", depth + 1) for k, v in value.items()}
        if isinstance(value, list):
            return [self.copy(item, f"{pointer}/{index}", depth + 1) for index, item in enumerate(value)]
        if value is None or isinstance(value, str | int) or (isinstance(value, float) and isfinite(value)):
            return value
        raise self.source.error(pointer, "a value that exists in JSON", f"{value!r}")


def _without_tabs(text: str) -> str:
    """Make JSON readable as YAML: PyYAML without libyaml rejects tabs between values. JSON strings contain none."""
    return text.replace("\t", " ")


def _members(node: Any) -> Iterator[tuple[str, Any, Any]]:
    if node.id == "mapping":
        yield from ((key.value, key, value) for key, value in node.value)
    elif node.id == "sequence":
        yield from ((str(index), item, item) for index, item in enumerate(node.value))
