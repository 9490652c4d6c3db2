"""Area ``response``: lengths and encodings that must agree across several responses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.checks.meaning.batch_sizes import compared_positions, divided_batch
from conformance.checks.metamorphic import SameVector, compare_pairs, relation_check
from conformance.checks.not_sent import NotSupported
from conformance.checks.valid_requests import accepted_probes
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, NothingToJudge, NotObservable, Probe, ProbeResult, judges_all
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
    """Compare a text and a small batch, and a batch that servers divide if the target supports batches."""
    text, batch = sample_text(40, 8), mixed_lengths(min(5, context.max_texts))
    floats, base64 = (context.roles.named(encoding=encoding) for encoding in ("float", "base64"))
    probes = [
        context.input_probe("float of a text", text, **floats),
        context.input_probe("base64 of a text", text, **base64),
        context.input_probe("float of a batch", batch, **floats),
        context.input_probe("base64 of a batch", batch, **base64),
    ]
    pairs = [SameVector(1, 0), *(SameVector(3, 2, n, n) for n in range(len(batch)))]
    small = _same_vectors(context, requirement, probes, pairs)
    try:
        large = _large_batch_in_base64(context, requirement)
    except NotSupported:
        large = None

    @judges_all(EQUAL)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        accepted = [result for result in results if result.exchange.succeeded]
        if accepted and not any(context.answers.of(r.exchange).embedding is str for r in accepted):
            raise NothingToJudge("no response has a vector in base64", because_of="response.encoding")
        yield from small.judge(_results_of(small, results))
        found = _results_of(large, results) if large is not None else []
        if large is not None and len(found) == len(large.probes) and found[0].exchange.succeeded:
            yield from large.judge(found)

    reduced = replace(small, judge=judge)
    more = large.probes if large is not None else ()
    return replace(reduced, probes=(*small.probes, *more), reduced=reduced)


def _large_batch_in_base64(context: Context, requirement: Requirement) -> Check:
    """The batch in the default encoding is a request of other checks too. Raises NotSupported without batches."""
    texts = divided_batch(context)
    described = f"a batch of {counted(len(texts), 'text')}"
    probes = [
        context.input_probe(described, texts),
        context.input_probe(f"base64 of {described}", texts, **context.roles.named(encoding="base64")),
    ]
    pairs = [SameVector(1, 0, place, place) for place in compared_positions(len(texts))]
    return _same_vectors(context, requirement, probes, pairs)


def _same_vectors(
    context: Context, requirement: Requirement, probes: Sequence[Probe], pairs: Sequence[SameVector]
) -> Check:
    compare = compare_pairs(pairs, EQUAL)
    return relation_check(requirement, context.answers, probes, compare, context.needs_of("a", ["a"]))


def _results_of(check: Check, results: Sequence[ProbeResult]) -> list[ProbeResult]:
    """Those of *results* that are for probes of *check*, in their order."""
    by_key = {result.probe.key: result for result in results}
    return [by_key[probe.key] for probe in check.probes if probe.key in by_key]


CHECKS: Makers = {
    "response.constant-length": _constant_length,
    "response.base64.equals-float": _base64_equals_float,
}
