"""Area ``meaning``: arrays of tokens, compared with each other and with the text of the same tokens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import SameVector, compare_pairs, relation_check
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Expect, NothingToJudge, NotObservable, ProbeResult, judges_all
from conformance.generators.sample_texts import equal_lengths
from conformance.text import counted
from conformance.validation.embeddings import identical_vectors

KNOWN = range(97, 123)
"""Token ids that every vocabulary has."""

WORD = (104, 111, 117, 115, 101)
"""Several known ids, because sentence models return similar vectors for single tokens."""

OFFSETS = (20 * 2**8, 2**15, 2**16)
"""Added to an id, these give an id with the same lowest 8, 15 or 16 bits; the first is a word in most vocabularies."""


def _batch(context: Context, requirement: Requirement) -> Check:
    """Send arrays of different lengths, because servers pad them."""
    random = Random("tokens")
    arrays = [random.choices(KNOWN, k=length) for length in (3, 24, 1, 9)]
    probes = [
        context.input_probe(f"an array of {counted(len(tokens), 'token')}", tokens) for tokens in arrays
    ]
    batch = context.input_probe("a batch of these arrays", arrays)
    pairs = [SameVector(len(arrays), n, index=n) for n in range(len(arrays))]
    compare = compare_pairs(pairs, "the same vector as in a request with only this array")
    return relation_check(
        requirement, context.answers, [*probes, batch], compare, context.needs_of([97], [[97]])
    )


def _different(context: Context, requirement: Requirement) -> Check:
    """Send ids that are equal in their lower bits; a target may reject those that its vocabulary does not have."""
    first = context.input_probe("some tokens", list(WORD))
    others = (context.input_probe(f"the same tokens plus {n}", [id + n for id in WORD]) for n in OFFSETS)
    probes = (first, *(replace(probe, expect=Expect.EITHER) for probe in others))

    @judges_all("different vectors for token ids that are equal in their lower bits, or a 4xx")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield from filter(None, map(meets_expectation, results))
        read = [
            (result, found[0]) for result in results if (found := context.answers.of(result.exchange).vectors)
        ]
        if not read or read[0][0].probe.key != first.key:
            raise NothingToJudge(f"the response to {first.description} has no vector that can be compared")
        if len(read) == 1:
            raise NotObservable("the server's vocabulary has none of the larger ids that were sent")
        for result, vector in read[1:]:
            if identical_vectors(vector, read[0][1]):
                yield evidence(result, "a different vector", found=f"the vector of {first.description}")

    return Check(requirement, probes, judge, context.needs_of([97]))


def _text(context: Context, requirement: Requirement) -> Check:
    tokenize = context.tokenize
    if tokenize is None:
        return Check.skipped(requirement, untestable="it needs the server's tokenizer (option tokenizer)")
    texts = equal_lengths(context.batch_size(3))
    tokens = [tokenize(text) for text in texts]
    probes = [
        *(context.input_probe("a text", text) for text in texts),
        context.input_probe("the tokens of a text", tokens[0]),
        context.input_probe("a batch of the tokens of texts", tokens),
    ]
    count = len(texts)
    pairs = [SameVector(count, 0), *(SameVector(count + 1, n, index=n) for n in range(count))]
    compare = compare_pairs(pairs, "the same vector as for the text")
    return relation_check(requirement, context.answers, probes, compare, context.needs_of("a", [97], [[97]]))


CHECKS: Makers = {
    "meaning.batch.tokens": _batch,
    "meaning.different.tokens": _different,
    "meaning.tokens": _text,
}
