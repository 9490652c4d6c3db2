"""Two tenants with credentials of their own: what one sends does not come back to the other.

Equal vectors for equal requests of two tenants are correct. A response shows a shared cache if it has a value that only
the other tenant has sent, the id of the other tenant's response, or the vector of the other tenant's model.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from secrets import token_hex
from typing import Any

from conformance.checks.answers import Answers
from conformance.checks.context import Context, Headers, secrets_of
from conformance.checks.echoes import MIN_SECRET
from conformance.checks.judges import evidence, header_of, meets_expectation
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.contract.credentials import Credentials
from conformance.contract.response_headers import response_headers
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    Probe,
    ProbeResult,
    Remark,
    describe_exchange,
    judges_all,
    send_in_sequence,
)
from conformance.generators.sample_texts import sample_text
from conformance.validation.embeddings import Vector, same_vector

OTHER_TENANT = "other-tenant"
"""The condition under which the requirements on two tenants are tested."""

NO_OTHER = "no credentials of another tenant were given (option other-header)"

TEXTS = (sample_text(160, 6), sample_text(161, 6))
"""The first tenant requests the first text first, the other one the second."""

OTHER_ADVICE = "; check the option other-header"

EXPECTED = "nothing that comes from another tenant's request"


@dataclass(frozen=True)
class Tenant:
    """The headers of a tenant's requests, and the values that no other tenant sends, each with its name."""

    name: str
    credentials: Credentials
    number: int

    @cached_property
    def headers(self) -> Headers:
        """Its credentials, and the other headers of its requests."""
        return self.credentials.headers(self.credentials.alternative)

    @cached_property
    def ids(self) -> Mapping[str, str]:
        """Headers that identify a request and a trace, with values that are new in each run."""
        return {"X-Request-Id": token_hex(16), "traceparent": f"00-{token_hex(16)}-{token_hex(8)}-01"}

    @property
    def user(self) -> str:
        """The value of properties that name an end user."""
        return f"end-user-{self.number}-of-tenant-{self.number}"

    @cached_property
    def own(self) -> Mapping[str, str]:
        """What only this tenant sends: the name of each value."""
        _, trace, span, _ = self.ids["traceparent"].split("-")
        secrets = dict.fromkeys(secrets_of(self.credentials), "a credential")
        return {
            **secrets,
            self.ids["X-Request-Id"]: "the X-Request-Id",
            trace: "the trace id",
            span: "the parent id of the trace",
            self.user: "the user",
        }


def _tenants(context: Context, requirement: Requirement) -> Check:
    """Send the same requests with the credentials of two tenants, in both orders."""
    if context.other is None:
        return Check.skipped(requirement, untestable=NO_OTHER)
    first, other = (
        Tenant("the first tenant", context.credentials, 1),
        Tenant("the other tenant", context.other, 2),
    )
    steps = [
        *((tenant, TEXTS[0], {}) for tenant in (first, other)),
        *((tenant, TEXTS[0], _user(context, tenant)) for tenant in (first, other) if context.roles.user),
        *((tenant, TEXTS[1], {}) for tenant in (other, first)),
        *_batches(context, first, other),
    ]
    probes = [_probe(context, *step) for step in steps]
    of = {probe.key: (tenant, value) for probe, (tenant, value, _) in zip(probes, steps, strict=True)}
    context.answers.search_for(lambda: {*first.own, *other.own})

    @judges_all(EXPECTED)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        sent = [Sent(result, *of[result.probe.key]) for result in results]
        for one in sent:
            _require_success(one.result, one.tenant.name, OTHER_ADVICE if one.tenant is other else "")
        yield from _values_of_others(context.answers, sent, (first, other))
        yield from _repeated_ids(sent)
        yield from _other_models(context.answers, sent)
        if hit := _cache_hit(sent):
            raise Remark(hit)

    needs = context.needs_of("a")
    return Check(requirement, tuple(probes), judge, needs, procedure=send_in_sequence)


@dataclass(frozen=True)
class Sent:
    """A request of a tenant with these inputs, and its result."""

    result: ProbeResult
    tenant: Tenant
    inputs: object


def _user(context: Context, tenant: Tenant) -> Mapping[str, Any]:
    return context.roles.named(user=tenant.user)


def _batches(
    context: Context, first: Tenant, other: Tenant
) -> Iterator[tuple[Tenant, object, Mapping[str, Any]]]:
    """Batches of both texts, in which a cache of single requests has no part."""
    if context.takes_batches and context.can_send([*TEXTS]):
        yield first, [*TEXTS], {}
        yield other, [*reversed(TEXTS)], {}


def _probe(context: Context, tenant: Tenant, inputs: object, options: Mapping[str, Any]) -> Probe:
    body = context.input_probe("", inputs, **options).request.body
    with_user = " and a user" if options else ""
    description = f"{inputs!r}{with_user}, with the credentials of {tenant.name}"
    probe = context.plain_probe(description, Expect.ACCEPT, headers=tenant.headers, body=body)
    request = replace(probe.request, headers=(*probe.request.headers, *tenant.ids.items()))
    return replace(probe, request=request, occurrence="tenants")


def _require_success(result: ProbeResult, whose: str, advice: str) -> None:
    """Raise NothingToJudge if a valid request is not accepted: others cannot be compared with it."""
    if not result.exchange.succeeded:
        raise NothingToJudge(f"a valid request of {whose} got {describe_exchange(result.exchange)}{advice}")


