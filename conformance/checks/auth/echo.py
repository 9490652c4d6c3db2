"""Area ``auth``: responses do not contain the credentials of their request."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.answers import MIN_SECRET
from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.contract.credentials import WRONG
from conformance.engine import Check, Evidence, Expect, Probe, ProbeResult, judges_each

NO_CREDENTIAL = "no credential in the response"


def _echo(context: Context, requirement: Requirement) -> Check:
    """Searches responses of many kinds for the credentials that were sent, including the wrong one.

    A server that returns a wrong credential also returns a valid one with a typing error.
    """
    if not context.secrets:
        return Check.skipped(
            requirement, untestable=f"no secret of at least {MIN_SECRET} characters was given"
        )
    probes = (
        context.canary,
        *context.rejected_probes,
        *_with_one_wrong(context),
        *_with_each_alternative(context),
    )

    @judges_each(NO_CREDENTIAL)
    def judge(result: ProbeResult) -> Evidence | None:
        if not context.answers.of(result.exchange).secrets.isdisjoint((*context.secrets, WRONG)):
            return evidence(result, NO_CREDENTIAL, found="one that was sent")
        return None

    return Check(requirement, probes, judge, (context.authorized_by,))


def _with_each_alternative(context: Context) -> Iterator[Probe]:
    """An accepted and a rejected request with the credentials of each given alternative."""
    for names in context.given_alternatives:
        headers, shown = context.credentials.headers(names), ", ".join(sorted(names))
        yield context.plain_probe(f"a valid body with {shown}", Expect.ACCEPT, headers=headers)
        yield context.plain_probe(f"an empty object with {shown}", Expect.REJECT, headers=headers, body=b"{}")


def _with_one_wrong(context: Context) -> Iterator[Probe]:
    """The credentials of all other probes, with one secret at a time replaced by a wrong one."""
    names = context.credentials.alternative
    for scheme in (scheme for scheme in context.credentials.secrets if scheme.name in names):
        headers = context.credentials.headers(names, {scheme.name: WRONG})
        yield context.plain_probe(f"a wrong {scheme.name}", Expect.EITHER, headers=headers)


CHECKS: Makers = {"auth.echo": _echo}
