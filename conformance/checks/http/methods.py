"""Area ``http``: methods other than the one of the contract."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import evidence, has_embedding, header_of
from conformance.checks.makers import Maker, Makers
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    Judge,
    NotObservable,
    Probe,
    ProbeResult,
    judges_all,
    judges_each,
)

NOT_IMPLEMENTED = 501
UNDEFINED = "http.method.{label}"
"""The requirement on each method that the contract does not define."""

NO_SERVER_ERROR = "a status below 500, or 501"


def _returns_no_embedding(context: Context) -> Judge:
    """Accepts a page, a redirect and a 501 (RFC 9110, section 15.6.2): none of them is an embedding."""

    @judges_each(f"{NO_SERVER_ERROR}, without an embedding")
    def judge(result: ProbeResult) -> Evidence | None:
        status = result.exchange.status
        if status == 0 or (status >= 500 and status != NOT_IMPLEMENTED):
            return evidence(result, NO_SERVER_ERROR)
        if has_embedding(context, result):
            return evidence(result, "no embedding", "accepted it")
        return None

    return judge


@judges_each(NO_SERVER_ERROR)
def _is_no_server_error(result: ProbeResult) -> Evidence | None:
    status = result.exchange.status
    allowed = 200 <= status < 500 or status == NOT_IMPLEMENTED
    return None if allowed else evidence(result, NO_SERVER_ERROR)


@judges_each("405")
def _has_right_status(result: ProbeResult) -> Evidence | None:
    return None if result.exchange.status == 405 else evidence(result, "405")


@judges_all("an Allow header in each 405 response")
def _has_allow_header(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
    found = [result for result in results if result.exchange.status == 405]
    if not found:
        raise NotObservable("no response has the status 405")
    missing = [result for result in found if header_of(result, "allow") is None]
    return [evidence(result, "an Allow header in a 405 response") for result in missing]


def _undefined(context: Context, requirement: Requirement) -> Check:
    probes = _probes(context, requirement)
    return Check(requirement, probes, _returns_no_embedding(context), (context.authorized_by,))


def _all_undefined(judge: Judge) -> Maker:
    """Judges the responses to all methods that the contract does not define."""

    def make(context: Context, requirement: Requirement) -> Check:
        undefined = [r for r in context.contract.catalogue.values() if r.template == UNDEFINED]
        probes = tuple(probe for other in undefined for probe in _probes(context, other))
        return Check(requirement, probes, judge, (context.authorized_by,))

    return make


def _probes(context: Context, requirement: Requirement) -> tuple[Probe, ...]:
    return tuple(
        context.plain_probe(f"the method {method}", Expect.REJECT, method=method)
        for method in requirement.subject
    )


def _options(context: Context, requirement: Requirement) -> Check:
    """OPTIONS with and without the headers of a browser's preflight request."""
    probes = (_without_body(context, "OPTIONS"), _preflight(context))
    return Check(requirement, probes, _is_no_server_error, (context.authorized_by,))


def _head(context: Context, requirement: Requirement) -> Check:
    probes = (_without_body(context, "HEAD"),)
    return Check(requirement, probes, _is_no_server_error, (context.authorized_by,))


def _without_body(context: Context, method: str) -> Probe:
    probe = context.plain_probe(f"the method {method}", Expect.EITHER, method=method)
    return replace(probe, request=replace(probe.request, body=None), tokens=0)


def _preflight(context: Context) -> Probe:
    """The request that a browser sends before a page's request. It has no credentials."""
    method = context.contract.method.upper()
    preflight = (("Origin", "https://example.org"), ("Access-Control-Request-Method", method))
    headers = (*context.anonymous, *preflight)
    probe = context.plain_probe("a browser's preflight", Expect.EITHER, method="OPTIONS", headers=headers)
    return replace(probe, request=replace(probe.request, headers=headers, body=None), tokens=0)


CHECKS: Makers = {
    UNDEFINED: _undefined,
    "http.method.status": _all_undefined(_has_right_status),
    "http.method.allow": _all_undefined(_has_allow_header),
    "http.method.options": _options,
    "http.method.head": _head,
}
