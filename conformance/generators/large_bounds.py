"""Bounds that only a very large request body reaches. They are not tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

from conformance.contract import Contract, Schema
from conformance.contract.example_values import example_value
from conformance.text import counted

from .case import encode_payload

MAX_BODY = 32 * 2**20
"""Bytes of the largest request body."""

MAX_ROOM = 64 * 2**20
"""Bytes of the bodies beyond all bounds together."""

PLACES_OF_PROPERTY, PLACES_OF_ITEM = 2, 5
"""Bodies with one value: alone and with other properties; at several places of an array."""

MAX_ITEMS = 250_000
"""Items of the largest array."""

MAX_TEXTS = 4096
"""Texts of the largest batch: with more, the response of a common model is too large to read."""

SMALL = 2**16
"""Bytes of a body that is not counted."""


@lru_cache(maxsize=8)
def large_bounds(contract: Contract) -> Mapping[str, str]:
    """Return the reason why a bound is not tested, by the id of its requirement.

    A contract may have ``maxLength: 2147483647`` because a framework writes it, not because a server accepts it.
    """
    reasons: dict[str, str] = {}
    room = MAX_ROOM
    batches = {form.pointer for form in contract.batches_of_texts}
    for node in contract.request.walk():
        places = PLACES_OF_ITEM if ".items" in node.name else PLACES_OF_PROPERTY
        for keyword, size in _sizes_beyond(node):
            needed = places * size if size > SMALL else 0
            if keyword == "maxItems" and node.node[keyword] >= MAX_ITEMS:
                found = f"{counted(node.node[keyword] + 1, 'item')}; the suite sends at most {MAX_ITEMS:,}"
            elif keyword == "maxItems" and node.pointer in batches and node.node[keyword] > MAX_TEXTS:
                found = f"{counted(node.node[keyword] + 1, 'text')}; the suite sends at most {MAX_TEXTS:,}"
            elif size > MAX_BODY or needed > room:
                found = f"{size:,} bytes; the suite sends at most {MAX_BODY // 2**20} MiB"
                found += f", and {MAX_ROOM // 2**20} MiB for all bounds together"
            else:
                room -= needed
                continue
            reasons[node.id_of(keyword)] = f"a body beyond the bound has {found}"
    return reasons


def _sizes_beyond(node: Schema) -> Iterator[tuple[str, int]]:
    """Each upper bound of *node*, with the bytes of a value that exceeds it, about."""
    if "maxLength" in node.node:
        yield "maxLength", node.node["maxLength"] + 1
    if "maxItems" in node.node and node.items is not None:
        items = node.node["maxItems"] + 1
        yield "maxItems", items * (1 + len(encode_payload(example_value(node.items, items))))
