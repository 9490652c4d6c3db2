"""Area ``state``: what one request leaves behind for the next, and what many at once do to each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial

from conformance.contract import Requirement
from conformance.engine import (
    Answer,
    Ask,
    Check,
    Evidence,
    Expect,
    NotShown,
    Probe,
    all_at_once,
    each,
    one_by_one,
)
from conformance.payload.relations import ENCODINGS, inputs
from conformance.probes.texts import SIX_LETTERS, equal_lengths, mixed_lengths, text

from .admitted import if_admitted
from .context import Context
from .judges import evidence, first_embedding, meets_contract, meets_expectation
from .relation import Found, differing, judge_relation, pairwise, relation
from .vectors import Vector, Vectors, cosine

AT_ONCE = 12
"""Texts alone, and as many in batches of BATCH, that are under way together."""

BATCH = 3
OVERLAP = 4
"""Different texts before they are sent again: both different and equal requests are to be under way at once."""

APART = 0.3
"""How much nearer two nearly equal texts are in one model than in two, as a difference of cosines."""

OUT_OF_VOCABULARY = (-1, 2**31 - 1, 2**32 - 2, 2**63)
"""Token ids that no vocabulary has; each has brought a server down."""

EMBEDDINGS = tuple(kind for kinds, _ in ENCODINGS.values() for kind in kinds)


def state_checks(context: Context, vectors: Vectors) -> Iterator[Check]:
    """A check for each requirement on state."""
    for id, make in CHECKS.items():
        requirement = context.contract.catalogue.get(id)
        if requirement is not None:
            yield if_admitted(requirement, partial(make, context, vectors, requirement))


def _concurrent(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    values = _at_once(context)
    alone = [context.relating("a request alone", value, occurrence="alone") for value in values]
    places = [
        (place, occurrence)
        for start in range(0, len(values), OVERLAP)
        for occurrence in ("burst", "again")
        for place in range(start, min(start + OVERLAP, len(values)))
    ]
    burst = [
        context.relating("a request among many at once", values[place], occurrence=occurrence)
        for place, occurrence in places
    ]

    async def conduct(ask: Ask, probes: Sequence[Probe]) -> Sequence[Answer]:
        first = await one_by_one(ask, probes[: len(alone)])
        return [*first, *await all_at_once(ask, probes[len(alone) :])]

    pairs = [
        (len(alone) + n, position, place, position)
        for n, (place, _) in enumerate(places)
        for position in range(inputs(values[place]) or 0)
    ]
    compare = pairwise(pairs, "the vector that its text gets when no other request is under way")
    needs = context.needs_of("a", ["a"])
    return relation(requirement, vectors, [*alone, *burst], compare, needs, conduct)


def _at_once(context: Context) -> list[str | list[str]]:
    """Texts and small batches, all different."""
    size = min(BATCH, context.most_texts)
    others = equal_lengths(AT_ONCE)
    return [*mixed_lengths(AT_ONCE), *(others[start : start + size] for start in range(0, AT_ONCE, BATCH))]


def _after_refusal(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    value = text(80, 6)
    refused = [
        context.plain_probe("a body cut off", Expect.REFUSE, body=context.plain.body[:-4]),
        context.plain_probe("an empty body", Expect.REFUSE, body=b""),
        context.plain_probe("an input of the wrong type", Expect.REFUSE, body=context.changed(input={})),
    ]
    probes = [context.relating("a valid request", value, occurrence="before")]
    for number, bad in enumerate(refused):
        after = context.relating("the valid request after a refused one", value, occurrence=number)
        probes += [replace(bad, occurrence="state"), after]
    count = len(refused) + 1
    compare = pairwise([(n, 0, 0, 0) for n in range(1, count)], "the vector from before the refusals")
    compared_valid = judge_relation(vectors, count, compare)

    def judge(answers: Sequence[Answer]) -> Iterable[Evidence]:
        return compared_valid([answer for answer in answers if answer.probe.expect is Expect.ACCEPT])

    return Check(requirement, tuple(probes), judge, context.needs_of("a"), conduct=one_by_one)


def _cache_of_encodings(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    value = text(81, 6)
    encodings = ("float", "base64", "float", "base64")
    probes = [
        context.relating(
            f"encoding_format {encoding}", value, encoding_format=encoding, occurrence=("state", n)
        )
        for n, encoding in enumerate(encodings)
    ]

    compare = pairwise([(n, 0, 0, 0) for n in (1, 2, 3)], "the vector of the first answer")
    compared_vectors = judge_relation(vectors, len(probes), compare)

    def judge(answers: Sequence[Answer]) -> Iterator[Evidence]:
        for answer, encoding in zip(answers, encodings, strict=False):
            kinds, expected = ENCODINGS[encoding]
            embedding = first_embedding(answer.exchange)
            if isinstance(embedding, EMBEDDINGS) and not isinstance(embedding, kinds):
                yield evidence(answer, expected, found=type(embedding).__name__)
        yield from compared_vectors(answers)

    return Check(requirement, tuple(probes), judge, context.needs_of("a"), conduct=one_by_one)


def _cache_of_dimensions(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    value, sizes = text(82, 6), (None, 8, 16, None, 8)
    probes = [
        context.relating(
            f"dimensions {size}" if size else "no dimensions",
            value,
            occurrence=("state", n),
            **({"dimensions": size} if size else {}),
        )
        for n, size in enumerate(sizes)
    ]

    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Found]:
        for place, size in enumerate(sizes):
            wanted = size or read[0][0].size
            if read[place][0].size != wanted:
                yield place, f"{wanted} numbers", f"{read[place][0].size}"
                return
        yield from pairwise([(3, 0, 0, 0), (4, 0, 1, 0)], "the vector of the same request before")(read)

    return relation(requirement, vectors, probes, compare, context.needs_of("a"), one_by_one)


def _cache_of_models(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
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
            raise NotShown(f"nothing tells the model {other} from {context.model} here")
        yield from differing([(0, 3)], f"another vector from the model {other}")(read)
        yield from pairwise([(4, 0, 0, 0)], "the vector of the first answer")(read)

    return relation(requirement, vectors, probes, compare, context.needs_of("a"), one_by_one)


def _out_of_vocabulary(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    value = text(84, 6)
    before = context.relating("a valid text", value, occurrence="before")
    after = context.relating("the valid text after tokens out of the vocabulary", value, occurrence="after")
    unknown = [
        replace(context.relating(description, tokens), expect=Expect.EITHER)
        for number in OUT_OF_VOCABULARY
        for description, tokens in (
            (f"the token {number}", [97, number]),
            (f"the token {number}, nested", [[97, number]]),
        )
    ]
    same_as_before = pairwise([(1, 0, 0, 0)], "the vector from before")
    valid_stay, single = judge_relation(vectors, 2, same_as_before), each(meets_contract(context.contract))

    def judge(answers: Sequence[Answer]) -> Iterator[Evidence]:
        own = {before.key, after.key}
        yield from single([answer for answer in answers if answer.probe.key not in own])
        yield from valid_stay([answer for answer in answers if answer.probe.key in own])

    needs = context.needs_of("a", [97], [[97]])
    return Check(requirement, (before, *unknown, after), judge, needs, conduct=one_by_one)


CHECKS: dict[str, Callable[[Context, Vectors, Requirement], Check]] = {
    "state.concurrent": _concurrent,
    "state.after-refusal": _after_refusal,
    "state.cache.encodings": _cache_of_encodings,
    "state.cache.dimensions": _cache_of_dimensions,
    "state.cache.models": _cache_of_models,
    "state.out-of-vocabulary": _out_of_vocabulary,
}
