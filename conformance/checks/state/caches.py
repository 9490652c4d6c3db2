"""Area ``state``: a cache does not return vectors of another encoding, length or model."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.distinct import shown_input
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import (
    Mismatch,
    SameVector,
    compare_different,
    compare_pairs,
    compares,
    judge_relation,
    relation_check,
)
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    NotObservable,
    ProbeResult,
    judges_all,
    send_in_sequence,
)
from conformance.generators.sample_texts import SIX_CHARACTER_WORDS, equal_lengths, sample_text
from conformance.text import counted
from conformance.validation.embeddings import Vector, cosine, identical_vectors
from conformance.validation.semantic_rules import ENCODINGS

BATCH = equal_lengths(12)[10:]
TOKENS = (104, 97, 114, 98, 111, 117, 114)

SAME_MODEL = 0.3
"""If two similar texts have a cosine that is higher by this in one model than across two names, the models differ."""

EMBEDDINGS = tuple(kind for kinds, _ in ENCODINGS.values() for kind in kinds)


def _encodings(context: Context, requirement: Requirement) -> Check:
    value = sample_text(81, 6)
    encodings = ("float", "base64", "float", "base64")
    repeated = [
        context.input_probe(
            f"{context.roles.encoding} {encoding}",
            value,
            occurrence=("state", n),
            **context.roles.named(encoding=encoding),
        )
        for n, encoding in enumerate(encodings)
    ]
    uncached = [
        context.input_probe(
            f"{encoding} of an uncached text",
            sample_text(number, 6),
            **context.roles.named(encoding=encoding),
        )
        for number, encoding in ((88, "base64"), (89, "float"))
    ]
    requested = {
        probe.key: ENCODINGS[encoding]
        for probe, encoding in zip((*repeated, *uncached), (*encodings, "base64", "float"), strict=True)
    }
    compare = compare_pairs([SameVector(n, 0) for n in (1, 2, 3)], "the same vector as in the first response")
    judge_vectors = judge_relation(context.answers, len(repeated), compare)

    def has_other_encoding(result: ProbeResult) -> bool:
        kind = context.answers.of(result.exchange).embedding
        return kind in EMBEDDINGS and kind not in requested[result.probe.key][0]

    @judges_all("the requested encoding, with the same vector as in the first response")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        of_repeated, of_uncached = results[: len(repeated)], results[len(repeated) :]
        if any(map(has_other_encoding, of_uncached)):
            raise NothingToJudge(
                f"the server ignores {context.roles.encoding}, for uncached texts too",
                because_of="response.encoding",
            )
        for result in filter(has_other_encoding, of_repeated):
            kind = context.answers.of(result.exchange).embedding
            found = next(phrase for kinds, phrase in ENCODINGS.values() if kind in kinds)
            yield evidence(result, requested[result.probe.key][1], found=found)
        yield from judge_vectors(of_repeated)

    return Check(
        requirement, (*repeated, *uncached), judge, context.needs_of("a"), procedure=send_in_sequence
    )


def _dimensions(context: Context, requirement: Requirement) -> Check:
    value, uncached, sizes = sample_text(82, 6), sample_text(87, 6), (None, 8, 16, None, 8)
    probes = [
        context.input_probe(
            f"{context.roles.dimensions} {size}" if size else f"no {context.roles.dimensions}",
            value,
            occurrence=("state", n),
            **(context.roles.named(dimensions=size) if size else {}),
        )
        for n, size in enumerate(sizes)
    ]
    of_uncached = context.roles.named(dimensions=8)
    probes.append(
        context.input_probe(f"{context.roles.dimensions} 8 of an uncached text", uncached, **of_uncached)
    )
    repeated = compare_pairs(
        [SameVector(3, 0), SameVector(4, 1)], "the same vector as for the earlier equal request"
    )

    @compares("the requested length, with the same vector as for an earlier equal request")
    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Mismatch]:
        if read[-1][0].size != 8:
            raise NothingToJudge(
                f"the server ignores {context.roles.dimensions}, for uncached texts too",
                because_of="response.dimensions",
            )
        for result, size in enumerate(sizes):
            wanted = size or read[0][0].size
            if read[result][0].size != wanted:
                yield Mismatch(result, counted(wanted, "number"), f"{read[result][0].size:,}")
                return
        yield from repeated(read)

    return relation_check(
        requirement, context.answers, probes, compare, context.needs_of("a"), send_in_sequence
    )


def _models(context: Context, requirement: Requirement) -> Check:
    """Request a text from one model, then from another model; and a text and a batch with a user, and a token array.

    A target may use one model for every name. Two similar texts that no cache has show this: their vectors are similar
    if the model is the same, and unrelated if not.
    """
    other = next((m for m in context.contract.known_models if m != context.model), None)
    if other is None:
        return Check.skipped(requirement, untestable="the contract names no second model")
    value, similar, similar_too = (f"{sample_text(83, 20)} {ending}" for ending in SIX_CHARACTER_WORDS[:3])
    names_other = context.roles.named(model=other)
    probes = [
        context.input_probe("a text", value, occurrence="state"),
        context.input_probe("a similar text", similar),
        *(
            replace(
                context.input_probe(f"{what}, the model {other}", sent, **names_other), expect=Expect.EITHER
            )
            for what, sent in (("a similar text", similar_too), ("the first text", value))
        ),
        context.input_probe("the first text again", value, occurrence="state, again"),
    ]
    differs = compare_different([(0, 3)], f"a different vector from the model {other}")
    unchanged = compare_pairs([SameVector(4, 0)], "the same vector as in the first response")

    @compares("a different vector from another model, and the same vector from the same model")
    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Mismatch]:
        first, same_model, other_model = (found[0] for found in read[:3])
        if cosine(first, same_model) - cosine(first, other_model) < SAME_MODEL:
            raise NotObservable(f"the server uses the same model for {other} and {context.model}")
        yield from differs(read)
        yield from unchanged(read)

    judge_texts = judge_relation(context.answers, len(probes), compare)

    @judges_all(compare.expected)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield from judge_texts(results[: len(probes)])
        rest = results[len(probes) :]
        for of_model, of_other in zip(rest[::2], rest[1::2], strict=False):
            one, two = (context.answers.of(result.exchange).vectors for result in (of_model, of_other))
            if one and two and identical_vectors(one[0], two[0]):
                yield evidence(of_other, f"a different vector from the model {other}", found="the same one")

    user = context.roles.named(user="user-1") if context.roles.user else {}
    more = [
        replace(
            context.input_probe(f"{shown_input(inputs)}{what}", inputs, **options, **model),
            expect=Expect.EITHER,
        )
        for inputs, options in ((sample_text(157, 6), user), (BATCH, user), (TOKENS, {}))
        if context.can_send(inputs, **options, **names_other)
        for what, model in (("", {}), (f", the model {other}", names_other))
    ]
    needs = context.needs_of("a")
    return Check(requirement, (*probes, *more), judge, needs, procedure=send_in_sequence)


CHECKS: Makers = {
    "state.cache.encodings": _encodings,
    "state.cache.dimensions": _dimensions,
    "state.cache.models": _models,
}
