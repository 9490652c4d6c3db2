"""Area ``auth``: the name of the authentication scheme before a token."""

from __future__ import annotations

from conformance.checks.context import Context
from conformance.checks.judges import as_expected
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.engine import Check, Expect

from .secrets import NOT_NEEDED

BASIC, BEARER = "Basic ", "Bearer "


def _other(context: Context, requirement: Requirement) -> Check:
    own = context.contract.security[requirement.subject[0]].prefix
    return _with_prefix(context, requirement, BEARER if own == BASIC else BASIC, Expect.REJECT)


def _missing(context: Context, requirement: Requirement) -> Check:
    return _with_prefix(context, requirement, "", Expect.REJECT)


def _lowercase(context: Context, requirement: Requirement) -> Check:
    prefix = context.contract.security[requirement.subject[0]].prefix.lower()
    return _with_prefix(context, requirement, prefix, Expect.ACCEPT)


def _with_prefix(context: Context, requirement: Requirement, prefix: str, expect: Expect) -> Check:
    """The check of the token with another *prefix*."""
    scheme = context.contract.security[requirement.subject[0]]
    names = context.alternative_with(scheme.name)
    if names is None:
        return Check.skipped(requirement, untestable=f"no valid credentials for {scheme.name} were given")
    if expect is Expect.REJECT and context.contract.security.accepts(names - {scheme.name}):
        return Check.skipped(requirement, untestable=NOT_NEEDED.format(name=scheme.name))
    value = context.credentials.given[scheme.name].with_prefix(prefix)
    headers = (*context.credentials.headers(names - {scheme.name}), (scheme.header, value))
    probe = context.plain_probe(f"{scheme.header}: {value.shown}", expect, headers=headers)
    return Check(requirement, (probe,), as_expected, context.acceptance_of(names))


def _sendable(context: Context, requirement: Requirement) -> Check:
    left_out = " or ".join(", ".join(sorted(names)) for names in context.contract.security.left_out)
    reason = f"the suite cannot send the credentials {left_out}; the command errata says why"
    return Check.skipped(requirement, untestable=reason)


CHECKS: Makers = {
    "auth.sendable": _sendable,
    "auth.scheme.other": _other,
    "auth.scheme.missing": _missing,
    "auth.scheme.case": _lowercase,
}
