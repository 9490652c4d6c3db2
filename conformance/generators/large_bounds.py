"""Bounds that only a very large request body reaches. They are not tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from conformance.contract import Contract, Schema

from .case import encode
from .examples import example

MAX_BODY = 32 * 2**20
"""Bytes of the largest request body, and of the largest bodies for all bounds together."""

MAX_ITEMS = 250_000
"""Items of the largest array."""

SMALL = 2**16
"""Bytes of a body that is not counted."""


@lru_cache(maxsize=8)
def large_bounds(contract: Contract) -> Mapping[str, str]:
    """Return the reason why a bound is not tested, by the id of its requirement.

    A contract may have ``maxLength: 2147483647`` because a framework writes it, not because a server accepts it.
    """
    reasons: dict[str, str] = {}
    room = MAX_BODY
    for node in contract.request.walk():
        for keyword, size in _sizes_beyond(node):
            if keyword == "maxItems" and node.node[keyword] >= MAX_ITEMS:
                found = f"{node.node[keyword] + 1:,} items; the suite sends at most {MAX_ITEMS:,}"
                reasons[node.id_of(keyword)] = f"a body beyond the bound has {found}"
            elif size > room:
                limit = f"{MAX_BODY // 2**20} MiB for all bounds together"
                found = f"{size:,} bytes; the suite sends at most {limit}"
                reasons[node.id_of(keyword)] = f"a body beyond the bound has {found}"
            elif size > SMALL:
                room -= size
    return reasons


def _sizes_beyond(node: Schema) -> Iterator[tuple[str, int]]:
    """Each upper bound of *node*, with the bytes of a value that exceeds it, about."""
    if "maxLength" in node.node:
        yield "maxLength", node.node["maxLength"] + 1
    if "maxItems" in node.node and node.items is not None:
        items = node.node["maxItems"] + 1
        yield "maxItems", items * (1 + len(encode(example(node.items, items))))
