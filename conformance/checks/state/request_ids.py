"""Area ``state``: requests with the same request id are different requests."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.makers import Makers
from conformance.checks.own_vectors import OWN_VECTOR, other_vector
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    Probe,
    ProbeResult,
    Send,
    judges_all,
    send_concurrently,
    send_in_sequence,
)

from .concurrency import request_alone, short_texts

IDS = {
    "X-Request-Id": "7b0c2f5e-0a51-4a0e-9e43-6f1f0f0c2d11",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "Idempotency-Key": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}
"""Headers that identify a request, a trace, or the retries of a request; no other request has these values."""

TEXTS = 3
"""Texts that are sent together with the same value of a header."""

AGAIN = 2
"""Of these texts, so many are sent once more: a cache has the response to at most one of them."""


def _request_id(context: Context, requirement: Requirement) -> Check:
    texts = short_texts()[:TEXTS]
    references = [request_alone(context, text) for text in texts]
    together = [[_with(context, text, name, value) for text in texts] for name, value in IDS.items()]
    again = [[replace(probe, occurrence="again") for probe in probes[:AGAIN]] for probes in together]

    async def procedure(send: Send, _: Sequence[Probe]) -> Sequence[ProbeResult]:
        results = [*await send_in_sequence(send, references)]
        for probes, later in zip(together, again, strict=True):
            results += await send_concurrently(send, probes)
            results += await send_in_sequence(send, later)
        return results

    @judges_all(f"for each request {OWN_VECTOR}, or a 4xx")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        by_key = {result.probe.key: result for result in results}
        for probes in (*together, *again):
            for probe, reference in zip(probes, references, strict=False):
                if probe.key in by_key and reference.key in by_key:
                    found = other_vector(context.answers, by_key[probe.key], by_key[reference.key])
                    yield from [found] if found else []

    probes = (*references, *(probe for probes in (*together, *again) for probe in probes))
    return Check(requirement, probes, judge, context.needs_of("a"), procedure=procedure)


def _with(context: Context, text: str, name: str, value: str) -> Probe:
    """A target may reject a request whose id is in use."""
    probe = context.input_probe(f"one of several requests with the same {name}", text)
    request = replace(probe.request, headers=(*probe.request.headers, (name, value)))
    return replace(probe, request=request, expect=Expect.EITHER)


CHECKS: Makers = {"state.request-id": _request_id}
