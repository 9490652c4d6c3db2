"""Area ``meaning``: the vector of a text does not depend on its place in the body or in the batch."""

from __future__ import annotations

from conformance.checks.context import Context
from conformance.checks.distinct import COUNT, Pair, Place, distinct_vectors, place_alone
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import Check, Expect
from conformance.generators.sample_texts import sample_text

BORDERS = tuple(1024 * 2**power for power in range(2, 9))
"""Bytes of the buffers in which servers read a body."""

BLANK = " "


def _characters(context: Context, requirement: Requirement) -> Check:
    """A text with characters of three bytes, one of which begins one byte before the end of a buffer."""
    value = "\u6cb3\u5c71" * 3 + " " + sample_text(152, 4)
    usual = place_alone(context, value)
    body = context.body_with(value)
    before = next(place for place, byte in enumerate(body) if byte > 0x7F)
    pairs = []
    for border in BORDERS:
        padded = body[:1] + b" " * (border - 1 - before) + body[1:]
        what = f"the same text after {border:,} bytes of the body"
        pairs.append(
            Pair(usual, Place(what, context.plain_probe(what, Expect.EITHER, body=padded)), equal=True)
        )
    expected = "the same vector wherever the text is in the body, or a 4xx"
    return distinct_vectors(context, requirement, expected, pairs)


def _blank(context: Context, requirement: Requirement) -> Check:
    texts = (sample_text(153, 5), BLANK, sample_text(154, 6), sample_text(155, 7))
    context.batch_size(len(texts))
    batch = place_alone(context, list(texts), either=True)
    pairs = [
        Pair(
            place_alone(context, texts[index]),
            Place(f"text {index + 1} of that batch", batch.probe, index),
            equal=True,
        )
        for index in (0, 2, 3)
    ]
    expected = "the vectors of the other texts as alone, or a 4xx"
    return distinct_vectors(context, requirement, expected, pairs, watched=(COUNT,))


CHECKS: Makers = {"meaning.characters": _characters, "meaning.batch.blank": _blank}
