"""Area ``state``: what one request leaves behind for the next, and what many at once do to each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from conformance.checks.admitted import Makers, checks_of
from conformance.checks.context import Context
from conformance.checks.judges import meets_contract
from conformance.checks.metamorphic import judge_relation, pairwise, relation
from conformance.checks.response_vectors import Vectors
from conformance.contract import Requirement
from conformance.engine import Ask, Check, Evidence, Expect, Probe, ProbeResult, all_at_once, each, one_by_one
from conformance.generators.sample_texts import equal_lengths, mixed_lengths, text
from conformance.validation.semantic_rules import inputs

AT_ONCE = 12
"""Texts alone, and as many in batches of BATCH, that are under way together."""

BATCH = 3
OVERLAP = 4
"""Different texts before they are sent again: both different and equal requests are to be under way at once."""

COUNT = "response.count"
"""That an array of tokens gets one vector at all."""

OUT_OF_VOCABULARY = (-1, 2**31 - 1, 2**32 - 2, 2**63)
"""Token ids that no vocabulary has; each has brought a server down."""


def state_checks(context: Context, vectors: Vectors) -> Iterator[Check]:
    """A check for each requirement on state."""
    return checks_of(CHECKS, context, vectors)


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

    async def conduct(ask: Ask, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
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
        context.plain_probe("no credentials", Expect.REJECT, headers=context.credentials.headers(())),
        context.plain_probe("another media type", Expect.REJECT, media_type="text/plain"),
        context.unknown_model,
        context.plain_probe("a body cut off", Expect.REJECT, body=context.plain.body[:-4]),
        context.plain_probe("an empty body", Expect.REJECT, body=b""),
        context.plain_probe("an input of the wrong type", Expect.REJECT, body=context.changed(input={})),
    ]
    probes = [context.relating("a valid request", value, occurrence="before")]
    for number, bad in enumerate(refused):
        after = context.relating("the valid request after a refused one", value, occurrence=number)
        probes += [replace(bad, occurrence="state"), after]
    count = len(refused) + 1
    compare = pairwise([(n, 0, 0, 0) for n in range(1, count)], "the vector from before the refusals")
    compared_valid = judge_relation(vectors, count, compare)

    def judge(answers: Sequence[ProbeResult]) -> Iterable[Evidence]:
        return compared_valid([answer for answer in answers if answer.probe.expect is Expect.ACCEPT])

    return Check(requirement, tuple(probes), judge, context.needs_of("a"), conduct=one_by_one)


def _out_of_vocabulary(context: Context, vectors: Vectors, requirement: Requirement) -> Check:
    values = (text(84, 6), [97, 98, 99])
    before, after = (
        [context.relating(f"what is valid, {when} unknown tokens", v, occurrence=when) for v in values]
        for when in ("before", "after")
    )
    unknown = [
        replace(context.relating(description, tokens), expect=Expect.EITHER)
        for number in OUT_OF_VOCABULARY
        for description, tokens in (
            (f"the token {number}", [97, number]),
            (f"the token {number}, nested", [[97, number]]),
        )
    ]
    same_as_before = pairwise([(2, 0, 0, 0), (3, 0, 1, 0)], "the vector from before")
    valid_stay, single = judge_relation(vectors, 4, same_as_before), each(meets_contract(context.contract))

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        own = {probe.key for probe in (*before, *after)}
        yield from single([answer for answer in answers if answer.probe.key not in own])
        yield from valid_stay([answer for answer in answers if answer.probe.key in own])

    needs = (*context.needs_of("a", [97], [[97]]), COUNT)
    return Check(requirement, (*before, *unknown, *after), judge, needs, conduct=one_by_one)


CHECKS: Makers = {
    "state.concurrent": _concurrent,
    "state.after-rejection": _after_refusal,
    "state.out-of-vocabulary": _out_of_vocabulary,
}
