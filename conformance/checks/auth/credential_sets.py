"""Area ``auth``: every set of credentials is accepted or rejected, as the contract's `security` requires."""

from __future__ import annotations

from collections.abc import Mapping

from conformance.checks.context import Context
from conformance.checks.judges import as_expected
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import Check, Expect, Probe

FRAMING = "http.response.framing"
"""A response that is not valid HTTP says nothing about credentials."""


def credential_sets(context: Context) -> Mapping[frozenset[str], Probe]:
    """The probe of every set of credentials that can be sent. Acceptance needs credentials that the user gave."""
    security, given = context.contract.security, context.credentials.given.keys()
    return {
        names: _probe(context, names, Expect.ACCEPT if security.accepts(names) else Expect.REJECT)
        for names in security.subsets()
        if not security.accepts(names) or names <= given
    }


def _accepted(context: Context, requirement: Requirement) -> Check:
    names = frozenset(requirement.subject)
    missing = context.contract.security.ordered(names - context.credentials.given.keys())
    if missing:
        headers = ", ".join(scheme.header for scheme in missing)
        return Check.skipped(requirement, untestable=f"it needs a credential that was not given: {headers}")
    return Check(requirement, (_probe(context, names, Expect.ACCEPT),), as_expected, (FRAMING,))


def _extra_credentials(context: Context, requirement: Requirement) -> Check:
    security, given = context.contract.security, context.credentials.given.keys()
    sets = [
        s for s in security.subsets() if security.accepts(s) and s <= given and s not in security.alternatives
    ]
    if not sets:
        reason = "no credential was given in addition to a complete set"
        return Check.skipped(requirement, untestable=reason)
    probes = tuple(_probe(context, names, Expect.ACCEPT) for names in sets)
    needs = tuple(f"auth.accept.{security.label_accepted(names)}" for names in context.given_alternatives)
    return Check(requirement, probes, as_expected, needs)


def _rejected(context: Context, requirement: Requirement) -> Check:
    """All subsets of a maximal rejected set, with placeholders for credentials that the user did not give."""
    largest = frozenset(requirement.subject)
    sets = [names for names in context.contract.security.subsets() if names <= largest]
    probes = tuple(_probe(context, names, Expect.REJECT) for names in sets)
    return Check(requirement, probes, as_expected, (context.authorized_by,))


def _probe(context: Context, names: frozenset[str], expect: Expect) -> Probe:
    shown = ", ".join(scheme.name for scheme in context.contract.security.ordered(names))
    description = f"the credentials {shown}" if shown else "no credentials"
    return context.plain_probe(description, expect, headers=context.credentials.headers(names))


CHECKS: Makers = {
    "auth.accept.{label}": _accepted,
    "auth.extra-credentials": _extra_credentials,
    "auth.reject.{label}": _rejected,
}
