"""Area ``meaning``: batches of all small sizes, and of sizes near those at which servers usually divide a batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Maker, Makers
from conformance.checks.metamorphic import SameVector, compare_pairs, relation_check
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, NothingToJudge, Probe, ProbeResult, judges_all
from conformance.generators.case import input_count
from conformance.generators.sample_texts import SIX_CHARACTER_WORDS, short_texts
from conformance.text import counted

AS_ALONE = "the vector that the same text has in a request with only this text"

BORDERS = (8, 16, 32, 64, 100, 128, 256, 512, 1000)
"""Sizes at which servers split batches. The contract's limit and a declared one are borders too."""

SMALL = range(2, 21)
"""Sizes that are all tried: servers compile, pad or route batches by their size."""

ROUND = (24, 25, 40, 48, 50, 96, 200, 250, 500)
"""Sizes that clients use, and that are not near a border."""

MOST_DECLARED = 4 * BORDERS[-1]
"""A declared limit above this gets no batch of its own."""

REMAINDER = 5
"""The texts in the last part of a batch of two full parts."""

MOST_WITH_REMAINDER = 256
"""Larger borders get no batch of their own: 2 x 256 + 5 is 512 + 5, and the largest batches have parts of all sizes."""

DIVIDED = 257
"""A batch that servers divide, and that is also sent with other options."""

NEAR_END = 6
"""The last positions of a batch, which are compared."""

COMPARED = SIX_CHARACTER_WORDS[::5][:16]
"""The texts at the compared positions. All batches share them, so that few requests for single texts are needed."""

REDUCED = (COMPARED[0], COMPARED[NEAR_END - 1], COMPARED[NEAR_END])
"""Compared texts of a reduced check: one near the end, the last one, and the first one."""

LARGE = 100
"""The most texts in the large batch of a reduced check."""

SAMPLED = 12
"""A reduced check has one of so many small batches."""


def compared_positions(size: int) -> Sequence[int]:
    """The positions of a batch that are compared: the last ones, the first, and the first after each border."""
    after_borders = (border for border in reversed(BORDERS) if border < size)
    positions = (*range(max(0, size - NEAR_END), size), 0, *after_borders)
    return list(dict.fromkeys(positions))[: len(COMPARED)]


def batch_of(size: int) -> list[str]:
    """A batch of *size* different texts, with one of COMPARED at each compared position."""
    texts = list(islice(short_texts(), size))
    for number, position in enumerate(compared_positions(size), size):
        texts[position] = COMPARED[number % len(COMPARED)]
    return texts


def sizes_of(context: Context) -> Sequence[int]:
    """The sizes of the batches, at least one. Others that are sent for the contract's limit are left out.

    Raises NotSupported without batches.
    """
    most = context.batch_size(context.max_texts)
    sizes = {*SMALL, *ROUND, *(size for border in BORDERS for size in (border - 1, border, border + 1))}
    sizes |= {2 * border + REMAINDER for border in BORDERS if border <= MOST_WITH_REMAINDER}
    sizes |= {most - 1, most} if most <= MOST_DECLARED else set()
    sizes -= {probe.inputs for probe in largest_batches(context)}
    return sorted(size for size in sizes if 1 < size <= most) or [most]


def largest_batches(context: Context) -> list[Probe]:
    """The batches that test the contract's limit, the largest one last; none if they are over a declared limit."""
    cases = context.supported(context.valid.get(largest_id(context), ()))
    by_size = sorted(cases, key=lambda case: input_count(case.body, context.roles))
    return [context.valid_case_probe(case) for case in by_size]


def largest_id(context: Context) -> str:
    """The id of the requirement on the largest number of texts in a batch; empty without such a limit."""
    limited = (form for form in context.contract.batches_of_texts if "maxItems" in form.node)
    return next((form.id_of("maxItems") for form in limited), "")


def divided_batch(context: Context) -> list[str]:
    """The texts of the batch of DIVIDED texts, or of the largest one below. Raises NotSupported without batches."""
    sizes = sizes_of(context)
    return batch_of(max((size for size in sizes if size <= DIVIDED), default=sizes[0]))


def ladder_batches(context: Context) -> list[Probe]:
    """The batches of different texts that are compared, of all sizes. Raises NotSupported without batches."""
    return _batches(context, sizes_of(context))


def _batches(context: Context, sizes: Sequence[int]) -> list[Probe]:
    return [context.input_probe(f"a batch of {counted(size, 'text')}", batch_of(size)) for size in sizes]


def _as_alone(*, large: bool) -> Maker:
    """Compare the larger half of the batches that are not small, or all others."""

    def make(context: Context, requirement: Requirement) -> Check:
        every = sizes_of(context)
        small = sum(size in SMALL for size in every)
        half = small + (len(every) - small) // 2 if small < len(every) else small // 2
        sizes = every[half:] if large else every[:half] or every
        few = [max(size for size in sizes if size <= max(LARGE, sizes[0]))] if large else sizes[::SAMPLED]
        check = _of_sizes(context, requirement, sizes, COMPARED)
        return replace(check, reduced=_of_sizes(context, requirement, few, REDUCED))

    return make


def _of_sizes(
    context: Context, requirement: Requirement, sizes: Sequence[int], texts: Sequence[str]
) -> Check:
    """Compare *texts*, each alone, with the batches of these *sizes* that have them."""
    probes = [*context.each_alone(texts), *_batches(context, sizes)]
    pairs = [
        SameVector(number, texts.index(batch[position]), index=position)
        for number, batch in enumerate(map(batch_of, sizes), len(texts))
        for position in compared_positions(len(batch))
        if batch[position] in texts
    ]
    compare = compare_pairs(pairs, AS_ALONE)
    return relation_check(requirement, context.answers, probes, compare, context.needs_of("a", ["a"]))


def _distinct(context: Context, requirement: Requirement) -> Check:
    """Compare all vectors of each batch with each other. Digests find only exact copies, so noise does not matter."""
    probes = (*ladder_batches(context), *largest_batches(context))
    few = [batch for batch in probes if batch.inputs <= max(LARGE, probes[0].inputs)][-1:]

    @judges_all("no two equal vectors in a batch of different texts")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        judged = False
        for result in results:
            vectors = context.answers.of(result.exchange).vectors
            if vectors is None:
                continue
            judged = True
            texts = context.roles.texts_of(result.probe.payload)
            for position, earlier in islice(_copies(vectors.digests, texts), 1):
                expected = f"at position {position} another vector than at position {earlier}"
                yield evidence(result, expected, found="the same vector")
        if not judged:
            raise NothingToJudge("no response to a batch has vectors that can be compared")

    check = Check(requirement, probes, judge, context.needs_of(["a"]))
    return replace(check, reduced=replace(check, probes=tuple(few)))


def _copies(digests: Sequence[int], texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Positions with the vector of an earlier position, and that position.

    Texts of the same characters may have the same vector: some models ignore the order.
    """
    first: dict[int, int] = {}
    for position, digest in enumerate(digests):
        earlier = first.setdefault(digest, position)
        if sorted(texts[earlier]) != sorted(texts[position]):
            yield position, earlier


CHECKS: Makers = {
    "meaning.batch.sizes": _as_alone(large=False),
    "meaning.batch.large": _as_alone(large=True),
    "meaning.batch.distinct": _distinct,
}
