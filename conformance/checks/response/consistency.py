"""Area ``response``: lengths and encodings that must agree across several responses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.checks.meaning.batch_sizes import compared_positions, divided_batch
from conformance.checks.metamorphic import SameVector, compare_pairs, relation_check
from conformance.checks.valid_requests import accepted_probes
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, NothingToJudge, NotObservable, ProbeResult, judges_all
from conformance.generators.sample_texts import mixed_lengths, sample_text
from conformance.text import counted

EQUAL = "the same vector as in another encoding"


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
    """Compare a text, a small batch, and a batch that servers divide. The last one is a request of other checks too."""
    floats, base64 = (context.roles.named(encoding=encoding) for encoding in ("float", "base64"))
    text, batch, large = sample_text(40, 8), mixed_lengths(min(5, context.max_texts)), divided_batch(context)
    of_large = f"a batch of {counted(len(large), 'text')}"
    small_probes = [
        context.input_probe("float of a text", text, **floats),
        context.input_probe("base64 of a text", text, **base64),
        context.input_probe("float of a batch", batch, **floats),
        context.input_probe("base64 of a batch", batch, **base64),
    ]
    large_probes = [
        context.input_probe(of_large, large),
        context.input_probe(f"base64 of {of_large}", large, **base64),
    ]
    in_small = [SameVector(1, 0), *(SameVector(3, 2, n, n) for n in range(len(batch)))]
    in_large = [SameVector(1, 0, n, n) for n in compared_positions(len(large))]
    small, divided = (
        relation_check(
            requirement, context.answers, probes, compare_pairs(pairs, EQUAL), context.needs_of("a", ["a"])
        )
        for probes, pairs in ((small_probes, in_small), (large_probes, in_large))
    )

    @judges_all(EQUAL)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        accepted = [result for result in results if result.exchange.succeeded]
        if accepted and not any(context.answers.of(r.exchange).embedding is str for r in accepted):
            raise NothingToJudge("no response has a vector in base64", because_of="response.encoding")
        of_probe = {result.probe.key: result for result in results}
        yield from small.judge([of_probe[p.key] for p in small_probes if p.key in of_probe])
        found = [of_probe[p.key] for p in large_probes if p.key in of_probe]
        if found and found[0].probe.key == large_probes[0].key and found[0].exchange.succeeded:
            yield from divided.judge(found)

    reduced = replace(small, judge=judge)
    return replace(reduced, probes=(*small_probes, *large_probes), reduced=reduced)


CHECKS: Makers = {
    "response.constant-length": _constant_length,
    "response.base64.equals-float": _base64_equals_float,
}
