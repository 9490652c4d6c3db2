"""Area ``meaning``: norms of vectors, and vectors with a requested number of dimensions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import Mismatch, compares, relation_check
from conformance.checks.not_sent import NotSupported
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    Send,
    judges_all,
    send_concurrently,
)
from conformance.generators.sample_texts import mixed_lengths, sample_text
from conformance.text import counted
from conformance.validation.embeddings import SAME, Vector, cosine, describe_difference, same_vector

UNIT = 0.01
"""Distance from 1 within which a norm counts as 1; servers round, and some compute in 16 bits."""

SIZES = (8, 64)
"""The requested lengths of shortened vectors."""


def _unit_length(context: Context, requirement: Requirement) -> Check:
    @compares("vectors of norm 1")
    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Mismatch]:
        for result, found in enumerate(read):
            norm = float(np.linalg.norm(found[0]))
            if abs(norm - 1) > UNIT:
                yield Mismatch(result, "a vector of norm 1", f"{norm:.4f}")
                return

    probes = context.each_alone(mixed_lengths(4))
    return relation_check(requirement, context.answers, probes, compare, context.needs_of("a"))


def _prefix(context: Context, requirement: Requirement) -> Check:
    """``dimensions`` n returns the first n numbers of the full vector, scaled to the norm of the full vector."""
    value = sample_text(54, 8)
    probes = [context.input_probe("a text", value)]
    name = context.roles.dimensions
    probes += [
        context.input_probe(f"{name} {size}", value, **context.roles.named(dimensions=size)) for size in SIZES
    ]

    @compares("the first numbers of the full vector, scaled to the norm of the full vector")
    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Mismatch]:
        whole = read[0][0]
        if [found[0].size for found in read[1:]] != list(SIZES):
            raise NothingToJudge(f"the server ignores {name}", because_of="response.dimensions")
        for result, size in enumerate(SIZES, 1):
            scale = float(np.linalg.norm(whole)) / max(float(np.linalg.norm(whole[:size])), 1e-12)
            prefix = whole[:size] * scale
            if not same_vector(read[result][0], prefix):
                first = counted(size, "number")
                expected = f"the first {first} of the full vector, scaled to the norm of the full vector"
                yield Mismatch(result, expected, describe_difference(read[result][0], prefix))
                return

    return relation_check(requirement, context.answers, probes, compare, context.needs_of("a"))


def _native_dimensions(context: Context, requirement: Requirement) -> Check:
    """Request the length that the target returns by default, and one less."""
    sized = context.sized_properties
    value = sample_text(85, 6)
    if missing := context.capabilities.missing(dict.fromkeys(sized, 1)):
        raise NotSupported(missing)
    first = context.input_probe("a text", value, occurrence="own length")

    async def procedure(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
        (result,) = await send_concurrently(send, probes)
        found = context.answers.of(result.exchange).vectors
        if not found:
            return [result]
        length = found[0].size
        sized_probes = [
            replace(context.input_probe(f"{name} {n}", value, **{name: n}), expect=Expect.EITHER)
            for name in sized
            for n in (length, length - 1)
            if n > 0 and context.can_send(value, **{name: n})
        ]
        return [result, *await send_concurrently(send, sized_probes)]

    @judges_all("200 or a 4xx; for the native length, the same vector as by default")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield from filter(None, map(meets_expectation, results))
        read = [
            (result, found[0]) for result in results if (found := context.answers.of(result.exchange).vectors)
        ]
        if not read:
            raise NothingToJudge("the response to the text has no vector that can be compared")
        if len(results) < 2:
            raise NotObservable("the native length is above the limit of the contract, or the declared one")
        whole = read[0][1]
        for result, vector in read[1:]:
            if vector.size == whole.size and cosine(vector, whole) < SAME:
                expected = "the same vector as without a requested length"
                difference = describe_difference(vector, whole)
                yield evidence(result, expected, found=difference, compared=(result, read[0][0]))

    untestable = "" if sized else "the contract has no property for the length of a vector"
    return Check(
        requirement,
        (first,),
        judge,
        context.needs_of("a"),
        untestable,
        procedure=procedure,
        extra=2 * len(sized),
    )


CHECKS: Makers = {
    "meaning.native-dimensions": _native_dimensions,
    "meaning.unit-length": _unit_length,
    "meaning.prefix": _prefix,
}
