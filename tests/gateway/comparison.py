"""What runs against the gateway showed, held against what is known of it: pure, so that it is tested without npm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from conformance.engine import Outcome
from conformance.http_client import Exchange
from tests.gateway.gateway import Redirected

PROVIDER = "api.openai.com"
"""The host that the gateway looks for when the provider's name is all it knows."""

PROVIDER_PATH = "/v1/embeddings"

Findings = Mapping[str, Mapping[str, int | str]]
"""How each failing exchange ended (its status, or why there was none), by requirement and description of the probe."""


def findings(outcomes: Iterable[Outcome]) -> Findings:
    """Every failing exchange of a run, also those that a report leaves out as more of the same kind."""
    return {
        outcome.requirement.id: {item.probe: _end(item.exchange) for item in outcome.evidence}
        for outcome in outcomes
        if outcome.evidence
    }


def changed_findings(now: Findings, known: Findings) -> Iterator[str]:
    """Failing exchanges that nobody has looked at yet, and those that fail no longer or in another way."""
    before, after = _flat(known), _flat(now)
    for key in dict.fromkeys(chain(before, after)):
        expected, found = before.get(key, "no failure"), after.get(key, "no failure")
        if expected != found:
            yield f"{key[0]}, {key[1]}: expected {expected}, found {found}"


def unsteady_verdicts(first: Iterable[Outcome], again: Iterable[Outcome], load: str) -> Iterator[str]:
    """What a second run of the same suite, under another *load*, found otherwise than the *first*."""
    first, again = list(first), list(again)
    verdicts = {outcome.requirement.id: outcome.verdict.value for outcome in again}
    for outcome in first:
        id, verdict = outcome.requirement.id, outcome.verdict.value
        if verdicts[id] != verdict:
            yield f"{id}: {verdict} at first, {verdicts[id]} with {load}"
    for change in changed_findings(findings(again), findings(first)):
        yield f"{change} with {load}"


def strays(redirected: Sequence[Redirected], escapes: Sequence[str]) -> Iterator[str]:
    """What the gateway wanted of the network beyond calling its provider."""
    for line in escapes:
        yield f"the gateway tried to leave loopback: {line}"
    calls = dict.fromkeys(redirected)
    for call in calls:
        if (call.host, call.path) != (PROVIDER, PROVIDER_PATH):
            yield f"expected calls of {PROVIDER}{PROVIDER_PATH} alone, found {call.method} {call.host}{call.path}"
    if not calls:
        yield f"expected calls of {PROVIDER}, found none: does the preload still redirect?"


def _end(exchange: Exchange) -> int | str:
    if exchange.response is not None:
        return exchange.response.status
    assert exchange.failure is not None
    return exchange.failure.kind.value


def _flat(findings: Findings) -> dict[tuple[str, str], int | str]:
    return {(id, probe): end for id, probes in findings.items() for probe, end in probes.items()}
