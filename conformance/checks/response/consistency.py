"""Area ``response``: lengths and encodings that must agree across several responses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import SameVector, compare_pairs, relation_check
from conformance.checks.valid_requests import accepted_probes
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, NothingToJudge, NotObservable, ProbeResult, judges_all
from conformance.generators.sample_texts import mixed_lengths, sample_text
from conformance.text import counted


def _constant_length(context: Context, requirement: Requirement) -> Check:
    """Compare responses to requests with the same credentials, because other credentials may select another model."""

    @judges_all("vectors of the same length in all responses to requests without dimensions")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        usual = [result for result in results if _has_usual_length(result.probe.payload, context)]
        if not usual:
            raise NotObservable("each request names a length of vectors")
        lengths = [
            (result, vectors.size)
            for result in usual
            if (vectors := context.answers.of(result.exchange).vectors) is not None
        ]
        if not lengths:
            raise NothingToJudge("no response has vectors that can be compared")
        first = {result.probe.request.headers: length for result, length in reversed(lengths)}
        for result, length in lengths:
            wanted = first[result.probe.request.headers]
            if length != wanted:
                yield evidence(
                    result, f"{counted(wanted, 'number')}, as in other responses", found=f"{length:,}"
                )

    return Check(requirement, accepted_probes(context), judge, (context.authorized_by,))


def _has_usual_length(payload: object, context: Context) -> bool:
    """Whether a request leaves the length of vectors to the server."""
    return isinstance(payload, dict) and context.roles.dimensions not in payload


def _base64_equals_float(context: Context, requirement: Requirement) -> Check:
    texts = [sample_text(40, 8), mixed_lengths(min(5, context.max_texts))]
    probes = [
        context.input_probe(
            f"{encoding} of {'a text' if isinstance(value, str) else 'a batch'}",
            value,
            **context.roles.named(encoding=encoding),
        )
        for value in texts
        for encoding in ("float", "base64")
    ]
    pairs = [SameVector(1, 0), *(SameVector(3, 2, n, n) for n in range(len(texts[1])))]
    compare = compare_pairs(pairs, "the same vector as in the response with floats")
    check = relation_check(requirement, context.answers, probes, compare, context.needs_of("a", ["a"]))

    @judges_all(compare.expected)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        accepted = [result for result in results if result.exchange.succeeded]
        if accepted and not any(context.answers.of(r.exchange).embedding is str for r in accepted):
            raise NothingToJudge("no response has a vector in base64", because_of="response.encoding")
        yield from check.judge(results)

    return replace(check, judge=judge)


CHECKS: Makers = {
    "response.constant-length": _constant_length,
    "response.base64.equals-float": _base64_equals_float,
}
