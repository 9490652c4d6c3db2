"""Area ``auth``: responses do not contain the credentials of their request."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.checks.context import Context
from conformance.checks.judges import evidence
from conformance.checks.makers import Makers
from conformance.checks.whole_run import NO_CREDENTIAL
from conformance.contract import Requirement
from conformance.contract.credentials import WRONG
from conformance.engine import Check, Evidence, Expect, FaultKind, Probe, ProbeResult, judges_each


def _echo(context: Context, requirement: Requirement) -> Check:
    """Responses of many kinds, to valid and to wrong credentials. The run observes all other responses.

    A server that returns a wrong credential also returns a valid one with a typing error.
    """
    probes = (
        context.canary,
        *context.rejected_probes,
        *_with_one_wrong(context),
        *_with_each_alternative(context),
    )

    @judges_each(NO_CREDENTIAL)
    def judge(result: ProbeResult) -> Evidence | None:
        found = context.whole_run.echo_in(context.answers.of(result.exchange))
        return evidence(result, NO_CREDENTIAL, found=found) if found else None

    return Check(requirement, probes, judge, (context.authorized_by,), observes=FaultKind.ECHO)


def _with_each_alternative(context: Context) -> Iterator[Probe]:
    """An accepted and a rejected request with the credentials of each given alternative."""
    for names in context.given_alternatives:
        headers, shown = context.credentials.headers(names), ", ".join(sorted(names))
        yield context.plain_probe(f"a valid body with {shown}", Expect.ACCEPT, headers=headers)
        yield context.plain_probe(f"an empty object with {shown}", Expect.REJECT, headers=headers, body=b"{}")


def _with_one_wrong(context: Context) -> Iterator[Probe]:
    """The credentials of each given alternative, with one secret at a time replaced by a wrong one."""
    for names in context.given_alternatives:
        for scheme in (scheme for scheme in context.credentials.secrets if scheme.name in names):
            needed = not context.contract.security.accepts(names - {scheme.name})
            headers = context.credentials.headers(names, {scheme.name: WRONG})
            expect = Expect.REJECT if needed else Expect.EITHER
            yield context.plain_probe(f"a wrong {scheme.name}", expect, headers=headers)


CHECKS: Makers = {"auth.echo": _echo}
