"""Area ``http``: requests as real clients send them, and headers that proxies, tracers and browsers add."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import meets_expectation
from conformance.checks.makers import Makers
from conformance.checks.own_vectors import other_vector
from conformance.contract import Requirement
from conformance.contract.client_requests import (
    AddedHeaders,
    ClientRequest,
    load_added_headers,
    load_client_requests,
)
from conformance.contract.security import COOKIE
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NotObservable,
    Probe,
    ProbeResult,
    judges_all,
)
from conformance.http_client import CODINGS, CONTINUE_SECONDS, Request, Transport

SAME = "the same vector as for a plain request"

Headers = tuple[tuple[str, str], ...]

LENGTH_REQUIRED, EXPECTATION_FAILED, SWITCHING, REQUEST_TIMEOUT = 411, 417, 101, 408

NOT_OBSERVABLE = {
    LENGTH_REQUIRED: "the server requires a Content-Length (411), which is allowed",
    SWITCHING: "the server switches to the offered protocol, which the suite does not support (101)",
}
"""Responses that a correct server may give to some requests, and which leave nothing to compare."""


def _client(context: Context, requirement: Requirement) -> Check:
    sent = load_client_requests()[requirement.subject[0]]
    probe = replace(
        context.canary, description=f"a request as {sent.names} sends it", request=_request(context, sent)
    )
    allowed = {status for status, applies in _allowed(sent) if applies}

    @judges_all(f"for each request 200, with {SAME}")
    def judge(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
        plain, own = _by_probe(results, context.canary, probe)
        if own is None:
            return ()
        if own.exchange.status in allowed:
            if own.exchange.status in NOT_OBSERVABLE:
                raise NotObservable(NOT_OBSERVABLE[own.exchange.status])
            return ()
        if sent.expects_continue and _closed_while_waiting(own):
            return ()
        if not own.exchange.succeeded or plain is None:
            return filter(None, [meets_expectation(own)])
        return filter(None, [other_vector(context.answers, own, plain, SAME)])

    return Check(requirement, (context.canary, probe), judge, (context.authorized_by,))


def _allowed(sent: ClientRequest) -> Iterator[tuple[int, bool]]:
    """Statuses of a correct server, and whether they apply.

    After a 417, a client repeats its request without Expect.
    """
    yield LENGTH_REQUIRED, sent.is_chunked
    yield EXPECTATION_FAILED, sent.expects_continue
    yield REQUEST_TIMEOUT, sent.expects_continue
    yield SWITCHING, sent.offers_upgrade


def _closed_while_waiting(result: ProbeResult) -> bool:
    """Whether the target closed the connection, as after a timeout, while the client waited to send the body."""
    return result.exchange.was_dropped and result.exchange.seconds >= CONTINUE_SECONDS


def _by_probe(results: Iterable[ProbeResult], *probes: Probe) -> list[ProbeResult | None]:
    by_key = {result.probe.key: result for result in results}
    return [by_key.get(probe.key) for probe in probes]


def _request(context: Context, sent: ClientRequest) -> Request:
    """The plainest valid request with the headers of *sent*, in their order."""
    body = context.plain.body
    headers = tuple(line for name, value in sent.headers for line in _lines(context, name, value, body))
    return replace(
        context.canary.request,
        headers=headers,
        body=(body,) if sent.is_chunked else body,
        transport=Transport(exact=True, expect_continue=sent.expects_continue),
    )


def _lines(context: Context, name: str, value: str, body: bytes) -> Iterator[tuple[str, str]]:
    """The header *name* with the values of its placeholders; for the credentials, as many headers as they need."""
    if value == "{credentials}":
        for own, credential in context.sent.headers(context.authorized):
            yield (own.lower() if name.islower() else own), credential
    elif name.lower() == "accept-encoding":
        known = [coding for coding in value.split(", ") if coding in CODINGS]
        yield name, ", ".join(known) or "identity"
    else:
        filled = value.replace("{length}", str(len(body)))
        yield name, filled.replace("{media-type}", context.contract.media_type)


def _added_headers(context: Context, requirement: Requirement) -> Check:
    groups = {_with(context, group).key: group for group in load_added_headers()}
    probes = tuple(_with(context, group) for group in load_added_headers())

    def judge_one(result: ProbeResult, plain: ProbeResult | None) -> Evidence | None:
        group, status = groups[result.probe.key], result.exchange.status
        if status in group.rejections or (group.may_close and result.exchange.was_dropped):
            return None
        if not result.exchange.succeeded or plain is None:
            return meets_expectation(replace(result, probe=replace(result.probe, expect=Expect.ACCEPT)))
        return other_vector(context.answers, result, plain, SAME)

    @judges_all(f"for each request 200, with {SAME}; or a rejection that the group of headers explains")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        (plain,) = _by_probe(results, context.canary)
        for result in results:
            if result.probe.key in groups and (found := judge_one(result, plain)) is not None:
                yield found

    return Check(requirement, (context.canary, *probes), judge, (context.authorized_by,))


def _with(context: Context, group: AddedHeaders) -> Probe:
    canary = context.canary
    request = replace(canary.request, headers=with_headers(canary.request.headers, group.headers))
    expect = Expect.EITHER if group.rejections or group.may_close else Expect.ACCEPT
    return replace(canary, description=f"headers of {group.group}", request=request, expect=expect)


def with_headers(headers: Headers, added: Headers) -> Headers:
    """*headers* and those that are *added*. A client sends all cookies in one header, each once (RFC 6265, 5.4)."""
    own = next((value for name, value in headers if name == COOKIE), None)
    if own is None:
        return (*headers, *added)
    known = set(_names_of(own))
    others = [cookie for name, value in added if name == COOKIE for cookie in value.split(";")]
    kept = [cookie.strip() for cookie in others if known.isdisjoint(_names_of(cookie))]
    together = "; ".join([own, *filter(None, kept)])
    return (
        *((name, together if name == COOKIE else value) for name, value in headers),
        *((name, value) for name, value in added if name != COOKIE),
    )


def _names_of(cookies: str) -> Iterator[str]:
    for cookie in cookies.split(";"):
        yield cookie.partition("=")[0].strip()


CHECKS: Makers = {"http.client.{label}": _client, "http.proxy-headers": _added_headers}
