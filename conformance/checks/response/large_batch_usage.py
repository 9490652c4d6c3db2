"""Area ``response``: the token counts of large batches, which servers divide."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

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

MOST_GROWTH = 1.4
"""How much faster than the texts the tokens may grow, or slower.

The texts are similar. Special tokens for each text make the tokens for each text and those for each word differ, but
in opposite directions.
"""


def _large_batches(context: Context, requirement: Requirement) -> Check:
    probes = tuple(probe for probe in ladder_batches(context) if probe.inputs >= SMALLEST)
    if len(probes) < 2:
        missing = f"a batch has at most {counted(context.max_texts, 'text')}"
        return Check.skipped(requirement, untestable=missing)
    words = {probe.key: len(" ".join(context.roles.texts_of(probe.payload)).split()) for probe in probes}

    @judges_all("token counts that grow with the number of similar texts")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        counts = ((result, context.answers.prompt_tokens(result.exchange)) for result in results)
        known = [(result, count) for result, count in counts if count]
        if len(known) < 2:
            raise no_counts(context, results, "fewer than two large batches have a usable prompt_tokens")
        (smallest, first), *larger = known
        for result, count in larger:
            growths = (
                result.probe.inputs / smallest.probe.inputs,
                words[result.probe.key] / words[smallest.probe.key],
            )
            if not min(growths) / MOST_GROWTH <= count / first <= max(growths) * MOST_GROWTH:
                likely = counted(round(first * sum(growths) / 2), "token")
                expected = f"about {likely}, because {counted(smallest.probe.inputs, 'text')} have {first:,}"
                yield evidence(result, expected, found=f"{count:,}")
                return

    return Check(requirement, probes, judge, context.needs_of(["a"]))


CHECKS: Makers = {"response.usage.large-batches": _large_batches}
