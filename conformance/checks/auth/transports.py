"""Area ``auth``: each credential right, wrong, missing or in another place, by every way to send a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from conformance.checks.context import Context
from conformance.checks.covering import NEEDS, Combinations
from conformance.checks.judges import meets_expectation
from conformance.checks.makers import Makers
from conformance.contract import Requirement, Scheme
from conformance.contract.credentials import WRONG
from conformance.engine import Check, Evidence, Expect, Probe, ProbeResult, judges_all
from conformance.generators.covering import Choice, Factors, Row
from conformance.secret import Secret

REJECTED = "for each request a 4xx, or the rejection of an unusual transport"

CREDENTIAL, STATE = "credential", "state"


def _transport(context: Context, requirement: Requirement) -> Check:
    security = context.contract.security
    if security.accepts(()):
        return Check.skipped(requirement, untestable="the contract requires no credentials")
    schemes = [scheme for scheme in security.schemes if context.alternative_with(scheme.name) is not None]
    factors: Factors = {
        CREDENTIAL: [Choice(CREDENTIAL, scheme.name, scheme) for scheme in schemes],
        STATE: [Choice(STATE, state, make) for state, make in STATES.items()],
    }

    def make(row: Row) -> Probe:
        scheme = row[CREDENTIAL].value
        probe: Probe = row[STATE].value(context, scheme)
        return replace(probe, description=f"{scheme.name} {row[STATE].label}")

    def must_be_rejected(chosen: Sequence[Choice]) -> bool:
        """Whether a request is rejected: the rest of the alternative is no alternative, and any value is no secret."""
        for choice in chosen:
            if choice.factor == CREDENTIAL and security.accepts(_rest(context, choice.value)):
                return False
        labels = {choice.label for choice in chosen}
        return not (IS_WRONG in labels and any(s.name in labels and not s.secret for s in schemes))

    array = Combinations(context, factors, make, must_be_rejected)

    @judges_all(REJECTED)
    def judge(results: Sequence[ProbeResult]) -> Iterable[Evidence]:
        def judge_one(result: ProbeResult) -> Evidence | None:
            return None if array.may_end_so(result) else meets_expectation(result)

        return array.found([r for r in results if r.probe.key in array.rows], judge_one)

    return Check(
        requirement,
        array.probes,
        judge,
        (context.authorized_by, *NEEDS),
        procedure=array.procedure,
        extra=array.most,
    )


def _rest(context: Context, scheme: Scheme) -> frozenset[str]:
    """The other credentials of an alternative with *scheme*."""
    return (context.alternative_with(scheme.name) or frozenset()) - {scheme.name}


def _without(context: Context, scheme: Scheme) -> Probe:
    headers = context.credentials.headers(_rest(context, scheme))
    return context.plain_probe("", Expect.REJECT, headers=headers)


def _wrong(context: Context, scheme: Scheme) -> Probe:
    names = _rest(context, scheme) | {scheme.name}
    headers = context.credentials.headers(names, {scheme.name: WRONG})
    return context.plain_probe("", Expect.REJECT, headers=headers)


def _in_query(context: Context, scheme: Scheme) -> Probe:
    probe = _without(context, scheme)
    query = f"{quote(scheme.header)}={quote(_value(context, scheme))}"
    return replace(probe, request=replace(probe.request, query=query))


def _in_cookie(context: Context, scheme: Scheme) -> Probe:
    probe, value = _without(context, scheme), _value(context, scheme)
    cookie = Secret(f"{scheme.header}={quote(value)}", shown=f"{scheme.header}=[{scheme.name}]")
    return replace(
        probe, request=replace(probe.request, headers=(*probe.request.headers, ("Cookie", cookie)))
    )


def _in_body(context: Context, scheme: Scheme) -> Probe:
    headers = context.credentials.headers(_rest(context, scheme))
    body = context.plain_body(**{scheme.header: str(_value(context, scheme))})
    return context.plain_probe("", Expect.REJECT, headers=headers, body=body)


def _value(context: Context, scheme: Scheme) -> Secret:
    return context.credentials.given[scheme.name]


IS_WRONG = "is wrong"
STATES: Mapping[str, Callable[[Context, Scheme], Probe]] = {
    "is missing": _without,
    IS_WRONG: _wrong,
    "is in the query": _in_query,
    "is in a cookie": _in_cookie,
    "is in the body": _in_body,
}

CHECKS: Makers = {"auth.transport": _transport}
