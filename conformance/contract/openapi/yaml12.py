"""A PyYAML loader that reads only the values that YAML 1.2 shares with JSON.

PyYAML follows YAML 1.1, where `on` is a bool, `2024-01-01` a date, `010` the number 8 and `1:30` the number 90.
OpenAPI and Overlay documents are YAML 1.2, limited to JSON values (OpenAPI 3.0.3, "Format"; RFC 9512 section 3.4).
Keys are always strings, also `200:`, and duplicate keys are rejected.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml, if PyYAML was built with it


class DuplicateKey(yaml.MarkedYAMLError):
    """A mapping has the same key twice; the problem mark is at the second one."""


class Loader(_Base):  # type: ignore[misc]  # the base depends on how PyYAML was built
    """Reads one YAML document into dicts, lists, strings, numbers, booleans and None."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - the same form as in PyYAML

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[str, Any]:
        """Construct the mapping with its keys as written; merged keys (`<<`) come first."""
        if not isinstance(node, yaml.MappingNode):
            raise yaml.constructor.ConstructorError(None, None, "expected a mapping", node.start_mark)
        self.flatten_mapping(node)
        return {key.value: self.construct_object(value, deep=deep) for key, value in node.value}


def load(text: str, max_depth: int) -> Any:
    """Return the value of a YAML document, with at most `max_depth` levels of nesting.

    Raises yaml.YAMLError; its subclass DuplicateKey for a duplicate key.
    """
    _check_depth(text, max_depth)
    loader = Loader(text)
    try:
        node = loader.get_single_node()
        _check_keys(node, set())
        return None if node is None else loader.construct_document(node)
    finally:
        loader.dispose()


def _check_depth(text: str, max_depth: int) -> None:
    depth = 0
    event: Any
    for event in yaml.parse(text, Loader=Loader):  # unlike composed nodes, events do not overflow the stack
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > max_depth:
            problem = f"more than {max_depth} levels of nesting"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=event.start_mark)


def _check_keys(node: Any, seen: set[int]) -> None:
    # Runs before construction, because merging adds keys to the nodes.
    if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
        return
    seen.add(id(node))
    first: dict[str, Any] = {}
    for member in node.value:
        key, value = member if isinstance(node, yaml.MappingNode) else (None, member)
        if key is not None:
            _check_key(key, first)
        _check_keys(value, seen)


def _check_key(key: Any, first: dict[str, Any]) -> None:
    if not isinstance(key, yaml.ScalarNode):
        raise yaml.constructor.ConstructorError(None, None, "a key must be a string", key.start_mark)
    if key.value in first:
        context = f"{key.value!r} is already in line {first[key.value].line + 1}"
        problem = f"the key {key.value!r} again"
        raise DuplicateKey(context, first[key.value], problem, key.start_mark)
    first[key.value] = key.start_mark


def _integer(loader: Any, node: yaml.ScalarNode) -> int:
    text = str(loader.construct_scalar(node))
    return int(text, 0) if text.startswith(("0o", "0x")) else int(text)


_TAG = "tag:yaml.org,2002:"
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
