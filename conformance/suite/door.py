"""Area ``auth``, beyond sets of credentials: other ways in, and what refusals give away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from conformance.contract import Requirement, Scheme
from conformance.engine import (
    Answer,
    Check,
    Evidence,
    Expect,
    Judge,
    NothingToJudge,
    Probe,
    each,
    one_by_one,
)
from conformance.target import Secret

from .context import Context, Headers
from .judges import evidence, first_embedding, meets_expectation, status_of

WRONG = Secret("embeddings-conformance-wrong-credential")
PLACEHOLDER = "OPENAI_API_KEY"
"""The literal bearer token that the vendor's Python SDK sends where a client gave none."""

QUERY_NAMES = ("api_key", "api-key", "key", "access_token")
"""What servers call a credential in a query (RFC 6750, section 2.3, for the last one)."""

SEARCHED = 8
"""Secrets shorter than this may stand in an answer by chance."""


def door_checks(context: Context) -> Iterator[Check]:
    """A check for each requirement on other ways in."""
    for requirement in context.contract.catalogue.values():
        make = CHECKS.get(requirement.template)
        if make is not None:
            yield make(context, requirement)


def _repeated(context: Context, requirement: Requirement) -> Check:
    """A credential sent twice with different values: whichever counts, or none."""
    scheme = context.contract.security[requirement.subject[0]]
    names = _alternative_with(context, scheme.name)
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
    return _bearer(context, requirement, "Basic ", Expect.REFUSE)


def _no_scheme(context: Context, requirement: Requirement) -> Check:
    return _bearer(context, requirement, "", Expect.REFUSE)


def _lower_case_scheme(context: Context, requirement: Requirement) -> Check:
    return _bearer(context, requirement, None, Expect.ACCEPT)


def _bearer(context: Context, requirement: Requirement, prefix: str | None, expect: Expect) -> Check:
    """The bearer credential behind another *prefix*; None is its own in lower case."""
    scheme = context.contract.security[requirement.subject[0]]
    names = _alternative_with(context, scheme.name)
    if names is None:
        return _untestable(requirement, scheme)
    value = context.credentials.given[scheme.name].behind(scheme.prefix.lower() if prefix is None else prefix)
    headers = (*context.credentials.headers(names - {scheme.name}), (scheme.header, value))
    probe = context.plain_probe(f"Authorization: {value.shown}", expect, headers=headers)
    return Check(requirement, (probe,), each(meets_expectation), context.acceptance_of(names))


def _elsewhere(context: Context, requirement: Requirement) -> Check:
    """Each secret in the query, in a cookie or in the body; what else its alternative needs stays in headers."""
    probes = [probe for scheme in _secrets(context) for probe in _moved(context, scheme)]
    return _of_strangers(context, requirement, probes, each(meets_expectation))


def _moved(context: Context, scheme: Scheme) -> Iterator[Probe]:
    left = (_alternative_with(context, scheme.name) or frozenset()) - {scheme.name}
    if context.contract.security.accepts(left):
        return
    headers, value = context.credentials.headers(left), context.credentials.given[scheme.name]
    names = (scheme.header, *QUERY_NAMES)
    cookie = Secret(f"{scheme.header}={quote(value)}", shown=f"{scheme.header}=[{scheme.name}]")
    bare = context.plain_probe(f"{scheme.name} in the query", Expect.REFUSE, headers=headers)
    query = "&".join(f"{quote(name)}={quote(value)}" for name in names)
    yield replace(bare, request=replace(bare.request, query=query))
    for description, more, body in (
        ("in a cookie", (("Cookie", cookie),), None),
        ("in the body", (), context.changed(**{scheme.header: str(value)})),
    ):
        yield context.plain_probe(
            f"{scheme.name} {description}", Expect.REFUSE, headers=(*headers, *more), body=body
        )


def _detour(context: Context, requirement: Requirement) -> Check:
    """Requests without credentials by ways around the door; a redirect is none of them."""
    nobody = context.credentials.headers(())
    plain = context.plain_probe("a trailing slash", Expect.REFUSE, headers=nobody)
    path = plain.request.path
    probes = [
        replace(plain, description=description, request=replace(plain.request, path=changed))
        for description, changed in (("a trailing slash", f"{path}/"), ("a doubled slash", f"/{path}"))
    ]
    probes += [
        context.plain_probe(f"{name}: {value}", Expect.REFUSE, headers=(*nobody, (name, value)))
        for name, value in (
            ("X-HTTP-Method-Override", "GET"),
            ("X-Original-URL", "/health"),
            ("X-Forwarded-For", "127.0.0.1"),
        )
    ]
    return _of_strangers(context, requirement, probes, each(_stays_out))