def _values_of_others(
    answers: Answers, sent: Sequence[Sent], tenants: Sequence[Tenant]
) -> Iterator[Evidence]:
    for one in sent:
        for tenant in tenants:
            found = answers.of(one.result.exchange).secrets & (tenant.own.keys() - one.tenant.own.keys())
            if found and tenant is not one.tenant:
                what = tenant.own[min(found, key=[*tenant.own].index)]
                yield evidence(one.result, EXPECTED, found=f"{what} of a request of {tenant.name}")


def _repeated_ids(sent: Sequence[Sent]) -> Iterator[Evidence]:
    """The ids in responses that another tenant's response to the same inputs had before, and no other response."""
    for place, one in enumerate(sent):
        for earlier in sent[:place]:
            if earlier.tenant is one.tenant or earlier.inputs != one.inputs:
                continue
            for name in response_headers().request_ids:
                value = header_of(one.result, name)
                others = (s for s in sent if s.inputs != one.inputs)
                is_constant = any(header_of(s.result, name) == value for s in others)
                if value and value == header_of(earlier.result, name) and not is_constant:
                    found = f"the {name} of the response to {earlier.tenant.name}"
                    yield evidence(one.result, EXPECTED, found=found)


def _other_models(answers: Answers, sent: Sequence[Sent]) -> Iterator[Evidence]:
    """Responses with a vector of the other tenant's model, if the tenants have different models."""
    own = {
        (one.tenant.number, value): _vector(answers, one, place)
        for one in sent
        if isinstance(one.inputs, list)
        for place, value in enumerate(one.inputs)
    }
    for one in (one for one in sent if isinstance(one.inputs, str)):
        mine, others = (
            own.get((number, one.inputs)) for number in (one.tenant.number, 3 - one.tenant.number)
        )
        found = _vector(answers, one, 0)
        if mine is None or others is None or found is None or same_vector(mine, others):
            continue
        if same_vector(found, others) and not same_vector(found, mine):
            yield evidence(one.result, EXPECTED, found="the vector of the other tenant's model")


def _vector(answers: Answers, one: Sent, place: int) -> Vector | None:
    vectors = answers.vectors_of(one.result.exchange)
    return vectors[place] if vectors and place < len(vectors) else None


def _cache_hit(sent: Sequence[Sent]) -> str:
    """A sentence about a cache hit, by the server's own word, for a request that only the other tenant had sent."""
    headers = response_headers()
    hits = headers.cache_hits
    for earlier, one in pairwise(sent):
        for name in headers.cache_status:
            status, before = (header_of(s.result, name) or "" for s in (one, earlier))
            crosses = earlier.inputs == one.inputs and earlier.tenant is not one.tenant
            if crosses and status.lower().startswith(hits) and not before.lower().startswith(hits):
                return (
                    f"the server reports a cache hit ({name}: {status}) for a request that only {earlier.tenant.name}"
                    " had sent: one tenant can find out what another sends"
                )
    return ""


def _mixed(context: Context, requirement: Requirement) -> Check:
    """Send a credential of each tenant with the rest of the other one's: on a new connection, and on a kept one."""
    if context.other is None:
        return Check.skipped(requirement, untestable=NO_OTHER)
    first, other = context.credentials, context.other
    names = first.alternative
    bound = [name for name in _bound(first) if name in names and first.given[name] != other.given.get(name)]
    if len(bound) < 2 or names != other.alternative:
        reason = (
            f"the tenants do not differ in two credentials that the server issues, of {MIN_SECRET} characters or more:"
            " no mixture of them is wrong"
        )
        return Check.skipped(requirement, untestable=reason)
    last = bound[-1]
    valid = context.plain_probe(
        "the credentials of the other tenant", Expect.ACCEPT, headers=other.headers(names)
    )
    into_first = first.headers(names, {last: other.given[last]})
    into_other = other.headers(names, {last: first.given[last]})
    mixed = context.plain_probe(
        f"{last} of the other tenant with the other credentials of the first one",
        Expect.REJECT,
        headers=into_first,
    )
    kept = context.plain_probe(
        f"{last} of the first tenant with the other credentials of the other one, after a request of that one",
        Expect.REJECT,
        headers=into_other,
    )
    probes = (valid, mixed, replace(kept, after=(valid.request,)))

    @judges_all("a 4xx for mixed credentials")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        for result in results:
            if result.probe.expect is Expect.ACCEPT:
                _require_success(result, "the other tenant", OTHER_ADVICE)
        yield from filter(None, map(meets_expectation, results))

    return Check(requirement, probes, judge, (context.authorized_by,), procedure=send_in_sequence)


def _bound(credentials: Credentials) -> Iterator[str]:
    """The schemes whose credentials the server issues to a tenant: it knows which of them do not belong together.

    A credential for an upstream, and an inline configuration in JSON, may be valid together with any others.
    """
    for scheme in credentials.secrets:
        value = str(credentials.given[scheme.name])
        if scheme.upstream != "as-given" and len(value) >= MIN_SECRET and not value.lstrip().startswith("{"):
            yield scheme.name


CHECKS: Makers = {"state.tenants": _tenants, "auth.tenants": _mixed}
