"""Area ``http``: well-formed responses, and connections that are kept for several requests."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import as_expected, evidence
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import Mismatch, compares, judge_relation
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    FaultKind,
    Probe,
    ProbeResult,
    Send,
    is_malformed,
    judges_each,
    send_concurrently,
    send_in_sequence,
)
from conformance.generators.sample_texts import sample_text
from conformance.http_client import ChunkedWith, Transport
from conformance.validation.embeddings import Vector, same_vector

FRAMING = "http.response.framing"
"""The requirement that each response is valid HTTP; without it, nothing can be judged."""

UNREAD_BODY = "http.connection.unread-body"
OWN_RESPONSE = "http.connection.own-response"

VALID_HTTP = "a valid HTTP response in each exchange of the run"
NOTHING_MORE = "no bytes after a complete response in each exchange of the run"

WITH_TRAILER = Transport(chunked_with=ChunkedWith.TRAILERS)

IDLE_SECONDS = 0.1
"""How long to wait for bytes without a request."""

TEXTS = 3
"""Texts that are sent on one connection."""

REDUCED = 3
"""Requests before others in the reduced check of unread bodies."""

LARGE_BODY = 200_000
"""Bytes of a body that a server does not receive together with the headers."""


@judges_each(VALID_HTTP)
def _is_well_formed(result: ProbeResult) -> Evidence | None:
    return evidence(result, VALID_HTTP) if is_malformed(result.exchange) else None


@judges_each(NOTHING_MORE)
def _ends(result: ProbeResult) -> Evidence | None:
    extra = result.exchange.extra
    return evidence(result, NOTHING_MORE, found=repr(extra[:60])) if extra else None


async def _send_and_wait(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
    """Send *probes*, and wait for bytes without a request."""
    results = await send_in_sequence(send, probes)
    await asyncio.sleep(IDLE_SECONDS)
    return results


def _framing(context: Context, requirement: Requirement) -> Check:
    return Check(requirement, (context.canary,), _is_well_formed, observes=FaultKind.FRAMING)


def _extra_bytes(context: Context, requirement: Requirement) -> Check:
    return Check(
        requirement,
        (context.canary, *context.unknown_models),
        _ends,
        (context.authorized_by, OWN_RESPONSE, UNREAD_BODY),
        procedure=_send_and_wait,
        observes=FaultKind.EXTRA_BYTES,
        of_connections=True,
    )


def _unread_body(context: Context, requirement: Requirement) -> Check:
    """A plainly valid request on the connection of a request that a server may not read to its end."""
    probes = tuple(
        replace(
            context.canary, description=f"a valid request after {probe.description}", after=(probe.request,)
        )
        for probe in (*_rejected_early(context), _with_trailer(context))
    )
    check = Check(
        requirement,
        probes,
        as_expected,
        (context.authorized_by, OWN_RESPONSE),
        procedure=_first_and_others,
        observes=FaultKind.UNREAD_BODY,
        of_connections=True,
    )
    return replace(check, reduced=replace(check, probes=probes[:REDUCED]))


async def _first_and_others(send: Send, probes: Sequence[Probe]) -> Sequence[ProbeResult]:
    """Send the first probe, which shows most faults, and then the others at once."""
    first, *others = probes
    return [await send(first), *await send_concurrently(send, others)]


def _with_trailer(context: Context) -> Probe:
    """A valid request with a trailer, which a server must read although it may ignore it."""
    probe = context.plain_probe("a chunked body with a trailer", Expect.EITHER, body=(context.plain.body,))
    return replace(probe, request=replace(probe.request, transport=WITH_TRAILER))


def _rejected_early(context: Context) -> Iterator[Probe]:
    undefined = [r for r in context.contract.catalogue.values() if r.template == "http.method.{label}"]
    for method in (method for requirement in undefined for method in requirement.subject):
        yield context.plain_probe(f"the method {method}", Expect.REJECT, method=method)
    elsewhere = context.plain_probe("a request to an unknown path", Expect.REJECT)
    yield replace(elsewhere, request=replace(elsewhere.request, path=f"{elsewhere.request.path}-unknown"))
    large = context.plain_body() + b" " * LARGE_BODY
    yield context.with_media_type("text/plain", "the media type text/plain")
    yield context.plain_probe("a request without credentials", Expect.REJECT, headers=context.anonymous)
    yield context.plain_probe(
        "a large request without credentials", Expect.REJECT, headers=context.anonymous, body=large
    )
    yield context.plain_probe("a truncated body", Expect.REJECT, body=context.plain.body[:-4])


def _own_response(context: Context, requirement: Requirement) -> Check:
    """Texts, each on a new connection, and again after other requests on the same connection."""
    alone = [
        replace(
            context.input_probe(f"text {n} on a new connection", sample_text(90 + n, 6), occurrence="alone"),
            after=(),
        )
        for n in range(1, TEXTS + 1)
    ]
    kept = [
        replace(
            alone[index],
            description=f"text {index + 1} after others on the same connection",
            after=tuple(probe.request for probe in alone[:index]),
        )
        for index in range(1, TEXTS)
    ]
    judge_vectors = judge_relation(context.answers, TEXTS + len(kept), _belong_to_their_requests)
    return Check(
        requirement,
        (*alone, *kept),
        judge_vectors,
        context.needs_of("a"),
        procedure=send_in_sequence,
        of_connections=True,
    )


@compares("not the vector of an earlier request on the same connection")
def _belong_to_their_requests(read: Sequence[Sequence[Vector]]) -> Iterator[Mismatch]:
    alone, kept = [found[0] for found in read[:TEXTS]], [found[0] for found in read[TEXTS:]]
    for index, vector in enumerate(kept, 1):
        for earlier in range(index):
            distinct = not same_vector(alone[index], alone[earlier])
            if distinct and same_vector(vector, alone[earlier]) and not same_vector(vector, alone[index]):
                found = f"the vector of request {earlier + 1}"
                yield Mismatch(TEXTS + index - 1, f"the vector of request {index + 1}", found)
                return


CHECKS: Makers = {
    FRAMING: _framing,
    "http.response.extra-bytes": _extra_bytes,
    UNREAD_BODY: _unread_body,
    OWN_RESPONSE: _own_response,
}