def _stays_out(answer: Answer) -> Evidence | None:
    status = status_of(answer.exchange)
    if 300 <= status < 500 or (200 <= status < 300 and first_embedding(answer.exchange) is None):
        return None
    return evidence(answer, "a 4xx, a redirect or a page")


def _warm_connection(context: Context, requirement: Requirement) -> Check:
    """Without credentials right after a request with them, on whatever connection that left open."""
    probes: list[Probe] = []
    for number in range(3):
        nobody = context.plain_probe(
            "no credentials, after valid ones", Expect.REFUSE, headers=context.credentials.headers(())
        )
        probes += [
            replace(context.canary, occurrence=("warm", number)),
            replace(nobody, occurrence=("warm", number)),
        ]
    return replace(_of_strangers(context, requirement, probes, each(meets_expectation)), conduct=one_by_one)


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
            headers=(*context.credentials.headers(names), (bearer.header, f"{bearer.prefix}{PLACEHOLDER}")),
        )
        for names in sets
    )
    return Check(requirement, probes, each(meets_expectation), context.acceptance_of(*sets))


def _before_the_body(context: Context, requirement: Requirement) -> Check:
    nobody = context.credentials.headers(())
    probes = (
        context.plain_probe(
            "no credentials, and a body cut off", Expect.REFUSE, headers=nobody, body=b'{"input":'
        ),
        context.plain_probe("no credentials, and an empty object", Expect.REFUSE, headers=nobody, body=b"{}"),
    )

    def judge(answers: Sequence[Answer]) -> Iterable[Evidence]:
        refused = [a for a in answers if 400 <= status_of(a.exchange) < 500]
        if not refused:
            raise NothingToJudge("no request without credentials was refused")
        return [
            evidence(a, "401 or 403, whatever the body")
            for a in refused
            if status_of(a.exchange) not in (401, 403)
        ]

    return _of_strangers(context, requirement, probes, judge)


def _echo(context: Context, requirement: Requirement) -> Check:
    """Answers, and refusals of many kinds, searched for the credentials that were sent, the wrong one among them.

    What a server shows of a wrong credential it shows of one with a slip of the pen in it too.
    """
    secrets = {str(context.credentials.given[s.name]) for s in _secrets(context)}
    searched = [s for s in secrets if len(s) >= SEARCHED]
    if not searched:
        return Check(
            requirement,
            (),
            each(meets_expectation),
            untestable=f"no secret of {SEARCHED} characters was given",
        )
    probes = (context.canary, *context.refusals, *_with_one_wrong(context))

    def judge(answers: Sequence[Answer]) -> Iterator[Evidence]:
        for answer in answers:
            response = answer.exchange.response
            if response is None:
                continue
            text = response.body.decode("utf-8", "replace") + "\n".join(
                value for _, value in response.headers
            )
            if any(secret in text for secret in (*searched, WRONG)):
                yield evidence(answer, "no credential in the answer", found="one that was sent")

    return Check(requirement, probes, judge, (context.authorized_by,))


def _with_one_wrong(context: Context) -> Iterator[Probe]:
    """The credentials of the alternative in use, each in turn beside a wrong one."""
    names = context.credentials.alternative
    for scheme in context.contract.security.ordered(names):
        headers: Headers = context.credentials.headers(names, {scheme.name: WRONG})
        yield context.plain_probe(f"a wrong {scheme.name}", Expect.EITHER, headers=headers)


def _secrets(context: Context) -> list[Scheme]:
    given = context.credentials.given
    return [scheme for scheme in context.contract.security.schemes if scheme.secret and scheme.name in given]


def _alternative_with(context: Context, name: str) -> frozenset[str] | None:
    given = context.credentials.given.keys()
    return next((a for a in context.contract.security.alternatives if name in a and a <= given), None)


def _of_strangers(context: Context, requirement: Requirement, probes: Sequence[Probe], judge: Judge) -> Check:
    """A check of requests without credentials."""
    untestable = "the contract asks for no credentials" if context.contract.security.accepts(()) else ""
    return Check(requirement, tuple(probes), judge, (context.authorized_by,), untestable)


def _untestable(requirement: Requirement, scheme: Scheme) -> Check:
    return Check(
        requirement,
        (),
        each(meets_expectation),
        untestable=f"no valid credentials for {scheme.name} were given",
    )


CHECKS: dict[str, Callable[[Context, Requirement], Check]] = {
    "auth.repeated.{label}": _repeated,
    "auth.scheme.other": _other_scheme,
    "auth.scheme.none": _no_scheme,
    "auth.scheme.lower-case": _lower_case_scheme,
    "auth.elsewhere": _elsewhere,
    "auth.detour": _detour,
    "auth.warm-connection": _warm_connection,
    "auth.meaningless-authorization": _meaningless_authorization,
    "auth.before-body": _before_the_body,
    "auth.echo": _echo,
}
