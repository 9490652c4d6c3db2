"""Requests with one credential missing, wrong, or in another place. The other credentials stay in headers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import quote

from conformance.checks.context import Context
from conformance.contract import Scheme
from conformance.contract.credentials import WRONG
from conformance.engine import Expect, Probe
from conformance.http_client import Transport
from conformance.secret import Secret

QUERY_NAMES = ("api_key", "api-key", "key", "access_token")
"""Names of query parameters that servers accept a credential in (the last one: RFC 6750, section 2.3)."""

MakeProbe = Callable[[Context, Scheme], Probe]


def is_needed(context: Context, scheme: Scheme) -> bool:
    """Whether the rest of the alternative of *scheme* must be rejected."""
    return not context.contract.security.accepts(_rest(context, scheme))


def without_credential(context: Context, scheme: Scheme) -> Probe:
    """A request without the credential."""
    headers = context.credentials.headers(_rest(context, scheme))
    return context.plain_probe(f"{scheme.name} missing", Expect.REJECT, headers=headers)


def with_wrong_credential(context: Context, scheme: Scheme) -> Probe:
    """A request with a wrong credential."""
    names = _rest(context, scheme) | {scheme.name}
    headers = context.credentials.headers(names, {scheme.name: WRONG})
    return context.plain_probe(f"{scheme.name} wrong", Expect.REJECT, headers=headers)


def _in_query(context: Context, scheme: Scheme) -> Probe:
    probe, value = without_credential(context, scheme), context.credentials.given[scheme.name]
    credentials = [f"{quote(name)}={quote(value)}" for name in (scheme.header, *QUERY_NAMES)]
    query = "&".join(filter(None, (probe.request.query, *credentials)))
    return replace(
        probe, description=f"{scheme.name} in the query", request=replace(probe.request, query=query)
    )


def _in_cookie(context: Context, scheme: Scheme) -> Probe:
    value = context.credentials.given[scheme.name]
    cookie = Secret(f"{scheme.header}={quote(value)}", shown=f"{scheme.header}=[{scheme.name}]")
    headers = (*context.credentials.headers(_rest(context, scheme)), ("Cookie", cookie))
    return context.plain_probe(f"{scheme.name} in a cookie", Expect.REJECT, headers=headers)


def _in_body(context: Context, scheme: Scheme) -> Probe:
    value = str(context.credentials.given[scheme.name])
    headers = context.credentials.headers(_rest(context, scheme))
    body = context.plain_body(**dict.fromkeys((scheme.header, *QUERY_NAMES), value))
    return context.plain_probe(f"{scheme.name} in the body", Expect.REJECT, headers=headers, body=body)


def _in_trailer(context: Context, scheme: Scheme) -> Probe:
    probe = without_credential(context, scheme)
    names = _rest(context, scheme) | {scheme.name}
    wanted = tuple(h for h in context.credentials.headers(names) if h not in probe.request.headers)
    request = replace(probe.request, body=(context.plain.body,), transport=Transport(trailers=wanted))
    return replace(probe, description=f"{scheme.name} in a trailer", request=request)


PLACES: Mapping[str, MakeProbe] = {
    "in the query": _in_query,
    "in a cookie": _in_cookie,
    "in the body": _in_body,
}
"""Requests with the credential in each place where it must not count, by every way to send a request."""

EVERY_PLACE: Mapping[str, MakeProbe] = {**PLACES, "in a trailer": _in_trailer}
"""Those, and the place that only chunked bodies have (RFC 9110, section 6.5.1)."""


def _rest(context: Context, scheme: Scheme) -> frozenset[str]:
    """The other credentials of an alternative with *scheme*."""
    return (context.alternative_with(scheme.name) or frozenset()) - {scheme.name}
