"""Area ``meaning``: arrays of tokens, among themselves and beside the text that they are of."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from conformance.checks.admitted import Makers, checks_of
from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.metamorphic import pairwise, relation
from conformance.checks.response_vectors import Vectors
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Expect, NothingToJudge, NotObservable, ProbeResult, each
from conformance.generators.sample_texts import equal_lengths
from conformance.validation.embeddings import identical

KNOWN = range(97, 123)
"""Ids that every vocabulary has."""

WORD = (104, 111, 117, 115, 101)
"""Known ids; several, since models of sentences tell lone tokens hardly apart."""

SHIFTS = (20 * 2**8, 2**15, 2**16)
"""What makes other ids that are one with them to a server that keeps 8, 15 or 16 bits; the first are words to most."""


def token_checks(context: Context, vectors: Vectors) -> Iterator[Check]:
    """A check for each requirement on arrays of tokens."""
    return checks_of(CHECKS, context, vectors)


def _batch(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    """Arrays of different lengths, which servers pad."""
    chance = Random("tokens")
    arrays = [chance.choices(KNOWN, k=length) for length in (3, 24, 1, 9)]
    probes = [context.relating(f"an array of {len(tokens)} tokens", tokens) for tokens in arrays]
    batch = context.relating("a batch of these arrays", arrays)
    pairs = [(len(arrays), n, n, 0) for n in range(len(arrays))]
    compare = pairwise(pairs, "the vector that its array gets alone")
    return relation(requirement, vectors, [*probes, batch], compare, context.needs_of([97], [[97]]))


def _different(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    """Ids that are one in the lower bits; those that a vocabulary does not have may be refused."""
    first = context.relating("some tokens", list(WORD))
    others = (context.relating(f"tokens {shift} above them", [id + shift for id in WORD]) for shift in SHIFTS)
    probes = (first, *(replace(probe, expect=Expect.EITHER) for probe in others))

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield from each(meets_expectation)(answers)
        read = [(answer, found[0]) for answer in answers if (found := vectors.of(answer))]
        if not read or read[0][0].probe.key != first.key:
            raise NothingToJudge(f"no vector came for {first.description}")
        if len(read) == 1:
            raise NotObservable("the target's vocabulary has none of the larger ids that were sent")
        for answer, vector in read[1:]:
            if identical(vector, read[0][1]):
                yield evidence(answer, "a vector of its own", found=f"that of {first.description}")

    return Check(requirement, probes, judge, context.needs_of([97]))


def _text(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    tokenize = context.tokenize
    if tokenize is None:
        missing = "no tokenizer was named (--conformance-tokenizer)"
        return Check(requirement, (), each(meets_expectation), untestable=missing)
    texts = equal_lengths(context.several(3))
    tokens = [tokenize(text) for text in texts]
    probes = [
        *(context.relating("a text", text) for text in texts),
        context.relating("the tokens of a text", tokens[0]),
        context.relating("a batch of the tokens of texts", tokens),
    ]
    count = len(texts)
    pairs = [(count, 0, 0, 0), *((count + 1, n, n, 0) for n in range(count))]
    compare = pairwise(pairs, "the vector of the text")
    return relation(requirement, vectors, probes, compare, context.needs_of("a", [97], [[97]]))


CHECKS: Makers = {
    "meaning.batch.tokens": _batch,
    "meaning.different.tokens": _different,
    "meaning.tokens": _text,
}
