"""Area ``auth``: the responses to missing and wrong credentials."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from conformance.checks.context import Context
from conformance.checks.judges import evidence, header_of, rejected_results
from conformance.checks.makers import Maker, Makers, checks_of
from conformance.contract import Requirement
from conformance.contract.texts_place import WHOLE
from conformance.engine import Check, Evidence, Expect, Judge, NotObservable, Probe, ProbeResult, judges_all
from conformance.generators.case import encode_payload

from . import credential_sets, secrets
from .anonymous import anonymous_check

UNAUTHORIZED = (401, 403)


@judges_all("401 or 403")
def _has_right_status(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
    found = rejected_results(results, "no set of credentials")
    return [evidence(r, "401 or 403") for r in found if r.exchange.status not in UNAUTHORIZED]


@judges_all("a WWW-Authenticate header in each 401 response")
def _has_challenge(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
    found = [result for result in results if result.exchange.status == 401]
    if not found:
        raise NotObservable("no set of credentials got a 401")
    expected = "a WWW-Authenticate header in a 401 response"
    return [evidence(r, expected) for r in found if header_of(r, "www-authenticate") is None]


@judges_all("401 or 403 for every body")
def _is_independent_of_the_body(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
    found = rejected_results(results, "no request without credentials")
    return [evidence(r, "401 or 403 for every body") for r in found if r.exchange.status not in UNAUTHORIZED]


def _rejections(judge: Judge) -> Maker:
    """Judges the responses to all sets of credentials and all secrets that must be rejected."""

    def make(context: Context, requirement: Requirement) -> Check:
        probes = _rejected_credentials(context)
        if not probes:
            reason = "the contract has no set of credentials that must be rejected"
            return Check.skipped(requirement, untestable=reason)
        return Check(requirement, probes, judge, (context.authorized_by,))

    return make


def _rejected_credentials(context: Context) -> tuple[Probe, ...]:
    makers = {**credential_sets.CHECKS, **secrets.CHECKS}
    checks = [c for c in checks_of(makers, context) if c.requirement.template != secrets.UNUSABLE]
    probes = [probe for check in checks for probe in check.probes if probe.expect is Expect.REJECT]
    return tuple(dict.fromkeys(probes))


def _before_body(context: Context, requirement: Requirement) -> Check:
    beginning = b"[" if context.roles.texts == WHOLE else b"{" + encode_payload(context.roles.texts) + b":"
    bodies = {"a truncated body": beginning, "an empty object": b"{}"}
    probes = tuple(
        context.plain_probe(
            f"no credentials, and {what}", Expect.REJECT, headers=context.anonymous, body=body
        )
        for what, body in bodies.items()
    )
    return anonymous_check(context, requirement, probes, _is_independent_of_the_body)


CHECKS: Makers = {
    "auth.rejection.status": _rejections(_has_right_status),
    "auth.rejection.challenge": _rejections(_has_challenge),
    "auth.before-body": _before_body,
}
