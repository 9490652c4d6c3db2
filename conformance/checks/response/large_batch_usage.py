"""Area ``response``: the token counts of batches that are so large that servers divide them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import ceil, floor, inf

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.checks.meaning.batch_sizes import ladder_batches
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, ProbeResult, judges_all
from conformance.text import counted

from .usage import no_counts

SMALLEST = 40
"""Texts of the smallest batch. ``response.usage.sums`` compares the counts of smaller ones exactly."""

STEADY = 96
"""From this number of texts on, each further text of a batch has two words, so that the counts grow evenly."""

MEASURED = 25
"""By how many texts two batches differ from which the growth is measured."""

TOLERANCE = 0.15
"""The part by which a count may differ from the one that follows from this growth."""


@dataclass(frozen=True)
class Growth:
    """The token counts of batches, by the number of texts, as the *counts* of the smaller ones let expect them."""

    counts: Mapping[int, int]

    def expected(self, size: int) -> tuple[float, float]:
        """The least and the greatest number of tokens of a batch of *size* texts, each of which has one at least."""
        smallest = min(self.counts)
        least = self.counts[smallest] + size - smallest
        begin = min((n for n in self.counts if n >= STEADY), default=size)
        end = min((n for n in self.counts if n >= begin + MEASURED), default=size)
        if not begin < end < size:
            return least, inf
        each = (self.counts[end] - self.counts[begin]) / (end - begin)
        likely = self.counts[end] + each * (size - end)
        return max(least, likely * (1 - TOLERANCE)), likely * (1 + TOLERANCE)


def _large_batches(context: Context, requirement: Requirement) -> Check:
    probes = tuple(probe for probe in ladder_batches(context) if probe.inputs >= SMALLEST)
    if len(probes) < 2:
        most = counted(context.max_texts, "text")
        missing = (
            f"it needs two batches of at least {counted(SMALLEST, 'text')}, and a batch has at most {most}"
        )
        return Check.skipped(requirement, untestable=missing)

    @judges_all("token counts that grow with the number of similar texts")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        found = {result.probe.inputs: result for result in results}
        counts = {
            n: c for n, result in found.items() if (c := context.answers.prompt_tokens(result.exchange))
        }
        if len(counts) < 2:
            raise no_counts(context, results, "fewer than two large batches have a usable prompt_tokens")
        growth = Growth(counts)
        for size in sorted(counts):
            least, most = growth.expected(size)
            if not least <= counts[size] <= most:
                smallest = min(counts)
                wanted = f"at least {ceil(least):,}" if counts[size] < least else f"at most {floor(most):,}"
                because = f"because {counted(smallest, 'text')} of the same kind have {counts[smallest]:,}"
                yield evidence(found[size], f"{wanted} prompt tokens, {because}", found=f"{counts[size]:,}")
                return

    return Check(requirement, probes, judge, context.needs_of(["a"]))


CHECKS: Makers = {"response.usage.large-batches": _large_batches}
