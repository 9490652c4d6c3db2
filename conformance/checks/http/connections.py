"""Area ``http``: well-formed responses, and connections that are kept for several requests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import as_expected, evidence
from conformance.checks.makers import Makers
from conformance.checks.metamorphic import SameVector, pairwise, relation
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    FaultKind,
    Probe,
    ProbeResult,
    judges_each,
    send_in_sequence,
    what_failed,
)
from conformance.generators.sample_texts import text
from conformance.http_client import Request

FRAMING = "http.response.framing"
"""The requirement that each response is valid HTTP; without it, nothing can be judged."""

UNREAD_BODY = "http.connection.unread-body"

VALID_HTTP = "a valid HTTP response in each exchange of the run"
NOTHING_MORE = "no bytes after a complete response in each exchange of the run"

LARGE_BODY = 200_000
"""Bytes of a body that a server does not receive together with the headers."""


@judges_each(VALID_HTTP)
def _is_well_formed(result: ProbeResult) -> Evidence | None:
    failed = what_failed(result.exchange) == "malformed"
    return evidence(result, VALID_HTTP) if failed else None


@judges_each(NOTHING_MORE)
def _ends(result: ProbeResult) -> Evidence | None:
    extra = result.exchange.extra
    return evidence(result, NOTHING_MORE, found=repr(extra[:60])) if extra else None


def _framing(context: Context, requirement: Requirement) -> Check:
    return Check(requirement, (context.canary,), _is_well_formed, observes=FaultKind.FRAMING)


def _extra_bytes(context: Context, requirement: Requirement) -> Check:
    needs = (context.authorized_by, UNREAD_BODY)
    return Check(requirement, (context.canary,), _ends, needs, observes=FaultKind.EXTRA_BYTES)


def _unread_body(context: Context, requirement: Requirement) -> Check:
    """A plainly valid request on the connection of a request that a server may reject before it reads the body."""
    probes = tuple(
        replace(
            context.canary, description=f"a valid request after {probe.description}", after=(probe.request,)
        )
        for probe in _rejected_early(context)
    )
    needs = (context.authorized_by,)
    return Check(
        requirement, probes, as_expected, needs, procedure=send_in_sequence, observes=FaultKind.UNREAD_BODY
    )


def _rejected_early(context: Context) -> Iterator[Probe]:
    undefined = [r for r in context.contract.catalogue.values() if r.template == "http.method.{label}"]
    for method in (method for requirement in undefined for method in requirement.subject):
        yield context.plain_probe(f"the method {method}", Expect.REJECT, method=method)
    large = context.plain_body() + b" " * LARGE_BODY
    yield context.plain_probe("the media type text/plain", Expect.REJECT, media_type="text/plain")
    yield context.plain_probe("a request without credentials", Expect.REJECT, headers=context.anonymous)
    yield context.plain_probe(
        "a large request without credentials", Expect.REJECT, headers=context.anonymous, body=large
    )
    yield context.plain_probe("a truncated body", Expect.REJECT, body=context.plain.body[:-4])


def _own_response(context: Context, requirement: Requirement) -> Check:
    """Three texts, each on a new connection, and again after the others on the same connection."""
    values = [text(number, 6) for number in (91, 92, 93)]
    alone = [
        replace(context.input_probe(f"text {n} on a new connection", value, occurrence="alone"), after=())
        for n, value in enumerate(values, 1)
    ]
    rejected = context.plain_probe("", Expect.REJECT, body=context.plain.body[:-4]).request
    earlier: list[tuple[int, tuple[Request, ...]]] = [
        (1, (alone[0].request,)),
        (2, (alone[0].request, alone[1].request)),
        (0, (alone[2].request, rejected)),
    ]
    kept = [
        replace(
            context.input_probe(f"text {index + 1} after others on the same connection", values[index]),
            after=before,
        )
        for index, before in earlier
    ]
    pairs = [SameVector(len(alone) + n, index) for n, (index, _) in enumerate(earlier)]
    compare = pairwise(pairs, "the same vector as on a new connection")
    needs = (context.authorized_by, *context.needs_of("a"), UNREAD_BODY)
    return relation(requirement, context.vectors, [*alone, *kept], compare, needs, send_in_sequence)


CHECKS: Makers = {
    FRAMING: _framing,
    "http.response.extra-bytes": _extra_bytes,
    UNREAD_BODY: _unread_body,
    "http.connection.own-response": _own_response,
}
