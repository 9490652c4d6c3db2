"""Area ``meaning``: batches as large as they may be, beside other properties, and vectors of the model's own length."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from conformance.checks.admitted import Makers, checks_of
from conformance.checks.context import Context, NotSupported
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.metamorphic import pairwise, relation
from conformance.checks.response_vectors import Vectors
from conformance.contract import Requirement
from conformance.engine import (
    Ask,
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    all_at_once,
    each,
)
from conformance.generators.sample_texts import equal_lengths, text
from conformance.generators.valid import depends_on_model, optional_values
from conformance.validation.embeddings import SAME, compared, cosine, same

LARGEST = "request.input.strings.max-items"
EDGES = (100, 128, 256, 512, 1024)
"""Sizes at which servers cut batches: the items on both sides of each are looked at."""

SIZE = 8
"""Numbers of a shortened vector; every model that can shorten has more."""


def size_checks(context: Context, vectors: Vectors) -> Iterator[Check]:
    """A check for each requirement on sizes and options."""
    return checks_of(CHECKS, context, vectors)


def _largest_batch(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    """The very request that shows that so many texts are accepted, so that it costs nothing more."""
    cases = context.valid.get(LARGEST, ())
    if not cases:
        return Check(requirement, (), _nothing, untestable="the contract does not bound the texts of a batch")
    largest = max(cases, key=lambda case: len(case.body))
    if lacking := context.lacking(largest):
        raise NotSupported(lacking)
    texts = json.loads(largest.body)["input"]
    beside = {0, len(texts) - 1, *(place for edge in EDGES for place in (edge - 1, edge))}
    places = sorted(place for place in beside if place < len(texts))
    singles = [
        context.relating(f"item {place} of the largest batch, alone", texts[place]) for place in places
    ]
    pairs = [(len(places), place, n, 0) for n, place in enumerate(places)]
    compare = pairwise(pairs, "the vector that its text gets alone")
    probes = [*singles, context.accepting(largest)]
    related = relation(requirement, vectors, probes, compare, context.needs_of("a", ["a"]))

    def judge(answers: Sequence[ProbeResult]) -> Iterable[Evidence]:
        if answers and answers[-1].probe == probes[-1] and answers[-1].exchange.status != 200:
            raise NothingToJudge(f"the largest batch is not accepted, which {LARGEST} is about")
        return related.judge(answers)

    return replace(related, judge=judge)


def _options(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    """A batch and its texts alone, with each optional property, and each value of an enumeration, that is claimed."""
    probes: list[Probe] = []
    pairs = []
    texts = equal_lengths(context.several(3))
    for options in _each_option(context):
        shown = ", ".join(f"{name} {value}" for name, value in options.items())
        start = len(probes)
        probes += [context.relating(f"a text alone, {shown}", t, **options) for t in texts]
        probes.append(context.relating(f"a batch, {shown}", texts, **options))
        pairs += [(start + len(texts), n, start + n, 0) for n in range(len(texts))]

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        """What the model refuses, as it may, is left out."""
        read = {answer.probe.key: vectors.of(answer) for answer in answers if answer.exchange.status == 200}
        by_key = {answer.probe.key: answer for answer in answers}
        shown = False
        for first, position, second, place in pairs:
            one, other = read.get(probes[first].key), read.get(probes[second].key)
            if one and other:
                shown = True
                if not same(one[position], other[place]):
                    expected = f"at position {position} the vector that its text gets alone"
                    found = compared(one[position], other[place])
                    yield evidence(by_key[probes[first].key], expected, found=found)
                    return
        if not shown:
            raise NothingToJudge("no batch with an optional property was answered with vectors")

    return Check(requirement, tuple(probes), judge, context.needs_of("a", ["a"]))


def _each_option(context: Context) -> Iterator[dict[str, Any]]:
    return (options for options in _all_options(context) if not context.claims.lacking(options))


def _all_options(context: Context) -> Iterator[dict[str, Any]]:
    root = context.contract.request
    for name, value in optional_values(root).items():
        for choice in root.properties[name].node.get("enum", [value]):
            yield {name: choice}
    for name, node in root.properties.items():
        if depends_on_model(node):
            yield {name: SIZE}


def _own_length(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    """Asks for as many numbers as came without being asked for, and for one less."""
    sized = [name for name, node in context.contract.request.properties.items() if depends_on_model(node)]
    value = text(85, 6)
    if lacking := context.claims.lacking(dict.fromkeys(sized, 1)):
        raise NotSupported(lacking)
    first = context.relating("a text", value, occurrence="own length")

    async def conduct(ask: Ask, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
        (answer,) = await all_at_once(ask, probes)
        found = vectors.of(answer)
        if not found:
            return [answer]
        length = found[0].size
        asked = [
            replace(context.relating(f"{name} {n}", value, **{name: n}), expect=Expect.EITHER)
            for name in sized
            for n in (length, length - 1)
            if n > 0 and not context.claims.lacking({name: n})
        ]
        return [answer, *await all_at_once(ask, asked)]

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield from each(meets_expectation)(answers)
        read = [(answer, found[0]) for answer in answers if (found := vectors.of(answer))]
        if not read:
            raise NothingToJudge("the text was answered without a vector that can be measured")
        if len(answers) < 2:
            raise NotObservable("the target claims no length as large as its own")
        whole = read[0][1]
        for answer, vector in read[1:]:
            if vector.size == whole.size and cosine(vector, whole) < SAME:
                yield evidence(
                    answer, "the vector that comes without asking for a length", found=compared(vector, whole)
                )

    untestable = "" if sized else "the contract has no property that asks for a length"
    return Check(
        requirement,
        (first,),
        judge,
        context.needs_of("a"),
        untestable,
        conduct=conduct,
        extra=2 * len(sized),
    )


def _nothing(_: Sequence[ProbeResult]) -> Sequence[Evidence]:
    return ()


CHECKS: Makers = {
    "meaning.batch.largest": _largest_batch,
    "meaning.batch.options": _options,
    "meaning.native-dimensions": _own_length,
}
