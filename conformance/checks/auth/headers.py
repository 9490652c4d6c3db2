"""Area ``auth``: credentials are accepted only in headers; duplicate and additional headers cause no failure."""

from __future__ import annotations

from conformance.checks.context import Context
from conformance.checks.judges import as_expected
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.contract.credentials import WRONG
from conformance.engine import Check, Expect

from .anonymous import anonymous_check
from .places import EVERY_PLACE, is_needed

PLACEHOLDER_TOKEN = "OPENAI_API_KEY"
"""The literal bearer token that the vendor's Python SDK sends if a client gave none."""


def _headers_only(context: Context, requirement: Requirement) -> Check:
    """Each secret in the query, in a cookie, in the body or in a trailer."""
    needed = [scheme for scheme in context.credentials.secrets if is_needed(context, scheme)]
    probes = [make(context, scheme) for scheme in needed for make in EVERY_PLACE.values()]
    if not probes:
        reason = "no given credential is required: requests without it may be accepted"
        return Check.skipped(requirement, untestable=reason)
    return anonymous_check(context, requirement, probes, as_expected)


def _duplicate_header(context: Context, requirement: Requirement) -> Check:
    """A credential header twice with different values. The target may use either of them, or reject the request."""
    scheme = context.contract.security[requirement.subject[0]]
    names = context.alternative_with(scheme.name)
    if names is None:
        return Check.skipped(requirement, untestable=f"no valid credentials for {scheme.name} were given")
    headers = context.credentials.headers(names)
    wrong = scheme.header, WRONG.with_prefix(scheme.prefix)
    probes = tuple(
        context.plain_probe(f"{scheme.name} twice, the wrong one {where}", Expect.EITHER, headers=both)
        for where, both in (("last", (*headers, wrong)), ("first", (wrong, *headers)))
    )
    return Check(requirement, probes, as_expected, context.acceptance_of(names))


def _placeholder_authorization(context: Context, requirement: Requirement) -> Check:
    security = context.contract.security
    bearer = next((scheme for scheme in security.schemes if scheme.is_token), None)
    sets = [names for names in context.given_alternatives if bearer and bearer.name not in names]
    if bearer is None or not sets:
        return Check.skipped(requirement, untestable="no alternative without a bearer token was given")
    placeholder = (bearer.header, f"{bearer.prefix}{PLACEHOLDER_TOKEN}")
    probes = tuple(
        context.plain_probe(
            f"a placeholder Authorization together with {security.label_accepted(names)}",
            Expect.ACCEPT,
            headers=(*context.credentials.headers(names), placeholder),
        )
        for names in sets
    )
    return Check(requirement, probes, as_expected, context.acceptance_of(*sets))


CHECKS: Makers = {
    "auth.headers-only": _headers_only,
    "auth.duplicate-header.{label}": _duplicate_header,
    "auth.placeholder-authorization": _placeholder_authorization,
}
