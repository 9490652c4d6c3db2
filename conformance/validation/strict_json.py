"""Read JSON strictly by RFC 8259, and with orjson's speed where orjson loses no information.

Two readers give equal results. orjson reads first. ``json_reader`` reads a body again if orjson rejected it or may have
lost something: a repeated name, an integer beyond 64 bits, nesting beyond the limit.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from math import hypot
from typing import Any, Final

from .json_problem import Parsed
from .json_reader import parse_exactly
from .json_syntax import MAX_DEPTH


def parse(body: bytes | str) -> Parsed:
    """Read *body* as one JSON text (RFC 8259). It never raises.

    Integers are exact. Other numbers are IEEE 754 doubles, and infinite beyond their range (section 6 permits 1e400).
    The last value of a repeated name counts (section 4). An escaped lone surrogate is kept as it is (section 8.2), and
    so is a lone surrogate in a *body* that is a str.
    """
    fast = parse_fast(body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass"))
    return parse_exactly(body) if fast is None else fast


def parse_fast(body: bytes) -> Parsed | None:
    """Do what ``parse`` does with orjson alone; None if orjson rejects *body*, or may lose something."""
    import orjson

    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    names = _count_names(value)
    return None if names is None or _may_repeat_a_name(body, names) else Parsed(value)


_END_OF_NAME: Final = re.compile(rb'"(?:(?<!\\")|(?<=\\\\"))[ \t\n\r]*+:')
"""The end of a name; some strings contain it too. One backslash escapes the quotation mark, two do not."""


def _may_repeat_a_name(data: bytes, names: int) -> bool:
    """Whether *data* can have more names than its tree, which has *names* of them.

    *data* has at least one colon and one end of a name for each name. If it has no more of either, no name repeats.
    """
    colon = -1
    for _ in range(names):
        colon = data.find(b":", colon + 1)
    if data.find(b":", colon + 1) < 0:
        return False
    return names != len(_END_OF_NAME.findall(data))


_LARGE: Final = 2.0**62
"""orjson reads an integer beyond 64 bits as a float of at least 2**63. Half of that leaves room for any rounding."""


def _count_names(root: object) -> int | None:
    """The number of names in *root*, as orjson read it; None if it is too deep or may have lost an integer."""
    names = 0
    level: list[Any] = [[root]]
    for _ in range(MAX_DEPTH + 1):
        below: list[Any] = []
        for node in level:
            names += len(node) if isinstance(node, dict) else 0
            for child in _children_to_visit(node):
                if isinstance(child, float):
                    if abs(child) >= _LARGE:
                        return None
                elif isinstance(child, (dict, list)):
                    below.append(child)
        if not below:
            return names
        level = below
    return None


def _children_to_visit(node: dict[str, Any] | list[Any]) -> Iterable[Any]:
    if isinstance(node, dict):
        return node.values()
    try:
        # One call in C: it raises unless all are numbers, and its result bounds each of them.
        if hypot(*node) < _LARGE:
            return ()
    except TypeError:
        pass
    return () if {float, dict, list}.isdisjoint(map(type, node)) else node
