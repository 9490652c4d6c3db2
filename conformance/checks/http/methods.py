"""Area ``http``: methods, media types and framing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import urlencode

from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    each,
)
from conformance.validation.embeddings import first_embedding

LENGTH_REQUIRED = 411
NOT_IMPLEMENTED = 501
FORM = "application/x-www-form-urlencoded"
OTHER_MEDIA_TYPES = ("text/plain", FORM, "application/xml")


def http_checks(context: Context) -> Iterator[Check]:
    """A check for each requirement on HTTP."""
    catalogue = context.contract.catalogue
    needs = (context.authorized_by,)
    methods = {
        requirement.id: tuple(_with_method(context, method) for method in requirement.subject)
        for requirement in catalogue.values()
        if requirement.id.startswith("http.method.") and requirement.subject
    }
    all_methods = tuple(probe for probes in methods.values() for probe in probes)
    others = (*(_with_media_type(context, kind) for kind in OTHER_MEDIA_TYPES), _form(context))
    charset = context.plain_probe(
        "a charset parameter", Expect.ACCEPT, media_type=f"{context.contract.media_type}; charset=utf-8"
    )
    for id, probes in methods.items():
        yield Check(catalogue[id], probes, each(_does_not_run), needs)
    single = each(meets_expectation)
    for id, probes, judge in (
        ("http.method.status", all_methods, _judge_method_status),
        ("http.method.allow", all_methods, _judge_allow),
        ("http.media-type.parameters", (charset,), single),
        ("http.media-type.other", others, single),
        ("http.media-type.status", others, _judge_media_type_status),
        ("http.chunked", (_chunked(context),), _judge_chunked),
    ):
        if id in catalogue:
            yield Check(catalogue[id], probes, judge, needs)


def _with_method(context: Context, method: str) -> Probe:
    return context.plain_probe(f"the method {method}", Expect.REJECT, method=method)


def _with_media_type(context: Context, kind: str) -> Probe:
    return context.plain_probe(f"Content-Type {kind}", Expect.REJECT, media_type=kind)


def _form(context: Context) -> Probe:
    body = urlencode(json.loads(context.plain.body)).encode()
    return context.plain_probe("the fields of a form", Expect.REJECT, media_type=FORM, body=body)


def _chunked(context: Context) -> Probe:
    body = context.plain.body
    third = len(body) // 3
    chunks = (body[:third], body[third : 2 * third], body[2 * third :])
    return context.plain_probe("a body in three chunks", Expect.ACCEPT, body=chunks)


def _does_not_run(answer: ProbeResult) -> Evidence | None:
    """A page or a redirect for another method is no embedding, and 501 is honest (RFC 9110, section 15.6.2)."""
    status = answer.exchange.status
    if status == 0 or (status >= 500 and status != NOT_IMPLEMENTED):
        return evidence(answer, "an answer below 500, or 501", "crashed")
    embedded = first_embedding(answer.exchange.body) is not None
    return evidence(answer, "no embedding", "accepted") if embedded else None


def _judge_chunked(answers: Sequence[ProbeResult]) -> Iterable[Evidence]:
    if any(answer.exchange.status == LENGTH_REQUIRED for answer in answers):
        raise NotObservable("the target wants to know the length of a body, as it may (411)")
    return each(meets_expectation)(answers)


def _judge_method_status(answers: Sequence[ProbeResult]) -> Iterable[Evidence]:
    return [evidence(answer, "405") for answer in answers if answer.exchange.status != 405]


def _judge_allow(answers: Sequence[ProbeResult]) -> Iterable[Evidence]:
    told = [answer for answer in answers if answer.exchange.status == 405]
    if not told:
        raise NotObservable("no method was answered with 405")
    return [evidence(answer, "an Allow header beside 405") for answer in told if not _allow(answer)]


def _allow(answer: ProbeResult) -> bool:
    response = answer.exchange.response
    return response is not None and response.header("allow") is not None


def _judge_media_type_status(answers: Sequence[ProbeResult]) -> Iterable[Evidence]:
    return [evidence(answer, "415") for answer in _refused(answers) if answer.exchange.status != 415]


def _refused(answers: Sequence[ProbeResult]) -> list[ProbeResult]:
    refused = [answer for answer in answers if 400 <= answer.exchange.status < 500]
    if not refused:
        raise NothingToJudge("none of the requests was refused")
    return refused
