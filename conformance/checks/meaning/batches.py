"""Area ``meaning``: a text has the same vector in a batch as in a request with only this text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from random import Random
from typing import Any

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Maker, Makers
from conformance.checks.metamorphic import SameVector, compare_pairs, relation_check
from conformance.checks.not_sent import NotSupported
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, NothingToJudge, Probe, ProbeResult, judges_all
from conformance.generators.sample_texts import equal_lengths, mixed_lengths
from conformance.generators.valid import optional_values
from conformance.text import counted
from conformance.validation.embeddings import describe_difference, same_vector

from .batch_sizes import AS_ALONE, largest_batches, largest_id

SMALL_BATCHES = (2, 3, 17)

REDUCED = 4
"""Texts of the reduced checks, in one batch."""

SPLITS = (100, 128, 256, 512, 1000, 1024)
"""Sizes at which servers split batches: the first item after each is compared."""

NEAR_END = 4
"""The last items of the largest batch, which are compared."""

SIZE = 8
"""Length of a shortened vector; the vectors of every model that can shorten are longer."""


def _single_item(context: Context, requirement: Requirement) -> Check:
    if not context.contract.takes_single_texts:
        return Check.skipped(requirement, untestable="the contract allows no text outside of an array")
    probes = [
        probe
        for value in equal_lengths(2)
        for probe in (
            context.input_probe("a text as a string", value),
            context.input_probe("a text in an array", [value]),
        )
    ]
    compare = compare_pairs(
        [SameVector(1, 0), SameVector(3, 2)], "the same vector as for the text as a string"
    )
    return relation_check(requirement, context.answers, probes, compare, context.needs_of("a", ["a"]))


def _small_batches(texts: Sequence[str]) -> Maker:
    def make(context: Context, requirement: Requirement) -> Check:
        reduced = _of_sizes(context, requirement, texts[:REDUCED], [REDUCED])
        return replace(_of_sizes(context, requirement, texts, SMALL_BATCHES), reduced=reduced)

    return make


def _of_sizes(
    context: Context, requirement: Requirement, texts: Sequence[str], wanted: Sequence[int]
) -> Check:
    """Compare each text alone with batches of the first *texts*, of the *wanted* sizes within the limits."""
    sizes = sorted({context.batch_size(size) for size in wanted})
    batches = [
        context.input_probe(f"a batch of {counted(size, 'text')}", list(texts[:size])) for size in sizes
    ]
    pairs = [SameVector(len(texts) + n, i, index=i) for n, size in enumerate(sizes) for i in range(size)]
    probes = [*context.each_alone(texts), *batches]
    compare = compare_pairs(pairs, AS_ALONE)
    return relation_check(requirement, context.answers, probes, compare, context.needs_of("a", ["a"]))


def _largest_batch(context: Context, requirement: Requirement) -> Check:
    """Compare items of the requests that test the contract's limit, so that they are sent only once."""
    largest = largest_id(context)
    cases = context.valid.get(largest, ())
    if not cases:
        missing = "the contract does not limit the number of texts in a batch"
        return Check.skipped(requirement, untestable=missing)
    for case in cases:
        if lacking := context.missing(case):
            raise NotSupported(lacking)
    batches = largest_batches(context)
    texts = context.roles.texts_of(batches[-1].payload)
    after_splits = (split for split in SPLITS if split < len(texts))
    indices = sorted({0, *after_splits, *range(max(0, len(texts) - NEAR_END), len(texts))})
    alone = [context.input_probe(f"item {n} of the largest batch, alone", texts[n]) for n in indices]
    pairs = [
        SameVector(number, n, index=index)
        for number, batch in enumerate(batches, len(indices))
        for n, index in enumerate(indices)
        if index < batch.inputs
    ]
    compare = compare_pairs(pairs, AS_ALONE)
    needs = context.needs_of("a", ["a"])
    same_as_alone = relation_check(requirement, context.answers, [*alone, *batches], compare, needs)

    @judges_all(same_as_alone.expected)
    def judge(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
        if any(result.probe in batches and not result.exchange.succeeded for result in results):
            raise NothingToJudge(f"the largest batch is not accepted; see {largest}", because_of=largest)
        return same_as_alone.judge(results)

    return replace(same_as_alone, judge=judge)


def _options(context: Context, requirement: Requirement) -> Check:
    """Compare a batch with its texts alone, for each supported optional property and each value of an enumeration."""
    probes: list[Probe] = []
    pairs: list[SameVector] = []
    texts = equal_lengths(context.batch_size(3))
    for options in _supported_options(context):
        shown = ", ".join(f"{name} {value}" for name, value in options.items())
        start = len(probes)
        probes += [context.input_probe(f"a text alone, {shown}", value, **options) for value in texts]
        probes.append(context.input_probe(f"a batch, {shown}", texts, **options))
        pairs += [SameVector(start + len(texts), start + n, index=n) for n in range(len(texts))]
    if not probes:
        return Check.skipped(requirement, untestable="the contract has no optional property")

    @judges_all(AS_ALONE)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        """Ignore what the model rejects, as it may."""
        read = {
            result.probe.key: context.answers.of(result.exchange).vectors
            for result in results
            if result.exchange.succeeded
        }
        by_key = {result.probe.key: result for result in results}
        observed = False
        for pair in pairs:
            batch, alone = read.get(probes[pair.result].key), read.get(probes[pair.reference].key)
            if batch and alone:
                observed = True
                if not same_vector(batch[pair.index], alone[0]):
                    expected = f"at position {pair.index} {AS_ALONE}"
                    found = describe_difference(batch[pair.index], alone[0])
                    compared = [by_key[probes[n].key] for n in (pair.result, pair.reference)]
                    yield evidence(compared[0], expected, found=found, compared=compared)
                    return
        if not observed:
            raise NothingToJudge("no response to a batch with an optional property has usable vectors")

    return Check(requirement, tuple(probes), judge, context.needs_of("a", ["a"]))


def _supported_options(context: Context) -> Iterator[dict[str, Any]]:
    return (options for options in _options_of(context) if not context.capabilities.missing(options))


def _options_of(context: Context) -> Iterator[dict[str, Any]]:
    root = context.contract.form
    for name, value in optional_values(context.contract).items():
        for choice in root.properties[name].enumerated or [value]:
            yield {name: choice}
    for name in context.sized_properties:
        yield {name: SIZE}


def _permutation(context: Context, requirement: Requirement) -> Check:
    texts = mixed_lengths(context.batch_size(9))
    order = Random(9).sample(range(len(texts)), len(texts))
    probes = [
        context.input_probe("a batch of texts", texts),
        context.input_probe("the same batch in another order", [texts[index] for index in order]),
    ]
    pairs = [SameVector(1, 0, index=n, reference_index=index) for n, index in enumerate(order)]
    compare = compare_pairs(pairs, "the same vector as for this text in the other order")
    return relation_check(requirement, context.answers, probes, compare, context.needs_of(["a"]))


CHECKS: Makers = {
    "meaning.single-item": _single_item,
    "meaning.batch.equal-lengths": _small_batches(equal_lengths(17)),
    "meaning.batch.mixed-lengths": _small_batches(mixed_lengths(17)),
    "meaning.batch.largest": _largest_batch,
    "meaning.batch.options": _options,
    "meaning.permutation": _permutation,
}
