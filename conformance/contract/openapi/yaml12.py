"""A PyYAML loader that reads only the values that YAML 1.2 shares with JSON.

PyYAML follows YAML 1.1, where `on` is a bool, `2024-01-01` a date, `010` the number 8 and `1:30` the number 90.
OpenAPI and Overlay documents are YAML 1.2, limited to JSON values (OpenAPI 3.0.3, "Format"; RFC 9512 section 3.4).
Keys are always strings, also `200:`, and duplicate keys are rejected.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from .limits import MAX_DEPTH, MAX_DIGITS, MAX_FILE, MAX_KEY, MAX_VALUES

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, if PyYAML was built with it
_TAG = "tag:yaml.org,2002:"
_SCALARS = frozenset(_TAG + kind for kind in ("null", "bool", "int", "float", "str"))


class DuplicateKey(yaml.MarkedYAMLError):
    """A mapping has the same key twice; the problem mark is at the second one."""


OTHER_LIMIT = "exceeded maximum nesting depth"
"""What PyYAML 6.0.4 says of a text that is too deep for it."""


class LimitExceeded(yaml.MarkedYAMLError):
    """The problem is the limit that the document exceeds, the problem mark where it does so."""


class Loader(_Base):  # type: ignore[misc]  # the base depends on how PyYAML was built
    """Composes the nodes of one YAML document, with the tags of YAML 1.2."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - the same form as in PyYAML


@dataclass(frozen=True, slots=True)
class _NotJson:
    """The place of a node with a tag whose values do not exist in JSON."""

    tag: str

    def __repr__(self) -> str:
        return self.tag.replace(_TAG, "!!")


def load_yaml(
    text: str,
    max_depth: int = MAX_DEPTH,
    max_values: int = MAX_VALUES,
    duplicates: list[tuple[str, ...]] | None = None,
) -> Any:
    """Return the value of a YAML document; no two places of it share a value.

    It has at most `max_depth` levels of nesting and `max_values` values, where an alias counts as what it stands for.
    With a list of *duplicates*, the last value of a duplicate key is used, and the paths of these keys are added to it.
    Raises yaml.YAMLError; its subclasses DuplicateKey and LimitExceeded.
    """
    _check_events(text, max_depth, max_values)
    loader = Loader(text)
    try:
        node = loader.get_single_node()
        return None if node is None else _Reader(loader, max_depth, max_values, duplicates).value(node, 0)
    finally:
        loader.dispose()


