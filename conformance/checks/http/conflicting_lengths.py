"""Area ``http``: requests whose headers state several lengths of the body."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import as_expected
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import Check, Expect, Probe
from conformance.http_client import Transport

SHORTER = 1
"""Bytes by which a wrong length is too short: with a longer one, a server would wait for the rest."""

CLOSE = ("Connection", "close")
"""What is left of a body must not be read as the next request."""


def _conflicting(context: Context, requirement: Requirement) -> Check:
    plain = context.plain_probe("a request with one length", Expect.ACCEPT)
    probes = (*_with_two_lengths(plain), _chunked(plain))
    return Check(requirement, probes, as_expected, (context.authorized_by,))


def _with_two_lengths(plain: Probe) -> Iterator[Probe]:
    """Requests that must be rejected: two Content-Length headers that differ (RFC 9112, section 6.3)."""
    assert isinstance(plain.request.body, bytes)
    for last in (True, False):
        transport = Transport(lengths=(len(plain.request.body) - SHORTER,), lengths_last=last)
        where = "after" if last else "before"
        yield _sent_by(plain, transport, f"a wrong Content-Length {where} the right one", Expect.REJECT)


def _chunked(plain: Probe) -> Probe:
    """A chunked request with a Content-Length, which a server ignores or rejects (RFC 9112, section 6.3)."""
    assert isinstance(plain.request.body, bytes)
    half = len(plain.request.body) // 2
    pieces = (plain.request.body[:half], plain.request.body[half:])
    split = replace(plain, request=replace(plain.request, body=pieces))
    return _sent_by(split, Transport(lengths=(half,)), "a chunked body with a Content-Length", Expect.EITHER)


def _sent_by(probe: Probe, transport: Transport, description: str, expect: Expect) -> Probe:
    headers = (*probe.request.headers, CLOSE)
    request = replace(probe.request, headers=headers, transport=transport)
    return replace(probe, request=request, description=description, expect=expect, after=())


CHECKS: Makers = {"http.conflicting-lengths": _conflicting}
