"""Bounds that only a very large request body reaches. They are not tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from conformance.contract import Contract, Schema

from .case import encode
from .examples import example

MAX_BODY = 32 * 2**20
"""Bytes of the largest request body, and of the largest bodies for all bounds together."""

SMALL = 2**16
"""Bytes of a body that is not counted."""


@lru_cache(maxsize=8)
def large_bounds(contract: Contract) -> Mapping[str, str]:
    """Return the reason why a bound is not tested, by the id of its requirement.

    A contract may have ``maxLength: 2147483647`` because a framework writes it, not because a server accepts it.
    """
    reasons: dict[str, str] = {}
    room = MAX_BODY
    for node, keyword in _upper_bounds(contract.request):
        size = _size_beyond(node, keyword)
        if size > room:
            limit = f"{MAX_BODY // 2**20} MiB for all such bounds together"
            reasons[node.id_of(keyword)] = f"a body beyond it has {size:,} bytes or more; the suite sends {limit}"
        elif size > SMALL:
            room -= size
    return reasons


def _upper_bounds(request: Schema) -> Iterator[tuple[Schema, str]]:
    for node in request.walk():
        if "maxLength" in node.node:
            yield node, "maxLength"
        if "maxItems" in node.node and node.items is not None:
            yield node, "maxItems"


def _size_beyond(node: Schema, keyword: str) -> int:
    """The bytes of the smallest value that exceeds the bound, about."""
    beyond: int = node.node[keyword] + 1
    if keyword == "maxLength":
        return beyond
    assert node.items is not None
    return beyond * (1 + len(encode(example(node.items, beyond))))
