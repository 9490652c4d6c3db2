"""Area ``meaning``: the copies of an input in a batch get the same vector."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from conformance.checks.answers import FIRST
from conformance.checks.context import Context
from conformance.checks.distinct import COUNT, Pair, Place, distinct_vectors, place_alone
from conformance.checks.makers import Makers
from conformance.checks.not_sent import NotAllowed, NotSupported
from conformance.checks.vector_options import encodings_and_sizes
from conformance.contract import Requirement
from conformance.contract.roles import MissingRole
from conformance.engine import Check
from conformance.generators.sample_texts import equal_lengths, short_texts

TOKENS: Sequence[Sequence[int]] = ([104, 111], [117, 115], [101])

COPIES = 8
"""Texts of a batch in which all are equal."""

LARGE = FIRST
"""Texts of a batch with copies that are far from each other."""


def _duplicates(context: Context, requirement: Requirement) -> Check:
    """Send the same input again soon, later and at once, in each encoding and size, as texts and as tokens."""
    texts = equal_lengths(3)
    repeated = [texts[n] for n in (0, 1, 0, 2, 2, 0)]
    batches: list[tuple[Sequence[object], dict[str, Any]]] = [
        (repeated, options) for options in ({}, *_options(context))
    ]
    tokens = [TOKENS[n] for n in (0, 1, 0, 2, 2, 0)]
    if context.can_send(tokens):
        batches += [(tokens, options) for options in ({}, *islice(_options(context), 1, 2))]
    batches += [([texts[1]] * COPIES, {}), (_large(context), {})]
    limit = context.batch_size(LARGE)
    pairs = [
        pair
        for batch, options in batches
        if len(batch) <= limit
        for pair in _copies(batch, place_alone(context, list(batch), **options))
    ]
    expected = "the same vector for each copy of an input"
    return distinct_vectors(context, requirement, expected, pairs, watched=(COUNT,))


def _options(context: Context) -> list[dict[str, Any]]:
    """The encodings and sizes besides the default."""
    try:
        return encodings_and_sizes(context)[1:]
    except (NotAllowed, NotSupported, MissingRole):
        return []


def _large(context: Context) -> list[str]:
    """Different texts, and the first of them again in the middle and at the end."""
    size = context.batch_size(LARGE)
    texts = list(islice(short_texts(), size))
    for place in (size // 2, size - 1):
        texts[place] = texts[0]
    return texts


def _copies(batch: Sequence[object], whole: Place) -> Iterator[Pair]:
    """Each copy in *batch*, with the first of the equal inputs."""
    for index, value in enumerate(batch):
        first = batch.index(value)
        if first < index:
            one, other = (Place(f"the input at position {n}", whole.probe, n) for n in (first, index))
            yield Pair(one, other, equal=True)


CHECKS: Makers = {"meaning.duplicates": _duplicates}
