"""Compare runs against the gateway with the recorded findings. Pure functions, so that tests need no npm."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain

from conformance.engine import Outcome, Verdict
from conformance.http_client import Exchange
from tests.gateway.gateway import Redirected

PROVIDER = "api.openai.com"
"""The host that the gateway calls if it knows only the provider's name."""

PROVIDER_PATH = "/v1/embeddings"

Findings = Mapping[str, Mapping[str, int | str]]
"""The result of each failing exchange (a status, or a kind of failure), by requirement and description of the probe."""


def findings(outcomes: Iterable[Outcome]) -> Findings:
    """Every failing exchange of a run, including those that a report omits as similar."""
    return {
        outcome.requirement.id: {item.probe: _result(item.exchange) for item in outcome.evidence}
        for outcome in outcomes
        if outcome.evidence
    }


def changed_findings(now: Findings, known: Findings) -> Iterator[str]:
    """Yield the differences between two sets of findings: new, missing and changed failing exchanges."""
    before, after = _flat(known), _flat(now)
    for key in dict.fromkeys(chain(before, after)):
        expected, found = before.get(key, "no failure"), after.get(key, "no failure")
        if expected != found:
            yield f"{key[0]}, {key[1]}: expected {expected}, found {found}"


def load_differences(
    first: Iterable[Outcome], second: Iterable[Outcome], load: str, untestable: Collection[str] = ()
) -> Iterator[str]:
    """Yield the differences between the *first* run and a *second* one with another *load*.

    The requirements *untestable* need another load, and are not tested in the second run.
    """
    first, second = list(first), list(second)
    verdicts = {outcome.requirement.id: outcome.verdict.value for outcome in second}
    for outcome in first:
        id = outcome.requirement.id
        expected = Verdict.NOT_TESTED.value if id in untestable else outcome.verdict.value
        if verdicts[id] != expected:
            yield f"{id}: {outcome.verdict.value} in the first run, {verdicts[id]} with {load}"
    for change in changed_findings(findings(second), findings(first)):
        yield f"{change} with {load}"


def unexpected_calls(redirected: Sequence[Redirected], escapes: Sequence[str]) -> Iterator[str]:
    """Yield the attempts of the gateway to connect to other hosts than its provider."""
    for line in escapes:
        yield f"the gateway tried to connect outside loopback: {line}"
    calls = dict.fromkeys(redirected)
    for call in calls:
        if (call.host, call.path) != (PROVIDER, PROVIDER_PATH):
            yield f"expected only calls to {PROVIDER}{PROVIDER_PATH}, found {call.method} {call.host}{call.path}"
    if not calls:
        yield f"expected calls to {PROVIDER}, found none; check that the preload still redirects"


def _result(exchange: Exchange) -> int | str:
    if exchange.response is not None:
        return exchange.response.status
    assert exchange.failure is not None
    return exchange.failure.kind.value


def _flat(findings: Findings) -> dict[tuple[str, str], int | str]:
    return {(id, probe): end for id, probes in findings.items() for probe, end in probes.items()}
