"""The options of a request that change the form of its vectors: encodings and sizes."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import cycle
from typing import Any

from conformance.validation.semantic_rules import ENCODINGS

from .context import Context
from .distinct import Pair, Place
from .not_sent import NotAllowed, NotSupported

SIZE = 8
"""A requested length of a vector; the vectors of every model that can shorten are longer."""


def encodings_and_sizes(context: Context) -> list[dict[str, Any]]:
    """Each encoding without and with a size, as far as the contract and the target support them.

    Raises NotSupported if the target supports only one encoding, MissingRole if the contract has no property for it.
    """
    sizes = [{}, *({name: SIZE} for name in context.sized_properties)]
    float_first, base64_first = (
        [
            {**context.roles.named(encoding=encoding), **size}
            for encoding, size in zip(encodings, sizes, strict=False)
        ]
        for encodings in (cycle(ENCODINGS), cycle([*ENCODINGS][::-1]))
    )
    supported, missing = [], None
    for options in (*float_first, *base64_first):
        try:
            context.input_probe("a text", "river", **options)
            supported.append(options)
        except NotAllowed:
            continue
        except NotSupported as reason:
            missing = reason
    if missing is not None and len({context.roles.encoding_of(options) for options in supported}) < 2:
        raise missing
    return supported


def equal_sizes(places: Iterable[Place]) -> list[Pair]:
    """Those of *places* whose requests ask for the same size must have equal vectors: the encoding has no effect."""
    by_size: dict[str, list[Place]] = {}
    for place in places:
        payload = place.probe.payload
        size = {name: value for name, value in payload.items() if value == SIZE}
        by_size.setdefault(str(size), []).append(place)
    return [Pair(found[0], place, equal=True) for found in by_size.values() for place in found[1:]]
