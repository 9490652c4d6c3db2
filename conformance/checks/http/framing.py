"""Area ``http``: chunked request bodies, and the content coding of responses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import as_expected, evidence, header_of, meets_expectation
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NotObservable,
    Probe,
    ProbeResult,
    judges_all,
    judges_each,
)
from conformance.generators.sample_texts import equal_lengths
from conformance.http_client import Transport

LENGTH_REQUIRED = 411

LARGE_BODIES = (32 * 2**10, 256 * 2**10)
"""Bytes of bodies that servers do not read in one piece."""

CHUNK = 8 * 2**10
"""Bytes of a chunk of a large body."""

LARGE_BATCH = 32
"""Texts whose vectors are more than a server sends in one piece."""


@judges_each("200, without a content coding")
def _has_no_coding(result: ProbeResult) -> Evidence | None:
    if not result.exchange.succeeded:
        return meets_expectation(result)
    coding = header_of(result, "content-encoding") or "identity"
    return None if coding == "identity" else evidence(result, "no content coding", found=coding)


def _chunked(context: Context, requirement: Requirement) -> Check:
    """A small body in three chunks, and large ones that are also sent with a Content-Length."""
    body = context.plain.body
    small = context.plain_probe(
        "a body in three chunks", Expect.ACCEPT, body=_in_chunks(body, len(body) // 3 + 1)
    )
    padded = {size: body[:1] + b" " * (size - len(body)) + body[1:] for size in LARGE_BODIES}
    whole = [_large(context, f"a body of {size:,} bytes", large) for size, large in padded.items()]
    parts = [
        _large(context, f"a body of {size:,} bytes in chunks", _in_chunks(large, CHUNK))
        for size, large in padded.items()
    ]

    @judges_all(
        "200, or a 4xx for a large body that also gets a 4xx with Content-Length; after a 411, not-tested"
    )
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        if any(result.exchange.status == LENGTH_REQUIRED for result in results):
            raise NotObservable("the server requires a Content-Length (411), which is allowed")
        yield from as_expected(results[:1])
        large = results[1:]
        for with_length, in_chunks in zip(large[: len(whole)], large[len(whole) :], strict=False):
            if with_length.exchange.succeeded and not in_chunks.exchange.succeeded:
                yield evidence(in_chunks, "200, as with a Content-Length")

    return Check(requirement, (small, *whole, *parts), judge, (context.authorized_by,))


def _large(context: Context, description: str, body: bytes | tuple[bytes, ...]) -> Probe:
    return context.plain_probe(description, Expect.EITHER, body=body)


def _in_chunks(body: bytes, size: int) -> tuple[bytes, ...]:
    return tuple(body[start : start + size] for start in range(0, len(body), size))


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
    usual = (context.canary, context.input_probe("a batch", texts), *context.unknown_models)
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
