"""Area ``auth``: wrong and almost correct credentials are rejected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from conformance.checks.context import Context
from conformance.checks.judges import as_expected
from conformance.checks.makers import Maker, Makers
from conformance.contract import Requirement, Scheme
from conformance.contract.credentials import WRONG
from conformance.engine import Check, Expect
from conformance.secret import Secret

UNUSABLE = "auth.secret.{label}.unusable"
"""Not a question of credentials alone: 400 is as right a response as 401."""

NOT_NEEDED = "a request without {name} is accepted too"
"""The reason why no wrong value of a credential can be told from no credential."""

ALTERED: Mapping[str, Callable[[Secret], Secret]] = {
    "wrong": lambda secret: WRONG,
    "empty": lambda secret: Secret(""),
    "last-character-removed": Secret.without_last_character,
    "first-character-removed": Secret.without_first_character,
    "character-appended": Secret.with_character_appended,
    "case-changed": Secret.with_case_changed,
}
"""Credentials that must be rejected, made from a valid one, by the last word of the requirement's id."""


DESCRIBED: Mapping[str, str] = {
    "wrong": "a wrong {name}",
    "empty": "an empty {name}",
    "last-character-removed": "{name} without its last character",
    "first-character-removed": "{name} without its first character",
    "character-appended": "{name} with one more character",
    "case-changed": "{name} with its letters in the other case",
}
"""Descriptions of the altered credentials. Other values are described by themselves."""


def _altered(kind: str) -> Maker:
    def make(context: Context, requirement: Requirement) -> Check:
        values: dict[str, Secret] = {}
        given = context.credentials.given.get(requirement.subject[0])
        if given is not None:
            altered = ALTERED[kind](given)
            if altered != given and (altered or kind == "empty"):
                values[kind] = altered
        return rejects_values(context, requirement, values, f"the credential has no {kind} form")

    return make


def _of_another(context: Context, requirement: Requirement) -> Check:
    """The valid credentials of other schemes, after each of them was accepted in its own header."""
    security, given = context.contract.security, context.credentials.given
    own = given.get(requirement.subject[0])
    values = {
        f"with the value of {scheme.name}": given[scheme.name]
        for scheme in security.schemes
        if scheme.name in given and given[scheme.name] != own
    }
    check = rejects_values(context, requirement, values, "no other credential was given", most=1)
    return replace(check, needs=context.acceptance_of(*context.given_alternatives))


def _unusable(context: Context, requirement: Requirement) -> Check:
    scheme = context.contract.security[requirement.subject[0]]
    given = context.credentials.given.get(scheme.name)
    values = {value: Secret(value) for value in scheme.unusable if value != given}
    return rejects_values(context, requirement, values, "the given credential itself is unusable")


def rejects_values(
    context: Context,
    requirement: Requirement,
    values: Mapping[str, Secret],
    no_values: str,
    *,
    most: int | None = None,
) -> Check:
    """The check that each of *values* is rejected in place of the given credential, whatever else is sent.

    They are sent with the *most* first alternatives that need the credential, by default with all of them.
    """
    (name,) = requirement.subject
    security = context.contract.security
    complete = [names for names in context.given_alternatives if name in names]
    alternatives = [names for names in complete if not security.accepts(names - {name})]
    if not alternatives:
        reason = NOT_NEEDED if complete else "no valid credentials for {name} were given"
        return Check.skipped(requirement, untestable=reason.format(name=name))
    if not values:
        return Check.skipped(requirement, untestable=no_values)
    probes = tuple(
        context.plain_probe(
            f"{_described(name, what)}, {_with(security.ordered(names - {name}))}",
            Expect.REJECT,
            headers=context.credentials.headers(names, {name: value}),
        )
        for what, value in values.items()
        for names in alternatives[:most]
    )
    return Check(requirement, probes, as_expected, context.acceptance_of(alternatives[0]))


def _described(name: str, value: str) -> str:
    return DESCRIBED[value].format(name=name) if value in DESCRIBED else f"{name} {value}"


def _with(others: tuple[Scheme, ...]) -> str:
    names = ", ".join(scheme.name for scheme in others)
    return f"with {names}" if names else "without other credentials"


CHECKS: Makers = {
    **{f"auth.secret.{{label}}.{kind}": _altered(kind) for kind in ALTERED},
    "auth.secret.{label}.of-another": _of_another,
    UNUSABLE: _unusable,
}
