"""Area ``auth``: the verdict on every set of credentials, and on every credential that is nearly right."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.contract import Requirement, Scheme, Security
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    each,
)
from conformance.secret import Secret

UNUSABLE = "auth.secret.{label}.unusable"
"""No question of credentials alone: 400 is as right an answer as 401."""

SETS_AND_SECRETS = ("auth.accept.", "auth.extra-credentials", "auth.reject.", "auth.secret.")

NEARLY: Mapping[str, Callable[[Secret], Secret]] = {
    "wrong": lambda secret: Secret("embeddings-conformance-wrong-credential"),
    "empty": lambda secret: Secret(""),
    "last-character-removed": Secret.without_last_character,
    "first-character-removed": Secret.without_first_character,
    "character-appended": Secret.with_character_appended,
    "case-changed": Secret.with_case_changed,
}
"""Credentials that must not open the door, by the last word of their requirement's id."""


def auth_checks(context: Context) -> Iterator[Check]:
    """A check for each requirement on credentials."""
    refused: dict[Probe, None] = {}
    for requirement in context.contract.catalogue.values():
        if not requirement.template.startswith(SETS_AND_SECRETS):
            continue
        check = _check(context, requirement)
        if requirement.template != UNUSABLE:
            refused |= dict.fromkeys(probe for probe in check.probes if probe.expect is Expect.REJECT)
        yield check
    for id, judge in (
        ("auth.rejection.status", _judge_statuses),
        ("auth.rejection.challenge", _judge_challenges),
    ):
        if id in context.contract.catalogue:
            requirement = context.contract.catalogue[id]
            untestable = "" if refused else "the contract knows no set of credentials to refuse"
            yield Check(requirement, tuple(refused), judge, (context.authorized_by,), untestable)


def credential_sets(context: Context) -> Mapping[frozenset[str], Probe]:
    """The probe of every set of credentials that can be sent: those to be accepted only where they were given."""
    security, given = context.contract.security, context.credentials.given.keys()
    return {
        names: _with_set(context, names, Expect.ACCEPT if security.accepts(names) else Expect.REJECT)
        for names in security.subsets()
        if not security.accepts(names) or names <= given
    }


def _check(context: Context, requirement: Requirement) -> Check:
    match requirement.template.split("."):
        case ["auth", "accept", _]:
            return _acceptance(context, requirement)
        case ["auth", "extra-credentials"]:
            return _extra_credentials(context, requirement)
        case ["auth", "reject", _]:
            return _refusal(context, requirement)
        case ["auth", "secret", _, kind]:
            return _nearly(context, requirement, kind)
    raise LookupError(requirement.id)


def _acceptance(context: Context, requirement: Requirement) -> Check:
    names = frozenset(requirement.subject)
    missing = _missing(context, names)
    probes = () if missing else (_with_set(context, names, Expect.ACCEPT),)
    return Check(requirement, probes, each(meets_expectation), untestable=missing)


def _extra_credentials(context: Context, requirement: Requirement) -> Check:
    security, given = context.contract.security, context.credentials.given.keys()
    sets = [
        s for s in security.subsets() if security.accepts(s) and s <= given and s not in security.alternatives
    ]
    probes = tuple(_with_set(context, names, Expect.ACCEPT) for names in sets)
    missing = "" if probes else "the given credentials leave none over beside an alternative"
    needs = tuple(f"auth.accept.{security.label_accepted(a)}" for a in security.alternatives if a <= given)
    return Check(requirement, probes, each(meets_expectation), needs, missing)


def _refusal(context: Context, requirement: Requirement) -> Check:
    """All subsets of a maximal refused set, with placeholders for credentials that the user did not give."""
    largest = frozenset(requirement.subject)
    probes = tuple(
        _with_set(context, names, Expect.REJECT)
        for names in context.contract.security.subsets()
        if names <= largest
    )
    return Check(requirement, probes, each(meets_expectation), (context.authorized_by,))


def _nearly(context: Context, requirement: Requirement, kind: str) -> Check:
    (name,) = requirement.subject
    security, given = context.contract.security, context.credentials.given
    wholes = [a for a in security.alternatives if name in a and a <= given.keys()]
    alternatives = [a for a in wholes if not security.accepts(a - {name})]
    if not alternatives:
        return Check(
            requirement, (), each(meets_expectation), untestable=f"no valid credentials for {name} were given"
        )
    forms = _forms(security[name], given[name], kind)
    if not forms:
        own = "leads nowhere itself" if kind == "unusable" else f"has no {kind} form"
        return Check(requirement, (), each(meets_expectation), untestable=f"the credential {own}")
    probes = tuple(
        context.plain_probe(
            f"{name} {said}, with {_others(security, names, name)}",
            Expect.REJECT,
            headers=context.credentials.headers(names, {name: form}),
        )
        for said, form in forms.items()
        for names in alternatives
    )
    return Check(requirement, probes, each(meets_expectation), context.acceptance_of(alternatives[0]))


def _forms(scheme: Scheme, given: Secret, kind: str) -> Mapping[str, Secret]:
    """The values of *kind* to send in the place of the *given* credential, by what is said of each."""
    if kind == "unusable":
        return {value: Secret(value) for value in scheme.unusable if value != given}
    changed = NEARLY[kind](given)
    return {} if changed == given or (kind != "empty" and not changed) else {kind: changed}


def _others(security: Security, names: frozenset[str], name: str) -> str:
    return ", ".join(scheme.name for scheme in security.ordered(names - {name})) or "nothing else"


def _with_set(context: Context, names: frozenset[str], expect: Expect) -> Probe:
    shown = ", ".join(scheme.name for scheme in context.contract.security.ordered(names))
    headers = context.credentials.headers(names)
    return context.plain_probe(f"the credentials {shown or 'of nobody'}", expect, headers=headers)


def _missing(context: Context, names: Iterable[str]) -> str:
    ordered = context.contract.security.ordered(frozenset(names) - context.credentials.given.keys())
    return (
        f"it needs a credential that was not given: {', '.join(s.header for s in ordered)}" if ordered else ""
    )


def _judge_statuses(answers: Sequence[ProbeResult]) -> Iterable[Evidence]:
    refused = [answer for answer in answers if 400 <= answer.exchange.status < 500]
    if not refused:
        raise NothingToJudge("no set of credentials was refused")
    return [evidence(answer, "401 or 403") for answer in refused if answer.exchange.status not in (401, 403)]


def _judge_challenges(answers: Sequence[ProbeResult]) -> Iterable[Evidence]:
    refused = [answer for answer in answers if answer.exchange.status == 401]
    if not refused:
        raise NotObservable("no set of credentials was answered with 401")
    return [evidence(a, "a WWW-Authenticate header beside 401") for a in refused if not _challenge(a)]


def _challenge(answer: ProbeResult) -> str | None:
    response = answer.exchange.response
    return response.header("www-authenticate") if response is not None else None
