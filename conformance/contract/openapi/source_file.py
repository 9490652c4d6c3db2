"""Reads the YAML and JSON files of a contract, and tells where in a file a value stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import accumulate
from math import isfinite
from pathlib import Path
from typing import Any

from conformance.contract.errors import Malformed

from .json_pointer import escape, split

_DEEPEST = 100  # levels of nesting; ends a YAML alias that contains itself
_LARGEST = 1_000_000  # values; ends aliases that multiply each other


@dataclass(frozen=True, slots=True, eq=False)
class SourceFile:
    """A file, its text, and its value: JSON values only, none of them shared between two places."""

    path: Path
    text: str
    value: Any

    def line(self, pointer: str) -> int | None:
        """The line, counted from 1, where the value at `pointer` begins; for a member, the line of its key.

        Where nothing stands at the pointer, the line of the nearest value above it.
        """
        marks = self._marks(pointer)
        return marks[-1][0].line + 1 if marks else None

    def passage(self, pointer: str) -> str:
        """The text of the value at `pointer` as the file has it, empty when nothing stands there."""
        marks = self._marks(pointer)
        if len(marks) != len(split(pointer)) + 1:
            return ""
        begins = [0, *accumulate(map(len, self.text.splitlines(keepends=True)))]
        _, start, end = marks[-1]
        return self.text[begins[start.line] + start.column : begins[end.line] + end.column]

    def refuse(self, pointer: str, expected: str, found: str, mend: str = "") -> Malformed:
        """The error for the value at `pointer`."""
        return Malformed(self.path, self.line(pointer), pointer, expected, found, mend)

    def _marks(self, pointer: str) -> list[tuple[Any, Any, Any]]:
        """Where key, begin and end stand, for each value from the root to `pointer`, as far as they exist."""
        import yaml  # takes 40 ms

        from .yaml12 import Loader

        try:
            node: Any = yaml.compose(_spaced(self.text), Loader=Loader)
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
    """Read a `.json` file as JSON, any other as YAML 1.2.

    Raises Malformed, with the line where it can be told: a file that cannot be read or is not UTF-8, wrong
    syntax, a key that stands twice, a value that JSON does not have.
    """
    source = SourceFile(path, _text(path), None)
    value = _read_json(source) if path.suffix.lower() == ".json" else _read_yaml(source)
    return replace(source, value=_Copy(source).of(value, "", 0))


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except OSError as problem:
        raise Malformed(path, None, "", "a file that can be read", problem.strerror or str(problem)) from None
    except UnicodeDecodeError as problem:
        line = problem.object.count(b"\n", 0, problem.start) + 1
        raise Malformed(
            path, line, "", "text in UTF-8", f"byte 0x{problem.object[problem.start]:02x}"
        ) from None


def _read_yaml(source: SourceFile) -> Any:
    import yaml

    from .yaml12 import TwiceTheSameKey, load

    try:
        return load(source.text, _DEEPEST)
    except TwiceTheSameKey as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else None
        raise Malformed(
            source.path, line, "", "each key once", f"{problem.problem}: {problem.context}"
        ) from None
    except yaml.MarkedYAMLError as problem:
        line = problem.problem_mark.line + 1 if problem.problem_mark else None
        raise Malformed(source.path, line, "", "YAML", problem.problem or str(problem)) from None
    except (yaml.YAMLError, ValueError, RecursionError) as problem:
        raise Malformed(source.path, None, "", "YAML", str(problem)) from None


def _read_json(source: SourceFile) -> Any:
    twice: list[str] = []

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        twice.extend(name for index, name in enumerate(names) if name in names[:index])
        return dict(pairs)

    try:
        value = json.loads(source.text, object_pairs_hook=members)
    except json.JSONDecodeError as problem:
        raise Malformed(source.path, problem.lineno, "", "JSON", problem.msg) from None
    except (ValueError, RecursionError) as problem:
        raise Malformed(source.path, None, "", "JSON", str(problem)) from None
    if twice:
        _read_yaml(replace(source, text=_spaced(source.text)))  # the same complaint, with its line
        raise Malformed(source.path, None, "", "each key once", f"the key {twice[0]!r} again")
    return value


class _Copy:
    """Copies a parsed value, so that YAML aliases no longer share, and refuses what JSON does not have."""

    def __init__(self, source: SourceFile) -> None:
        self.source = source
        self.size = 0

    def of(self, value: Any, pointer: str, depth: int) -> Any:
        self.size += 1
        if depth > _DEEPEST or self.size > _LARGEST:
            limit = f"at most {_DEEPEST} levels and {_LARGEST} values"
            raise Malformed(self.source.path, None, pointer, limit, "more of them")
        if isinstance(value, dict):
            return {k: self.of(v, f"{pointer}/{escape(k)}", depth + 1) for k, v in value.items()}
        if isinstance(value, list):
            return [self.of(item, f"{pointer}/{index}", depth + 1) for index, item in enumerate(value)]
        if value is None or isinstance(value, str | int) or (isinstance(value, float) and isfinite(value)):
            return value
        raise self.source.refuse(pointer, "a value that JSON has", f"{value!r}")


def _spaced(text: str) -> str:
    """JSON as YAML: PyYAML without libyaml takes no tabs between values, and inside of strings JSON has none."""
    return text.replace("\t", " ")


def _members(node: Any) -> Iterator[tuple[str, Any, Any]]:
    if node.id == "mapping":
        yield from ((key.value, key, value) for key, value in node.value)
    elif node.id == "sequence":
        yield from ((str(index), item, item) for index, item in enumerate(node.value))
