"""Area ``http``: the trailer of a chunked body is no part of the header section."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from conformance.checks.context import Context
from conformance.checks.judges import evidence, meets_expectation
from conformance.checks.makers import Makers
from conformance.contract import Requirement
from conformance.contract.credentials import WRONG
from conformance.engine import Check, Evidence, Expect, Probe, ProbeResult, judges_all
from conformance.http_client import Transport

IGNORED = "200, or a 4xx that does not come from the trailer"

NOT_AUTHORIZED = (401, 403)
UNSUPPORTED_TYPE = (415,)


@dataclass(frozen=True)
class Contradiction:
    """A valid request with a trailer field, and the *statuses* that it would get with this field as a header."""

    probe: Probe
    statuses: Collection[int]


def _trailer(context: Context, requirement: Requirement) -> Check:
    """A server may reject such trailers, but not for their values."""
    contradictions = {one.probe.key: one for one in _contradictions(context)}

    @judges_all(IGNORED)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        for result in results:
            status = result.exchange.status
            if status in contradictions[result.probe.key].statuses:
                yield evidence(result, IGNORED, f"used the trailer field as a header: {status}")
            elif (found := meets_expectation(result)) is not None:
                yield found

    probes = tuple(one.probe for one in contradictions.values())
    return Check(requirement, probes, judge, (context.authorized_by, "http.chunked"))


def _contradictions(context: Context) -> Iterator[Contradiction]:
    yield Contradiction(_with_trailer(context, "Content-Type", "text/plain"), UNSUPPORTED_TYPE)
    for scheme in context.credentials.secrets[:1]:
        value = WRONG.with_prefix(scheme.prefix)
        yield Contradiction(_with_trailer(context, scheme.header, value), NOT_AUTHORIZED)


def _with_trailer(context: Context, name: str, value: str) -> Probe:
    body = (context.plain.body,)
    probe = context.plain_probe(f"the trailer field {name}", Expect.EITHER, body=body)
    request = replace(probe.request, transport=Transport(trailers=((name, value),)))
    return replace(probe, request=request)


CHECKS: Makers = {"http.trailer": _trailer}
