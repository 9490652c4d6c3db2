"""Area ``auth``: ways around the door, and what refusals give away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from urllib.parse import quote

from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.contract import Requirement, Scheme
from conformance.contract.credentials import WRONG
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    Judge,
    NothingToJudge,
    Probe,
    ProbeResult,
    each,
    one_by_one,
)
from conformance.secret import Secret
from conformance.validation.embeddings import first_embedding

QUERY_NAMES = ("api_key", "api-key", "key", "access_token")
"""What servers call a credential in a query (RFC 6750, section 2.3, for the last one)."""

SEARCHED = 8
"""Secrets shorter than this may stand in an answer by chance."""


def door_checks(context: Context) -> Iterator[Check]:
    """A check for each requirement on ways around."""
    for id, make in CHECKS.items():
        if id in context.contract.catalogue:
            yield make(context, context.contract.catalogue[id])


def _elsewhere(context: Context, requirement: Requirement) -> Check:
    """Each secret in the query, in a cookie or in the body; what else its alternative needs stays in headers."""
    probes = [probe for scheme in context.credentials.secrets for probe in _moved(context, scheme)]
    return _of_strangers(context, requirement, probes, each(meets_expectation))


def _moved(context: Context, scheme: Scheme) -> Iterator[Probe]:
    left = (context.alternative_with(scheme.name) or frozenset()) - {scheme.name}
    if context.contract.security.accepts(left):
        return
    headers, value = context.credentials.headers(left), context.credentials.given[scheme.name]
    names = (scheme.header, *QUERY_NAMES)
    cookie = Secret(f"{scheme.header}={quote(value)}", shown=f"{scheme.header}=[{scheme.name}]")
    bare = context.plain_probe(f"{scheme.name} in the query", Expect.REJECT, headers=headers)
    query = "&".join(f"{quote(name)}={quote(value)}" for name in names)
    yield replace(bare, request=replace(bare.request, query=query))
    for description, more, body in (
        ("in a cookie", (("Cookie", cookie),), None),
        ("in the body", (), context.changed(**dict.fromkeys(names, str(value)))),
    ):
        yield context.plain_probe(
            f"{scheme.name} {description}", Expect.REJECT, headers=(*headers, *more), body=body
        )


def _detour(context: Context, requirement: Requirement) -> Check:
    """Requests without credentials by ways around the door; a redirect is none of them."""
    nobody = context.credentials.headers(())
    plain = context.plain_probe("a trailing slash", Expect.REJECT, headers=nobody)
    path = plain.request.path
    probes = [
        replace(plain, description=description, request=replace(plain.request, path=changed))
        for description, changed in (("a trailing slash", f"{path}/"), ("a doubled slash", f"/{path}"))
    ]
    probes += [
        context.plain_probe(f"{name}: {value}", Expect.REJECT, headers=(*nobody, (name, value)))
        for name, value in (
            ("X-HTTP-Method-Override", "GET"),
            ("X-Original-URL", "/health"),
            ("X-Forwarded-For", "127.0.0.1"),
        )
    ]
    return _of_strangers(context, requirement, probes, each(_stays_out))


def _stays_out(answer: ProbeResult) -> Evidence | None:
    status = answer.exchange.status
    if 300 <= status < 500 or (200 <= status < 300 and first_embedding(answer.exchange.body) is None):
        return None
    return evidence(answer, "a 4xx, a redirect or a page")


def _warm_connection(context: Context, requirement: Requirement) -> Check:
    """Without credentials right after a request with them, on whatever connection that left open."""
    probes: list[Probe] = []
    for number in range(3):
        nobody = context.plain_probe(
            "no credentials, after valid ones", Expect.REJECT, headers=context.credentials.headers(())
        )
        probes += [
            replace(context.canary, occurrence=("warm", number)),
            replace(nobody, occurrence=("warm", number)),
        ]
    return replace(_of_strangers(context, requirement, probes, each(meets_expectation)), conduct=one_by_one)


def _before_the_body(context: Context, requirement: Requirement) -> Check:
    nobody = context.credentials.headers(())
    probes = (
        context.plain_probe(
            "no credentials, and a body cut off", Expect.REJECT, headers=nobody, body=b'{"input":'
        ),
        context.plain_probe("no credentials, and an empty object", Expect.REJECT, headers=nobody, body=b"{}"),
    )

    def judge(answers: Sequence[ProbeResult]) -> Iterable[Evidence]:
        refused = [a for a in answers if 400 <= a.exchange.status < 500]
        if not refused:
            raise NothingToJudge("no request without credentials was refused")
        return [
            evidence(a, "401 or 403, whatever the body")
            for a in refused
            if a.exchange.status not in (401, 403)
        ]

    return _of_strangers(context, requirement, probes, judge)


def _echo(context: Context, requirement: Requirement) -> Check:
    """Answers, and refusals of many kinds, searched for the credentials that were sent, the wrong one among them.

    What a server shows of a wrong credential it shows of one with a slip of the pen in it too.
    """
    secrets = {str(context.credentials.given[s.name]) for s in context.credentials.secrets}
    searched = [s for s in secrets if len(s) >= SEARCHED]
    if not searched:
        return Check(
            requirement,
            (),
            each(meets_expectation),
            untestable=f"no secret of {SEARCHED} characters was given",
        )
    probes = (context.canary, *context.refusals, *_with_one_wrong(context), *_by_each_alternative(context))

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
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


def _by_each_alternative(context: Context) -> Iterator[Probe]:
    """An answer and a refusal to the credentials of each alternative that was given."""
    for names in context.contract.security.alternatives:
        if names <= context.credentials.given.keys():
            headers, shown = context.credentials.headers(names), ", ".join(sorted(names))
            yield context.plain_probe(f"an answer to {shown}", Expect.ACCEPT, headers=headers)
            yield context.plain_probe(f"a refusal to {shown}", Expect.REJECT, headers=headers, body=b"{}")


def _with_one_wrong(context: Context) -> Iterator[Probe]:
    """The credentials of the alternative in use, each secret in turn a wrong one."""
    names = context.credentials.alternative
    for scheme in (scheme for scheme in context.credentials.secrets if scheme.name in names):
        headers = context.credentials.headers(names, {scheme.name: WRONG})
        yield context.plain_probe(f"a wrong {scheme.name}", Expect.EITHER, headers=headers)


def _of_strangers(context: Context, requirement: Requirement, probes: Sequence[Probe], judge: Judge) -> Check:
    """A check of requests without credentials."""
    untestable = "the contract asks for no credentials" if context.contract.security.accepts(()) else ""
    return Check(requirement, tuple(probes), judge, (context.authorized_by,), untestable)


CHECKS: dict[str, Callable[[Context, Requirement], Check]] = {
    "auth.headers-only": _elsewhere,
    "auth.bypass": _detour,
    "auth.reused-connection": _warm_connection,
    "auth.before-body": _before_the_body,
    "auth.echo": _echo,
}
