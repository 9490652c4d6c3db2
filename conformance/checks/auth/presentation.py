"""Area ``auth``: one and the same credential, presented in another way."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from conformance.checks.context import Context
from conformance.checks.judges import meets_expectation
from conformance.contract import Requirement, Scheme
from conformance.contract.credentials import WRONG
from conformance.engine import Check, Expect, each

MEANINGLESS = "OPENAI_API_KEY"
"""The literal bearer token that the vendor's Python SDK sends where a client gave none."""


def presentation_checks(context: Context) -> Iterator[Check]:
    """A check for each requirement on how a credential is presented."""
    for requirement in context.contract.catalogue.values():
        make = CHECKS.get(requirement.template)
        if make is not None:
            yield make(context, requirement)


def _repeated(context: Context, requirement: Requirement) -> Check:
    """A credential sent twice with different values: whichever counts, or none."""
    scheme = context.contract.security[requirement.subject[0]]
    names = context.alternative_with(scheme.name)
    if names is None:
        return _untestable(requirement, scheme)
    headers = context.credentials.headers(names)
    wrong = scheme.header, WRONG.behind(scheme.prefix)
    probes = [
        context.plain_probe(f"{scheme.name} twice, the wrong one {where}", Expect.EITHER, headers=both)
        for where, both in (("last", (*headers, wrong)), ("first", (wrong, *headers)))
    ]
    return Check(requirement, tuple(probes), each(meets_expectation), context.acceptance_of(names))


def _other_scheme(context: Context, requirement: Requirement) -> Check:
    return _bearer(context, requirement, "Basic ", Expect.REJECT)


def _no_scheme(context: Context, requirement: Requirement) -> Check:
    return _bearer(context, requirement, "", Expect.REJECT)


def _lower_case_scheme(context: Context, requirement: Requirement) -> Check:
    return _bearer(context, requirement, None, Expect.ACCEPT)


def _bearer(context: Context, requirement: Requirement, prefix: str | None, expect: Expect) -> Check:
    """The bearer credential behind another *prefix*; None is its own in lower case."""
    scheme = context.contract.security[requirement.subject[0]]
    names = context.alternative_with(scheme.name)
    if names is None:
        return _untestable(requirement, scheme)
    value = context.credentials.given[scheme.name].behind(scheme.prefix.lower() if prefix is None else prefix)
    headers = (*context.credentials.headers(names - {scheme.name}), (scheme.header, value))
    probe = context.plain_probe(f"Authorization: {value.shown}", expect, headers=headers)
    return Check(requirement, (probe,), each(meets_expectation), context.acceptance_of(names))


def _meaningless_authorization(context: Context, requirement: Requirement) -> Check:
    security, given = context.contract.security, context.credentials.given.keys()
    bearer = next((scheme for scheme in security.schemes if scheme.prefix), None)
    sets = [a for a in security.alternatives if bearer is not None and bearer.name not in a and a <= given]
    if bearer is None or not sets:
        return Check(
            requirement,
            (),
            each(meets_expectation),
            untestable="no alternative without a bearer token was given",
        )
    probes = tuple(
        context.plain_probe(
            f"a meaningless Authorization beside {security.label_accepted(names)}",
            Expect.ACCEPT,
            headers=(*context.credentials.headers(names), (bearer.header, f"{bearer.prefix}{MEANINGLESS}")),
        )
        for names in sets
    )
    return Check(requirement, probes, each(meets_expectation), context.acceptance_of(*sets))


def _untestable(requirement: Requirement, scheme: Scheme) -> Check:
    return Check(
        requirement,
        (),
        each(meets_expectation),
        untestable=f"no valid credentials for {scheme.name} were given",
    )


CHECKS: dict[str, Callable[[Context, Requirement], Check]] = {
    "auth.duplicate-header.{label}": _repeated,
    "auth.scheme.other": _other_scheme,
    "auth.scheme.missing": _no_scheme,
    "auth.scheme.case": _lower_case_scheme,
    "auth.placeholder-authorization": _meaningless_authorization,
}
