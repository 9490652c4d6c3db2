"""Area ``state``: in one burst of requests at the end of the run, each gets the vector of its own text."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.checks.not_sent import NotAllowed, NotSupported
from conformance.checks.own_vectors import OWN_VECTOR, other_vector
from conformance.checks.turns import Turn
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NotObservable,
    Probe,
    ProbeResult,
    Send,
    judges_all,
    send_concurrently,
    send_in_sequence,
)
from conformance.generators.sample_texts import sample_text
from conformance.http_client import FailureKind
from conformance.validation.embeddings import Vector, same_vector

ONE_AT_A_TIME = "it needs more than one concurrent request (option concurrency)"
WORDS = 4
SHED = frozenset({429, 502, 503, 504})
"""Statuses of a target that is overloaded, or of a proxy in front of it."""

SHED_FAILURES = frozenset({FailureKind.REFUSED, FailureKind.DROPPED})
MOST_ALONE = 2
"""Texts that are sent alone again, if the vectors in the burst are not those of the batch."""

SHARE = 0.5
"""A request without an answer is explained if another one took this share of its time."""


def _burst(context: Context, requirement: Requirement) -> Check:
    if context.burst < 2:
        return Check.skipped(requirement, untestable=ONE_AT_A_TIME)
    texts = [sample_text(5000 + number, WORDS) for number in range(context.burst)]
    probes = [_in_burst(context, value) for value in texts]
    references = _references(context, texts)
    lone = {probe.key: _alone(context, value) for probe, value in zip(probes, texts, strict=True)}

    async def procedure(send: Send, _: Sequence[Probe]) -> Sequence[ProbeResult]:
        results = [*await send_concurrently(send, probes)]
        known = await send_in_sequence(send, references)
        differing = list(_differing(context, results, known))[:MOST_ALONE]
        again = await send_in_sequence(send, [lone[result.probe.key] for result in differing])
        return [*results, *known, *again]

    @judges_all(f"{OWN_VECTOR}, or a rejection because of the load")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        by_key = {result.probe.key: result for result in results}
        burst = [by_key[probe.key] for probe in probes if probe.key in by_key]
        if burst and all(map(_was_shed, burst)):
            raise NotObservable("the server rejected each request of the burst because of the load")
        for result in burst:
            yield from _unanswered(result, burst)
        for result in burst:
            again = by_key.get(lone[result.probe.key].key)
            if again is not None and result.exchange.succeeded:
                problem = other_vector(context.answers, result, again)
                yield from [problem] if problem else []

    return Check(
        requirement,
        (*probes, *references),
        judge,
        context.needs_of("a"),
        procedure=procedure,
        extra=MOST_ALONE,
        last=Turn.BURST,
        burst=len(probes),
    )


def _in_burst(context: Context, value: str) -> Probe:
    probe = context.input_probe("one request of a burst", value, occurrence="burst")
    return replace(probe, expect=Expect.EITHER, may_be_shed=True)


def _alone(context: Context, value: str) -> Probe:
    return context.input_probe("a text of the burst alone", value, occurrence="after the burst")


def _references(context: Context, texts: Sequence[str]) -> list[Probe]:
    """Batches of all texts; each text alone if the target does not support batches."""
    try:
        size = context.batch_size(len(texts))
    except (NotSupported, NotAllowed):
        return [_alone(context, value) for value in texts]
    batches = [list(texts[start : start + size]) for start in range(0, len(texts), size)]
    probes = [context.input_probe("texts of the burst", batch, occurrence="burst") for batch in batches]
    for probe in probes:
        context.answers.keep_vectors(probe.request, range(size))
    return probes


def _differing(
    context: Context, results: Sequence[ProbeResult], references: Sequence[ProbeResult]
) -> Iterator[ProbeResult]:
    """The results whose vector is not the one at their place in the batches."""
    wanted: list[Vector | None] = []
    for reference in references:
        known = context.answers.of(reference.exchange).vectors or ()
        count = reference.probe.inputs
        wanted += known[:count] if len(known) >= count else [None] * count
    for result, vector in zip(results, wanted, strict=False):
        found = context.answers.of(result.exchange).vectors
        if found and (vector is None or not same_vector(found[0], vector)):
            yield result


def _unanswered(result: ProbeResult, burst: Sequence[ProbeResult]) -> Iterator[Evidence]:
    """Evidence if the request failed in another way than by load shedding."""
    exchange = result.exchange
    if exchange.succeeded or _was_shed(result):
        return
    if exchange.failure is not None and exchange.failure.kind is FailureKind.TIMEOUT:
        slowest = max((r.exchange.seconds for r in burst if r.exchange.succeeded), default=0.0)
        if slowest >= SHARE * exchange.seconds:
            return
    yield evidence(result, OWN_VECTOR)


def _was_shed(result: ProbeResult) -> bool:
    failure = result.exchange.failure
    return result.exchange.status in SHED or (failure is not None and failure.kind in SHED_FAILURES)


CHECKS: Makers = {"state.burst": _burst}
