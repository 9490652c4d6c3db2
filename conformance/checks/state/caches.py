"""Area ``state``: a cache gives each request the vector that it asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from conformance.checks.admitted import Makers, checks_of
from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.metamorphic import Found, differing, judge_relation, pairwise, relation
from conformance.checks.response_vectors import Vectors
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    NotObservable,
    ProbeResult,
    each,
    one_by_one,
)
from conformance.generators.sample_texts import SIX_LETTERS, text
from conformance.validation.embeddings import Vector, cosine, first_embedding
from conformance.validation.semantic_rules import ENCODINGS

APART = 0.3
"""How much nearer two nearly equal texts are in one model than in two, as a difference of cosines."""

EMBEDDINGS = tuple(kind for kinds, _ in ENCODINGS.values() for kind in kinds)


def cache_checks(context: Context, vectors: Vectors) -> Iterator[Check]:
    """A check for each requirement on caches."""
    return checks_of(CHECKS, context, vectors)


def _encodings(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    value = text(81, 6)
    encodings = ("float", "base64", "float", "base64")
    probes = [
        context.relating(
            f"encoding_format {encoding}", value, encoding_format=encoding, occurrence=("state", n)
        )
        for n, encoding in enumerate(encodings)
    ]
    unseen = [
        context.relating(f"{encoding} of a text that no cache has", text(number, 6), encoding_format=encoding)
        for number, encoding in ((88, "base64"), (89, "float"))
    ]
    asked = {
        probe.key: ENCODINGS[encoding]
        for probe, encoding in zip((*probes, *unseen), (*encodings, "base64", "float"), strict=True)
    }
    compare = pairwise([(n, 0, 0, 0) for n in (1, 2, 3)], "the vector of the first answer")
    compared_vectors = judge_relation(vectors, len(probes), compare)

    def of_another_kind(answer: ProbeResult) -> bool:
        embedding = first_embedding(answer.exchange.body)
        return isinstance(embedding, EMBEDDINGS) and not isinstance(embedding, asked[answer.probe.key][0])

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        seen, fresh = answers[: len(probes)], answers[len(probes) :]
        if any(map(of_another_kind, fresh)):
            raise NothingToJudge("encodings are not honoured, whether a cache has the text or not")
        for answer in filter(of_another_kind, seen):
            found = type(first_embedding(answer.exchange.body)).__name__
            yield evidence(answer, asked[answer.probe.key][1], found=found)
        yield from compared_vectors(seen)

    return Check(requirement, (*probes, *unseen), judge, context.needs_of("a"), conduct=one_by_one)


def _dimensions(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    value, unseen, sizes = text(82, 6), text(87, 6), (None, 8, 16, None, 8)
    probes = [
        context.relating(
            f"dimensions {size}" if size else "no dimensions",
            value,
            occurrence=("state", n),
            **({"dimensions": size} if size else {}),
        )
        for n, size in enumerate(sizes)
    ]
    probes.append(context.relating("dimensions 8 of a text that no cache has", unseen, dimensions=8))

    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Found]:
        if read[-1][0].size != 8:
            raise NothingToJudge("dimensions are not honoured, whether a cache has the text or not")
        for place, size in enumerate(sizes):
            wanted = size or read[0][0].size
            if read[place][0].size != wanted:
                yield place, f"{wanted} numbers", f"{read[place][0].size}"
                return
        yield from pairwise([(3, 0, 0, 0), (4, 0, 1, 0)], "the vector of the same request before")(read)

    return relation(requirement, vectors, probes, compare, context.needs_of("a"), one_by_one)


def _models(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    """A text that one model has embedded, asked of another.

    A target may serve one model under every name. Nearly the same text, which no cache has, tells: its vectors are near
    each other where the model is the same, and have nothing in common where it is not.
    """
    other = next((m for m in context.contract.known_models if m != context.model), None)
    if other is None:
        return Check(
            requirement, (), each(meets_expectation), untestable="the contract names no second model"
        )
    value, near, nearer = (f"{text(83, 20)} {ending}" for ending in SIX_LETTERS[:3])
    asked_other = partial(context.relating, model=other)
    probes = [
        context.relating("a text", value, occurrence="state"),
        context.relating("nearly the same text", near),
        replace(asked_other(f"nearly the same text, the model {other}", nearer), expect=Expect.EITHER),
        replace(asked_other(f"the first text, the model {other}", value), expect=Expect.EITHER),
        context.relating("the first text again", value, occurrence="state, again"),
    ]

    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Found]:
        first, beside, of_other = (answer[0] for answer in read[:3])
        if cosine(first, beside) - cosine(first, of_other) < APART:
            raise NotObservable(f"nothing tells the model {other} from {context.model} here")
        yield from differing([(0, 3)], f"another vector from the model {other}")(read)
        yield from pairwise([(4, 0, 0, 0)], "the vector of the first answer")(read)

    return relation(requirement, vectors, probes, compare, context.needs_of("a"), one_by_one)


CHECKS: Makers = {
    "state.cache.encodings": _encodings,
    "state.cache.dimensions": _dimensions,
    "state.cache.models": _models,
}
