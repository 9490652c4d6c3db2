"""Area ``state``: large concurrent requests do not affect each other's vectors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from conformance.checks.context import Context
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import SameVector, compare_pairs, relation_check
from conformance.checks.turns import Turn
from conformance.contract import Requirement
from conformance.engine import Check, Probe, ProbeResult, Send, send_concurrently, send_in_sequence
from conformance.generators.sample_texts import sample_text
from conformance.validation.semantic_rules import ENCODINGS, count_inputs

VALUES = 2
"""Batches, and as many long texts."""

BATCH = 96
WORDS_IN_BATCH = 5
WORDS = 180
"""Words of a text in a batch, and of a long text. A request stays below the size that is sent without others."""


def _large(context: Context, requirement: Requirement) -> Check:
    requests = [(value, options) for value in _values(context) for options in _encodings(context)]
    sequential, concurrent = (
        [context.input_probe(f"a large request {how}", v, occurrence=how, **o) for v, o in requests]
        for how in ("alone", "together with others")
    )
    count = len(requests)

    async def procedure(send: Send, _: Sequence[Probe]) -> Sequence[ProbeResult]:
        first = await send_in_sequence(send, sequential)
        return [*first, *await send_concurrently(send, concurrent)]

    pairs = [
        SameVector(count + n, n, place, place)
        for n, (value, _) in enumerate(requests)
        for place in range(count_inputs(value) or 0)
    ]
    compare = compare_pairs(pairs, "the same vector as without concurrent requests")
    needs = context.needs_of("a", ["a"])
    check = relation_check(
        requirement, context.answers, [*sequential, *concurrent], compare, needs, procedure
    )
    return replace(check, last=Turn.WHOLE_RUN, of_load=True)


def _values(context: Context) -> Iterator[str | list[str]]:
    """Batches and long texts, all different, in turn."""
    size = context.batch_size(BATCH)
    for number in range(VALUES):
        first = 2000 + BATCH * number
        yield [sample_text(first + place, WORDS_IN_BATCH) for place in range(size)]
        yield sample_text(3000 + number, WORDS)


def _encodings(context: Context) -> list[Mapping[str, Any]]:
    """The property for each encoding that the contract has and the target supports; nothing without the property."""
    node = context.contract.property_of("encoding")
    known = [value for value in (node.node.get("enum") or () if node else ()) if str(value) in ENCODINGS]
    options = [context.roles.named(encoding=value) for value in known]
    return [chosen for chosen in options if context.can_send("a", **chosen)] or [{}]


CHECKS: Makers = {"state.concurrent.large": _large}
