"""Area ``forwarding``: which credentials go on to the upstream, and which stay with the gateway."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import suppress

from conformance.checks.auth.bypass import SEARCHED
from conformance.checks.judges import evidence, meets_expectation
from conformance.contract import Requirement, Scheme
from conformance.engine import Check, Evidence, Probe, ProbeResult, each
from conformance.reference.mock_upstream.recording import Arrival

from .arrivals import Pair, judge_arrivals, recorded


def credential_check(pair: Pair, requirement: Requirement, elsewhere: Sequence[Probe]) -> Check:
    """The check that a credential arrives as it was given, or that it does not arrive: as the contract says of it.

    One that has to stay is looked for in whatever arrives for the probes *elsewhere*, too.
    """
    (name,) = requirement.subject
    context = pair.context
    scheme, given = context.contract.security[name], context.credentials.given
    untestable = "" if context.alternative_with(name) else f"no set of credentials with {name} was given"
    passed = [s.name for s in context.contract.security.schemes if s.upstream == "as-given"]
    if scheme.upstream == "withheld" and any(given.get(other) == given.get(name) for other in passed):
        untestable = untestable or f"{name} has the same value as a credential that goes on to the upstream"
    if untestable:
        return Check(requirement, (), each(meets_expectation), untestable=untestable)
    value = str(given[name])
    look = _as_given if scheme.upstream == "as-given" else _withheld

    def judge_one(answer: ProbeResult, arrived: Sequence[Arrival]) -> Evidence | None:
        return look(scheme, value, answer, arrived)

    probes = [
        pair.probe(
            f"the credentials {', '.join(sorted(names))}",
            pair.text(),
            headers=context.credentials.headers(names),
        )
        for names in context.contract.security.alternatives
        if name in names and names <= given.keys()
    ]
    own = judge_arrivals(judge_one)
    if scheme.upstream == "as-given":
        return Check(requirement, tuple(probes), own, ("forwarding.received",))

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        yield from own(answers[: len(probes)])
        for answer in answers[len(probes) :]:
            if (found := _withheld(scheme, value, answer, recorded(answer))) is not None:
                yield found

    return Check(requirement, (*probes, *elsewhere), judge, ("forwarding.received",))


def _as_given(scheme: Scheme, value: str, answer: ProbeResult, arrived: Sequence[Arrival]) -> Evidence | None:
    for arrival in arrived:
        values = [v for name, v in arrival.headers if name.lower() == scheme.header.lower()]
        elsewhere = not values and any(
            v == value for _, v in arrival.headers
        )  # Azure OpenAI has api-key for it.
        if not elsewhere and [scheme.extract(v) for v in values] != [value]:
            found = "another value" if values else f"no {scheme.header}"
            return evidence(answer, f"{scheme.header} at the upstream as it was given", found=found)
    return None


def _withheld(scheme: Scheme, value: str, answer: ProbeResult, arrived: Sequence[Arrival]) -> Evidence | None:
    for arrival in arrived:
        for place, found in _places(arrival):
            whole = scheme.extract(found) == value or found == value
            if whole or (len(value) >= SEARCHED and any(value in text for text in (found, *_decoded(found)))):
                expected = f"the credential for {scheme.name} nowhere at the upstream"
                return evidence(answer, expected, found=f"it stands in {place}")
    return None


def _decoded(text: str) -> Iterator[str]:
    """What the words of *text* say that are base64, as those of basic credentials are (RFC 7617)."""
    for word in text.split():
        with suppress(ValueError):
            yield b64decode(word, validate=True).decode("utf-8", "replace")


def _places(arrival: Arrival) -> Iterator[tuple[str, str]]:
    """Where a credential may stand in a request."""
    for name, value in arrival.headers:
        yield f"the header {name}", value
        yield "the name of a header", name
    yield "the path or query", arrival.path
    yield "the body", arrival.body.decode("utf-8", "replace")
