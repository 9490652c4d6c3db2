"""Area ``state``: concurrent requests do not affect each other's vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import SameVector, compare_pairs, relation_check
from conformance.checks.turns import Turn
from conformance.contract import Requirement
from conformance.engine import Check, FaultKind, Probe, ProbeResult, Send, send_concurrently, send_in_sequence
from conformance.generators.sample_texts import equal_lengths, mixed_lengths
from conformance.validation.semantic_rules import count_inputs

TEXTS = 12
"""Texts that are sent alone, and as many again in batches of BATCH."""

BATCH = 3
SHORT = 12
"""Words of a short text."""

REDUCED = 4
"""Texts of the reduced check."""

OVERLAP = 4
"""Different requests before they are sent again, so that different and equal requests are in flight together."""


def _concurrent(context: Context, requirement: Requirement) -> Check:
    reduced = _of(context, requirement, short_texts()[:REDUCED])
    reduced = replace(reduced, burst=min(2 * REDUCED, context.burst), last=Turn.WHOLE_RUN)
    return replace(_of(context, requirement, _texts_and_batches(context)), reduced=reduced)


def _of(context: Context, requirement: Requirement, values: Sequence[str | list[str]]) -> Check:
    sequential = [request_alone(context, value) for value in values]
    order = [
        (index, occurrence)
        for start in range(0, len(values), OVERLAP)
        for occurrence in ("burst", "again")
        for index in range(start, min(start + OVERLAP, len(values)))
    ]
    concurrent = [
        context.input_probe("a request among many concurrent ones", values[index], occurrence=occurrence)
        for index, occurrence in order
    ]

    async def procedure(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
        first = await send_in_sequence(send, probes[: len(sequential)])
        return [*first, *await send_concurrently(send, probes[len(sequential) :])]

    pairs = [
        SameVector(len(sequential) + n, index, position, position)
        for n, (index, _) in enumerate(order)
        for position in range(count_inputs(values[index]) or 0)
    ]
    compare = compare_pairs(pairs, "the same vector as without concurrent requests")
    needs = context.needs_of("a", ["a"])
    check = relation_check(
        requirement, context.answers, [*sequential, *concurrent], compare, needs, procedure
    )
    return replace(check, observes=FaultKind.LOAD)


def request_alone(context: Context, value: str | list[str]) -> Probe:
    """The request without others in flight, whose vectors are those of its own texts. Checks share it."""
    return context.input_probe("a request alone", value, occurrence="alone")


def short_texts() -> list[str]:
    """Those texts that are as short as the plainest request."""
    return [value for value in mixed_lengths(TEXTS) if 1 < len(value.split()) <= SHORT]


def _texts_and_batches(context: Context) -> list[str | list[str]]:
    """Texts and small batches, all different."""
    size = min(BATCH, context.max_texts)
    others = equal_lengths(TEXTS)
    if not context.takes_batches:
        return [*mixed_lengths(TEXTS), *others]
    return [*mixed_lengths(TEXTS), *(others[start : start + size] for start in range(0, TEXTS, BATCH))]


CHECKS: Makers = {"state.concurrent": _concurrent}
