"""Area ``http``: chunked request bodies, and the content coding of responses."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import as_expected, evidence, header_of, meets_expectation
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Expect, NotObservable, ProbeResult, judges_all, judges_each
from conformance.generators.sample_texts import equal_lengths
from conformance.http_client import Transport

LENGTH_REQUIRED = 411

LARGE_BATCH = 32
"""Texts whose vectors are more than a server sends in one piece."""


@judges_all("200; after a 411 the verdict is not-tested")
def _accepts_chunks(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
    if any(result.exchange.status == LENGTH_REQUIRED for result in results):
        raise NotObservable("the target requires a Content-Length, as it may (411)")
    return as_expected(results)


@judges_each("200, without a content coding")
def _has_no_coding(result: ProbeResult) -> Evidence | None:
    if result.exchange.status != 200:
        return meets_expectation(result)
    coding = header_of(result, "content-encoding") or "identity"
    return None if coding == "identity" else evidence(result, "no content coding", found=coding)


def _chunked(context: Context, requirement: Requirement) -> Check:
    body = context.plain.body
    third = len(body) // 3
    chunks = (body[:third], body[third : 2 * third], body[2 * third :])
    probe = context.plain_probe("a body in three chunks", Expect.ACCEPT, body=chunks)
    return Check(requirement, (probe,), _accepts_chunks, (context.authorized_by,))


def _content_coding(context: Context, requirement: Requirement) -> Check:
    probes = tuple(
        context.plain_probe(
            f"Accept-Encoding: {accepted}",
            Expect.ACCEPT,
            headers=(*context.authorized, ("Accept-Encoding", accepted)),
        )
        for accepted in ("identity", "identity, gzip;q=0")
    )
    return Check(requirement, probes, _has_no_coding, (context.authorized_by,))


@judges_each("a response without Transfer-Encoding")
def _is_not_chunked(result: ProbeResult) -> Evidence | None:
    coding = header_of(result, "transfer-encoding")
    return (
        None
        if coding is None
        else evidence(result, "no Transfer-Encoding", found=f"Transfer-Encoding: {coding}")
    )


def _http10(context: Context, requirement: Requirement) -> Check:
    """A small and a large response to HTTP/1.0 requests, and a rejection."""
    texts = equal_lengths(context.batch_size(LARGE_BATCH))
    usual = (context.canary, context.input_probe("a batch", texts), context.unknown_model)
    probes = tuple(
        replace(
            probe,
            description=f"{probe.description}, HTTP/1.0",
            request=replace(probe.request, transport=Transport(http10=True)),
            expect=Expect.EITHER,
        )
        for probe in usual
    )
    return Check(requirement, probes, _is_not_chunked, (context.authorized_by,))


CHECKS: Makers = {
    "http.chunked": _chunked,
    "http.content-coding": _content_coding,
    "http.response.http10": _http10,
}
