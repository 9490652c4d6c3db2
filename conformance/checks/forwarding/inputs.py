"""Area ``forwarding``: every input reaches the upstream, unchanged and once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from conformance.checks.judges import evidence
from conformance.checks.not_sent import NotAllowed, NotSupported
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Expect, ProbeResult, describe_exchange, judges_all
from conformance.generators.sample_texts import CONTROL, UNICODE, sample_text
from conformance.reference.mock_upstream import UpstreamRequest
from conformance.text import counted

from .probes import LENGTH, RECEIVED, GatewayMaker, GatewayMakers, GatewayProbes
from .upstream_requests import (
    Item,
    inputs_of,
    judges_upstream_requests,
    recording_of,
    sent_inputs,
    shown_json,
    upstream_requests,
)

LONG = 1200
"""Words of a long text, and tokens of a long array: many gateways truncate at 512 or at 1024."""

LARGE_TOKENS = (300, 2**15 + 97, 2**16 + 97)
"""Ids that need more than 8, 15 and 16 bits. An upstream without such a vocabulary may reject them."""

MakeInputs = Callable[[GatewayProbes], Mapping[str, object]]
"""Makes inputs by their descriptions."""


def _received(probes: GatewayProbes, requirement: Requirement) -> Check:
    """Has no prerequisite: a gateway that does not use the mock upstream may fail all other requirements."""
    address = probes.upstream.address

    @judges_all(f"a POST request at {address}, with a path that ends in /embeddings")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        for result in results:
            if not upstream_requests(result):
                elsewhere = ", ".join(recording_of(result).elsewhere)
                found = f"no request there, but {elsewhere}" if elsewhere else "no request there"
                yield evidence(
                    result,
                    f"a POST to a path that ends in /embeddings at {address}; configure the gateway's upstream as"
                    f" http://{address}/v1, or give a header that selects it",
                    found=f"{found}; the gateway's response: {describe_exchange(result.exchange)}",
                )

    return Check(requirement, (probes.probe("a text", probes.text()),), judge)


@judges_upstream_requests("each input at the upstream only once; a batch may be split")
def _arrives_once(result: ProbeResult, requests: Sequence[UpstreamRequest]) -> Evidence | None:
    sent = len(sent_inputs(result))
    found = sum(len(inputs_of(request.texts)) for request in requests)
    if found <= sent:
        return None
    expected = f"{counted(sent, 'input')} at the upstream, each once"
    return evidence(result, expected, found=counted(found, "input"))


@judges_upstream_requests("the same inputs at the upstream, in their order; a batch may be split")
def _arrives_unchanged(result: ProbeResult, requests: Sequence[UpstreamRequest]) -> Evidence | None:
    sent = sent_inputs(result)
    found = [item for request in requests for item in inputs_of(request.texts)]
    if found == sent or (len(requests) > 1 and set(found) == set(sent)):
        return None
    expected, actual = _difference(sent, found)
    return evidence(result, f"at the upstream {expected}", found=actual)


def _difference(sent: Sequence[Item], found: Sequence[Item]) -> tuple[str, str]:
    if len(sent) != len(found):
        return f"{counted(len(sent), 'input')}, {shown_json(sent)}", f"{len(found)}, {shown_json(found)}"
    index = next(n for n, (one, other) in enumerate(zip(sent, found, strict=True)) if one != other)
    return f"the input {shown_json(sent[index])} at position {index}", f"{shown_json(found[index])}"


def _once(probes: GatewayProbes, requirement: Requirement) -> Check:
    forms = probes.possible_probes(probes.forms(), "sent once: ")
    return Check(requirement, tuple(forms), _arrives_once, (RECEIVED,))


def _unchanged(make_inputs: MakeInputs, make_optional: MakeInputs | None = None) -> GatewayMaker:
    """Inputs that reach the upstream unchanged. A gateway may reject the optional ones instead."""

    def make(probes: GatewayProbes, requirement: Requirement) -> Check:
        found = probes.possible_probes(make_inputs(probes))
        for description, value in (make_optional(probes) if make_optional else {}).items():
            with suppress(NotAllowed, NotSupported):
                found.append(replace(probes.probe(description, value), expect=Expect.EITHER))
        return Check(requirement, tuple(found), _arrives_unchanged, (RECEIVED,))

    return make


def _unicode(probes: GatewayProbes) -> dict[str, str]:
    return {description: f"{value} {probes.text()}" for description, value in UNICODE.items()}


def _whitespace(probes: GatewayProbes) -> dict[str, object]:
    return {
        "whitespace around a text": f"  {probes.text()}\t ",
        "whitespace around the texts of a batch": [f"  {probes.text()}\t ", f" {probes.text()}\n"],
        "line feeds in and around a text": f"\n{probes.text()}\r\n\n{probes.text()}\n",
        "several spaces in a row": f"{probes.text()}    {probes.text()}",
    }


CHECKS: GatewayMakers = {
    RECEIVED: _received,
    "forwarding.once": _once,
    "forwarding.input.text": _unchanged(
        lambda probes: {"a text": probes.text()},
        lambda probes: {"a long text": f"{sample_text(91, LONG)} {probes.text()}"},
    ),
    "forwarding.input.unicode": _unchanged(
        lambda probes: {**_unicode(probes), "a batch": [*_unicode(probes).values()]},
        lambda probes: {what: f"{value} {probes.text()}" for what, value in CONTROL.items()},
    ),
    "forwarding.input.whitespace": _unchanged(_whitespace),
    "forwarding.input.batch": _unchanged(lambda probes: {"a batch": probes.batch()}),
    "forwarding.input.tokens": _unchanged(
        lambda probes: {"an array of tokens": probes.tokens()},
        lambda probes: {
            "tokens of all sizes": [*probes.tokens(), *LARGE_TOKENS],
            "a long array of tokens": probes.tokens() * (LONG // LENGTH),
        },
    ),
    "forwarding.input.nested-tokens": _unchanged(
        lambda probes: {"a batch of arrays of tokens": [probes.tokens() for _ in probes.batch()]},
        lambda probes: {
            "a batch with tokens of all sizes": [probes.tokens(), [*probes.tokens(), *LARGE_TOKENS]]
        },
    ),
}
