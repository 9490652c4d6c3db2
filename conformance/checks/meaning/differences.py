"""Area ``meaning``: different texts have different vectors."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.checks.context import Context
from conformance.checks.makers import Maker, Makers
from conformance.checks.metamorphic import compare_different, relation_check
from conformance.contract import Requirement
from conformance.engine import Check
from conformance.generators.sample_texts import SCRIPTS, equal_lengths, sample_text

PARAGRAPH = sample_text(70, 60)


def _different(texts: Sequence[str], expected: str) -> Maker:
    def make(context: Context, requirement: Requirement) -> Check:
        pairs = [(i, j) for j in range(len(texts)) for i in range(j)]
        compare = compare_different(pairs, expected)
        return relation_check(
            requirement, context.answers, context.each_alone(texts), compare, context.needs_of("a")
        )

    return make


CHECKS: Makers = {
    "meaning.different.texts": _different(equal_lengths(6), "a different vector for each text"),
    "meaning.different.scripts": _different(SCRIPTS, "a different vector for each text"),
    "meaning.different.endings": _different(
        [f"{PARAGRAPH} {sample_text(72, 12)}", f"{PARAGRAPH} {sample_text(73, 12)}", PARAGRAPH],
        "different vectors for texts that differ only at the end",
    ),
    "meaning.different.beginnings": _different(
        [f"{sample_text(74, 12)} {PARAGRAPH}", f"{sample_text(75, 12)} {PARAGRAPH}", PARAGRAPH],
        "different vectors for texts that differ only at the beginning",
    ),
}
