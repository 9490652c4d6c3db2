"""Area ``auth``: neither unusual requests nor reused connections bypass authentication."""

from __future__ import annotations

from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import as_expected, evidence
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Expect, Probe, ProbeResult, judges_each, send_in_sequence
from conformance.validation.embeddings import first_embedding

from .anonymous import anonymous_check

WITHOUT_EMBEDDING = "a 4xx, a redirect, or a 2xx without an embedding"


@judges_each(WITHOUT_EMBEDDING)
def _returns_no_embedding(result: ProbeResult) -> Evidence | None:
    status = result.exchange.status
    if 300 <= status < 500 or (200 <= status < 300 and first_embedding(result.exchange.body) is None):
        return None
    return evidence(result, WITHOUT_EMBEDDING)


def _bypass(context: Context, requirement: Requirement) -> Check:
    """Path variants and override headers without credentials."""
    plain = context.plain_probe("a trailing slash", Expect.REJECT, headers=context.anonymous)
    path = plain.request.path
    probes = [
        replace(plain, description=description, request=replace(plain.request, path=changed))
        for description, changed in (("a trailing slash", f"{path}/"), ("a doubled slash", f"/{path}"))
    ]
    probes += [
        context.plain_probe(f"{name}: {value}", Expect.REJECT, headers=(*context.anonymous, (name, value)))
        for name, value in (
            ("X-HTTP-Method-Override", "GET"),
            ("X-Original-URL", "/health"),
            ("X-Forwarded-For", "127.0.0.1"),
        )
    ]
    return anonymous_check(context, requirement, probes, _returns_no_embedding)


def _reused_connection(context: Context, requirement: Requirement) -> Check:
    """Anonymous requests, each directly after an authorized one, whose connection may be reused."""
    probes: list[Probe] = []
    for number in range(3):
        occurrence = ("reused connection", number)
        anonymous = context.plain_probe(
            "no credentials, after a request with valid ones", Expect.REJECT, headers=context.anonymous
        )
        probes += [
            replace(context.canary, occurrence=occurrence),
            replace(anonymous, occurrence=occurrence),
        ]
    return anonymous_check(context, requirement, probes, as_expected, send_in_sequence)


CHECKS: Makers = {
    "auth.bypass": _bypass,
    "auth.reused-connection": _reused_connection,
}
