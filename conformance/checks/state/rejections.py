"""Area ``state``: requests that a target rejects do not affect the vectors of later requests."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import SameVector, compare_pairs, judge_relation
from conformance.checks.turns import Turn
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    FaultKind,
    ProbeResult,
    judges_all,
    send_in_sequence,
)
from conformance.generators.sample_texts import sample_text
from conformance.validation.violation import first_of

COUNT = "response.count"
"""The requirement that a response has one vector for each input, also for arrays of tokens."""

OUT_OF_VOCABULARY = (-1, 2**31 - 1, 2**32 - 2, 2**63)
"""Token ids that no vocabulary has; each has crashed a real server."""


def _after_rejection(context: Context, requirement: Requirement) -> Check:
    value = sample_text(80, 6)
    rejected = [
        context.plain_probe("no credentials", Expect.REJECT, headers=context.credentials.headers(())),
        context.with_media_type("text/plain", "another media type"),
        *context.unknown_models,
        context.plain_probe("a truncated body", Expect.REJECT, body=context.plain.body[:-4]),
        context.plain_probe("an empty body", Expect.REJECT, body=b""),
        context.plain_probe(
            "an input of the wrong type",
            Expect.REJECT,
            body=context.plain_body(**context.roles.named(texts={})),
        ),
    ]
    probes = [context.input_probe("a valid request", value, occurrence="before")]
    for number, probe in enumerate(rejected):
        after = context.input_probe("the valid request after a rejected one", value, occurrence=number)
        probes += [replace(probe, occurrence="state"), after]
    count = len(rejected) + 1
    compare = compare_pairs(
        [SameVector(n, 0) for n in range(1, count)], "the same vector as before the rejected requests"
    )
    judge_valid = judge_relation(context.answers, count, compare)

    @judges_all(compare.expected)
    def judge(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
        return judge_valid([result for result in results if result.probe.expect is Expect.ACCEPT])

    return Check(
        requirement,
        tuple(probes),
        judge,
        context.needs_of("a"),
        procedure=send_in_sequence,
        observes=FaultKind.AFTER_REJECTION,
        last=Turn.AFTER_REJECTION,
    )


def _out_of_vocabulary(context: Context, requirement: Requirement) -> Check:
    values = (sample_text(84, 6), [97, 98, 99])
    before, after = (
        [context.input_probe(f"valid input {when} unknown tokens", v, occurrence=when) for v in values]
        for when in ("before", "after")
    )
    unknown = [
        replace(context.input_probe(description, tokens), expect=Expect.EITHER)
        for number in OUT_OF_VOCABULARY
        for description, tokens in (
            (f"the token {number}", [97, number]),
            (f"the token {number}, nested", [[97, number]]),
        )
    ]
    same_as_before = compare_pairs([SameVector(2, 0), SameVector(3, 1)], "the same vector as before")
    judge_valid = judge_relation(context.answers, 4, same_as_before)
    answers = context.answers

    def judge_unknown(results: Sequence[ProbeResult], usual: Collection[str]) -> Iterator[Evidence]:
        """A success must be valid. What *usual* responses violate too belongs to other requirements."""
        for result in results:
            problem = meets_expectation(result)
            if problem is None and result.exchange.succeeded:
                found = answers.of(result.exchange).violations
                must = first_of(v for id, v in found.items() if id not in usual)
                problem = evidence(result, must.expectation, found=must.found) if must else None
            if problem is not None:
                yield problem

    @judges_all("200 or a 4xx for unknown tokens, and afterwards the same vectors as before")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        valid = {probe.key for probe in (*before, *after)}
        of_valid = [result for result in results if result.probe.key in valid]
        usual = {id for result in of_valid for id in answers.of(result.exchange).violations}
        yield from judge_unknown([result for result in results if result.probe.key not in valid], usual)
        yield from judge_valid(of_valid)

    needs = (*context.needs_of("a", [97], [[97]]), COUNT)
    return Check(requirement, (*before, *unknown, *after), judge, needs, procedure=send_in_sequence)


CHECKS: Makers = {
    "state.after-rejection": _after_rejection,
    "state.out-of-vocabulary": _out_of_vocabulary,
}
