"""Area ``forwarding``: which credentials reach the upstream, and which the gateway withholds."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import suppress

from conformance.checks.echoes import MIN_SECRET
from conformance.checks.judges import evidence
from conformance.contract import Requirement, Scheme
from conformance.engine import Check, Evidence, Probe, ProbeResult, judges_all
from conformance.reference.mock_upstream import UpstreamRequest

from .probes import RECEIVED, GatewayProbes
from .upstream_requests import judges_upstream_requests, recorded_requests


def credential_check(probes: GatewayProbes, requirement: Requirement, others: Sequence[Probe]) -> Check:
    """The check that a credential reaches the upstream unchanged, or that it does not, as the contract states.

    A withheld credential is searched for in the upstream's requests for the *others* too.
    """
    (name,) = requirement.subject
    context = probes.context
    scheme, given = context.contract.security[name], context.credentials.given
    if context.alternative_with(name) is None:
        return Check.skipped(requirement, untestable=f"no set of credentials with {name} was given")
    forwarded = [s.name for s in context.contract.security.schemes if s.upstream == "as-given"]
    if scheme.upstream == "withheld" and any(given.get(other) == given[name] for other in forwarded):
        reason = f"{name} has the same value as a credential that is forwarded to the upstream"
        return Check.skipped(requirement, untestable=reason)
    own = tuple(
        probes.probe(
            f"the credentials {', '.join(sorted(names))}",
            probes.text(),
            headers=context.credentials.headers(names),
        )
        for names in context.given_alternatives
        if name in names
    )
    make = _forwarded if scheme.upstream == "as-given" else _withheld
    return make(requirement, own, scheme, str(given[name]), others)


def _forwarded(
    requirement: Requirement, own: Sequence[Probe], scheme: Scheme, value: str, others: Sequence[Probe]
) -> Check:
    del others

    @judges_upstream_requests(f"{scheme.header} at the upstream as it was given")
    def judge(result: ProbeResult, requests: Sequence[UpstreamRequest]) -> Evidence | None:
        sent = _sent(result, scheme, value)
        for request in requests:
            values = [v for name, v in request.headers if name.lower() == scheme.header.lower()]
            # Azure OpenAI has the credential in the header api-key.
            in_other_header = not values and any(v == sent for _, v in request.headers)
            if not in_other_header and [scheme.extract(v) for v in values] != [sent]:
                found = "another value" if values else f"no {scheme.header}"
                return evidence(result, f"{scheme.header} at the upstream as it was given", found=found)
        return None

    return Check(requirement, tuple(own), judge, (RECEIVED,))


def _withheld(
    requirement: Requirement, own: Sequence[Probe], scheme: Scheme, value: str, others: Sequence[Probe]
) -> Check:
    expected = f"no credential for {scheme.name} at the upstream"

    def find(result: ProbeResult, requests: Sequence[UpstreamRequest]) -> Evidence | None:
        sent = _sent(result, scheme, value)
        for request in requests:
            for where, text in _parts(request):
                if _contains(text, scheme, sent):
                    return evidence(result, expected, found=f"the credential in {where}")
        return None

    judge_own = judges_upstream_requests(expected)(find)

    @judges_all(expected)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield from judge_own(results[: len(own)])
        for result in results[len(own) :]:
            if (found := find(result, recorded_requests(result))) is not None:
                yield found

    return Check(requirement, (*own, *others), judge, (RECEIVED,))


def _sent(result: ProbeResult, scheme: Scheme, given: str) -> str:
    """The credential that the request carried: a new one if the *given* one has expired, and was renewed."""
    renewed = result.exchange.renewed
    headers = renewed.headers if renewed is not None else ()
    values = (scheme.extract(value) for name, value in headers if name.lower() == scheme.header.lower())
    return next(filter(None, values), given)


def _contains(text: str, scheme: Scheme, value: str) -> bool:
    if scheme.extract(text) == value or text == value:
        return True
    return len(value) >= MIN_SECRET and any(value in part for part in (text, *_decoded(text)))


def _decoded(text: str) -> Iterator[str]:
    """The decoded words of *text* that are base64, as basic credentials are (RFC 7617)."""
    for word in text.split():
        with suppress(ValueError):
            yield b64decode(word, validate=True).decode("utf-8", "replace")


def _parts(request: UpstreamRequest) -> Iterator[tuple[str, str]]:
    """The parts of a request that may contain a credential."""
    for name, value in request.headers:
        yield f"the header {name}", value
        yield "the name of a header", name
    yield "the path or query", request.path
    yield "the body", request.body.decode("utf-8", "replace")
