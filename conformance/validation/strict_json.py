"""Read JSON strictly by RFC 8259, and with orjson's speed where orjson loses no information.

Two readers give equal results. orjson reads first. ``json_reader`` reads a body again if orjson rejected it or may have
lost something: a repeated name, an integer beyond 64 bits, nesting beyond the limit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from math import hypot
from types import NoneType
from typing import Any, Final

from .byte_counts import LONG, count_byte
from .json_problem import Parsed
from .json_reader import parse_exactly
from .json_syntax import MAX_DEPTH

SHORT: Final = 2 * 1024
"""Bytes of a text that orjson writes again faster than its values are counted."""

NO_ARRAYS: Final[Mapping[str, list[Any]]] = {}


def parse_json(body: bytes | str) -> Parsed:
    """Read *body* as one JSON text (RFC 8259). It never raises.

    Integers are exact. Other numbers are IEEE 754 doubles, and infinite beyond their range (section 6 permits 1e400).
    The last value of a repeated name counts (section 4). An escaped lone surrogate is kept as it is (section 8.2), and
    so is a lone surrogate in a *body* that is a str.
    """
    fast = parse_fast(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))
    return parse_exactly(body) if fast is None else fast


def parse_fast(body: bytes, arrays: Mapping[str, list[Any]] = NO_ARRAYS, *, beside: int = 0) -> Parsed | None:
    """Do what ``parse_json`` does with orjson alone; None if orjson rejects *body*, or may lose something.

    In the place of an array with one of the keys of *arrays* as its only item, the value has that one of *arrays*.
    At least so many arrays and objects of *body* are known to be *beside* others, not around them.
    """
    try:
        value = _orjson().loads(body)
    except ValueError:
        return None
    if type(value) is dict and _EXACT.issuperset(types := list(map(type, value.values()))):
        return None if _may_repeat_a_name(body, len(value), types.count(str)) else Parsed(value)
    if (beside or len(body) <= SHORT) and not arrays and _is_plain(body, value, beside):
        return Parsed(value)
    root = [value]
    counts = _count(root, arrays)
    return None if counts is None or _may_repeat_a_name(body, *counts) else Parsed(root[0])


def _is_plain(body: bytes, value: object, beside: int) -> bool:
    """Whether *body* is not too deep, and orjson writes its *value* in the same way, except for spaces.

    Then no name repeats, and all integers are exact: orjson would write fewer names, or a float.
    """
    if body.count(b"{") + body.count(b"[") > MAX_DEPTH + beside:
        return False
    try:
        again: bytes = _orjson().dumps(value)
    except TypeError:  # it is too deep
        return False
    return again == body or again.translate(None, _SPACES) == body.translate(None, _SPACES)


@lru_cache(maxsize=1)
def _orjson() -> Any:
    import orjson

    return orjson


_SPACES: Final = b" \t\n\r"

_EXACT: Final = frozenset({str, int, bool, NoneType})
"""Types whose values orjson always reads exactly."""

_NUMBERS: Final = frozenset({int, float})

_END_OF_NAME: Final = re.compile(rb'"(?:(?<!\\")|(?<=\\\\"))[ \t\n\r]*+:')
"""The end of a name; some strings contain it too. One backslash escapes the quotation mark, two do not."""


def _may_repeat_a_name(data: bytes, names: int, strings: int) -> bool:
    """Whether *data* can have more names than its tree, which has so many *names* and *strings*.

    Without escape sequences, *data* has two quotation marks for each of them. With them, it has at least one colon and
    one end of a name for each name. If it has no more of either, no name repeats.
    """
    if b"\\" not in data:
        quotes = data.count(b'"') if len(data) < LONG else count_byte(data, b'"')
        return quotes != 2 * (names + strings)
    colon = -1
    for _ in range(names):
        colon = data.find(b":", colon + 1)
    if data.find(b":", colon + 1) < 0:
        return False
    return names != len(_END_OF_NAME.findall(data))


_LARGE: Final = 2.0**62
"""orjson reads an integer beyond 64 bits as a float of at least 2**63. Half of that leaves room for any rounding."""


def _count(root: list[Any], arrays: Mapping[str, list[Any]]) -> tuple[int, int] | None:
    """The numbers of names and of strings in *root*, a list with what orjson read. *arrays* replace their keys.

    None if it is too deep or may have lost an integer.
    """
    names = strings = 0
    level: list[Any] = [root]
    for depth in range(MAX_DEPTH + 1):
        below: list[Any] = []
        has_arrays = False
        for node in level:
            if type(node) is dict:
                names += len(node)
                types = list(map(type, node.values()))
            elif _are_small_numbers(node):
                continue
            else:
                types = list(map(type, node))
            strings += types.count(str)
            if _EXACT.issuperset(types):
                continue
            for key, child in node.items() if type(node) is dict else enumerate(node):
                kind = type(child)
                if kind is float:
                    if abs(child) >= _LARGE:
                        return None
                elif (
                    kind is list
                    and arrays
                    and len(child) == 1
                    and type(child[0]) is str
                    and child[0] in arrays
                ):
                    node[key] = arrays[child[0]]
                    strings += 1
                    has_arrays = True
                elif kind is list or kind is dict:
                    below.append(child)
        if not below:
            return None if has_arrays and depth == MAX_DEPTH else (names, strings)
        level = below
    return None


def _are_small_numbers(items: list[Any]) -> bool:
    """Whether all *items* are numbers that orjson reads exactly."""
    if not items or type(items[0]) not in _NUMBERS:
        return False
    try:
        # One call in C: it raises unless all are numbers, and its result bounds each of them.
        return hypot(*items) < _LARGE
    except TypeError:
        return False