def _check_events(text: str, max_depth: int, max_values: int) -> None:
    """Check the limits without the values of aliases: unlike nodes, events overflow neither stack nor memory."""
    depth = values = 0
    event: Any
    for event in _events(text, max_depth):
        values += isinstance(event, yaml.NodeEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > max_depth:
            raise _too_deep(max_depth, event.start_mark)
        if values > 2 * max_values:  # keys are events too
            raise _too_many(max_values, event)


def _events(text: str, max_depth: int) -> Iterator[Any]:
    """The events of a text. PyYAML's reader is some levels ahead of them, and newer ones have a limit of their own."""
    try:
        yield from yaml.parse(text, Loader=Loader)
    except yaml.MarkedYAMLError as problem:
        if problem.problem == OTHER_LIMIT:
            raise _too_deep(max_depth, problem.problem_mark) from None
        raise


def _too_deep(limit: int, mark: Any) -> LimitExceeded:
    return LimitExceeded(problem=f"at most {limit} levels of nesting", problem_mark=mark)


def _too_many(limit: int, place: Any) -> LimitExceeded:
    problem = f"at most {limit:,} values, counting an alias as all that it stands for"
    return LimitExceeded(problem=problem, problem_mark=place.start_mark)


class _Reader:
    """Makes values of nodes, each time that a node occurs."""

    def __init__(
        self, loader: Any, max_depth: int, max_values: int, duplicates: list[tuple[str, ...]] | None = None
    ) -> None:
        self._loader, self._max_depth, self._max_values = loader, max_depth, max_values
        self._duplicates = duplicates
        self._path: list[str] = []
        self._values = self._characters = 0

    def value(self, node: yaml.Node, depth: int) -> Any:
        """The value of `node`, at that level of nesting."""
        self._values += 1
        if depth > self._max_depth:
            raise _too_deep(self._max_depth, node.start_mark)
        if self._values > self._max_values:
            raise _too_many(self._max_values, node)
        if isinstance(node, yaml.MappingNode) and node.tag == f"{_TAG}map":
            return self._mapping(node, depth)
        if isinstance(node, yaml.SequenceNode) and node.tag == f"{_TAG}seq":
            return [self._inside(str(n), item, depth) for n, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode) and node.tag in _SCALARS:
            return self._scalar(node)
        return _NotJson(node.tag)

    def _mapping(self, node: yaml.MappingNode, depth: int) -> dict[str, Any]:
        """The mapping with its keys as written; merged keys (`<<`) come first."""
        merged: dict[str, Any] = {}
        own: dict[str, Any] = {}
        first: dict[str, yaml.Mark] = {}
        for key, item in node.value:
            self._check_key(key, first)
            if key.tag == f"{_TAG}merge":
                for source in reversed(item.value if isinstance(item, yaml.SequenceNode) else [item]):
                    merged |= self._merged(source, depth)
            else:
                own[key.value] = self._inside(key.value, item, depth)
        return merged | own

    def _inside(self, name: str, node: yaml.Node, depth: int) -> Any:
        self._path.append(name)
        found = self.value(node, depth + 1)
        self._path.pop()
        return found

    def _check_key(self, key: Any, first: dict[str, yaml.Mark]) -> None:
        try:
            _check_key(key, first)
        except DuplicateKey:
            if self._duplicates is None:
                raise
            self._duplicates.append((*self._path, key.value))

    def _merged(self, node: yaml.Node, depth: int) -> dict[str, Any]:
        value = self.value(node, depth + 1)
        if not isinstance(value, dict):
            raise yaml.constructor.ConstructorError(None, None, "expected a mapping", node.start_mark)
        return value

    def _scalar(self, node: yaml.ScalarNode) -> Any:
        self._characters += len(node.value)
        if self._characters > MAX_FILE:
            problem = f"at most {MAX_FILE:,} characters, counting an alias as all that it stands for"
            raise LimitExceeded(problem=problem, problem_mark=node.start_mark)
        try:
            return self._loader.construct_object(node)
        except (ValueError, LookupError):
            problem = f"{node.value[:MAX_KEY]!r} is not of the type {node.tag.replace(_TAG, '!!')}"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from None


def _check_key(key: Any, first: dict[str, yaml.Mark]) -> None:
    if not isinstance(key, yaml.ScalarNode):
        raise yaml.constructor.ConstructorError(None, None, "a key must be a string", key.start_mark)
    if key.value in first:
        context = f"{key.value!r} is already in line {first[key.value].line + 1}"
        problem = f"the key {key.value!r} again"
        raise DuplicateKey(context, first[key.value], problem, key.start_mark)
    first[key.value] = key.start_mark


def _integer(loader: Any, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    if len(text) > MAX_DIGITS:
        raise LimitExceeded(
            problem=f"an integer of at most {MAX_DIGITS} digits", problem_mark=node.start_mark
        )
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text)


def _float(loader: Any, node: yaml.ScalarNode) -> float:
    return float(re.sub(r"\.(?=[inIN])", "", str(loader.construct_scalar(node))))


# YAML 1.2.2 section 10.3.2 (core schema), and the merge key of PyYAML.
for _kind, _pattern, _first in (
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    ("int", r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+.0123456789")),
    ("float", r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)", list("-+.")),
    ("merge", r"<<", ["<"]),
):
    Loader.add_implicit_resolver(_TAG + _kind, re.compile(rf"(?:{_pattern})\Z"), _first)
Loader.add_constructor(f"{_TAG}int", _integer)
Loader.add_constructor(f"{_TAG}float", _float)
