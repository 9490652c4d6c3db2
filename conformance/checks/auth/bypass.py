"""Area ``auth``: neither unusual requests nor reused connections bypass authentication."""

from __future__ import annotations

from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import as_expected, evidence, has_embedding
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    Judge,
    ProbeResult,
    judges_each,
)

from .anonymous import anonymous_check

TIMES = 3
"""Anonymous requests after authorized ones: a server may accept one that is repeated."""

WITHOUT_EMBEDDING = "a 4xx, a redirect, or a 2xx without an embedding"


def _returns_no_embedding(context: Context) -> Judge:
    @judges_each(WITHOUT_EMBEDDING)
    def judge(result: ProbeResult) -> Evidence | None:
        status = result.exchange.status
        if 300 <= status < 500 or (200 <= status < 300 and not has_embedding(context, result)):
            return None
        return evidence(result, WITHOUT_EMBEDDING)

    return judge


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
    return anonymous_check(context, requirement, probes, _returns_no_embedding(context))


def _reused_connection(context: Context, requirement: Requirement) -> Check:
    """Anonymous requests, each directly after an authorized one on the same connection."""
    anonymous = context.plain_probe(
        "no credentials, after a request with valid ones on the same connection",
        Expect.REJECT,
        headers=context.anonymous,
    )
    probes = [
        replace(anonymous, after=(context.canary.request,), occurrence=("reused connection", number))
        for number in range(TIMES)
    ]
    return anonymous_check(context, requirement, probes, as_expected)


CHECKS: Makers = {
    "auth.bypass": _bypass,
    "auth.reused-connection": _reused_connection,
}
