"""Area ``forwarding``: the responses of an upstream that is slow for one of several concurrent requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.turns import Turn
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    NothingToJudge,
    Probe,
    ProbeResult,
    Send,
    judges_all,
    send_concurrently,
)
from conformance.reference.mock_upstream import Late, Recording
from conformance.validation.embeddings import describe_difference, same_vector

from .probes import RECEIVED, GatewayMakers, GatewayProbes
from .upstream_requests import inputs_of, upstream_vectors

SECONDS = 0.5
"""How late the upstream responds to one of the requests."""

OTHERS = 3
"""Requests that the upstream responds to at once, while one waits."""

OWN_VECTOR = "for each of several concurrent requests, the vectors that the upstream returned for its texts"


def _late(probes: GatewayProbes, requirement: Requirement) -> Check:
    """Sent after all other checks: the upstream records the requests of others too."""
    texts = [probes.text() for _ in range(1 + OTHERS)]
    recording = Recording(probes.upstream, Late(texts[0], SECONDS))
    context = probes.context
    sent = [context.input_probe("a text whose vector is late", texts[0])]
    sent += [context.input_probe("a text whose vector comes at once", text) for text in texts[1:]]

    async def procedure(send: Send, requests: Sequence[Probe]) -> Sequence[ProbeResult]:
        with recording:
            return await send_concurrently(send, requests)

    @judges_all(OWN_VECTOR)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield from filter(None, map(meets_expectation, results))
        own = set(texts)
        reached = [r for r in recording.requests if own & {*map(str, inputs_of(r.texts))}]
        given = upstream_vectors(reached)
        for result in results:
            (text,) = inputs_of(context.roles.texts_of(result.probe.payload))
            found = context.answers.of(result.exchange).vectors
            if not result.exchange.succeeded:
                continue
            if found is None or text not in given:
                raise NothingToJudge("a response has no vector, or its text did not reach the upstream")
            if not same_vector(given[text], found[0]):
                difference = describe_difference(given[text], found[0])
                yield evidence(result, OWN_VECTOR, found=f"another vector, with {difference}")

    return Check(requirement, tuple(sent), judge, (RECEIVED,), procedure=procedure, last=Turn.WHOLE_RUN)


CHECKS: GatewayMakers = {"forwarding.response.late": _late}
