"""Area ``forwarding``: what of a request arrives at the upstream of a gateway."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.checks.admitted import if_admitted
from conformance.checks.context import Context, NotAdmitted, NotSupported
from conformance.checks.judges import evidence
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Expect, Probe, ProbeResult, describe
from conformance.generators.sample_texts import CONTROL, UNICODE, text
from conformance.reference.mock_upstream.recording import Arrival

from .arrivals import LENGTH, Item, Pair, Played, arrivals, items, judge_arrivals, sent_payload, shown
from .credentials import credential_check
from .errors import error_makers
from .response import ANSWERS

UPSTREAM = "upstream"
"""The circumstance under which a run is about the area."""

ARRIVES = "forwarding.received"
"""Without it nothing of the area shows."""

LONG = 1200
"""Words of a long text, and tokens of a long array: many gateways cut at 512 or at 1024."""

LARGE_TOKENS = (300, 2**15 + 97, 2**16 + 97)
"""Ids that do not fit into 8, 15 and 16 bits; an upstream without them may refuse them, as they arrive."""

Look = Callable[[ProbeResult, Sequence[Arrival]], Evidence | None]
Make = Callable[[Pair, Requirement], Check]
Values = Callable[[Pair], dict[str, object]]


def forwarding_checks(context: Context, upstream: Played) -> Iterator[Check]:
    """A check for each requirement on a gateway whose *upstream* the suite plays."""
    pair = Pair(context, upstream)
    makers: dict[str, Make] = {ARRIVES: _arrives, **CHECKS, **ANSWERS, **error_makers()}
    requirements = [r for r in context.contract.catalogue.values() if r.area == "forwarding"]
    made = {r.id: if_admitted(r, partial(makers[r.id], pair, r)) for r in requirements if r.id in makers}
    yield from made.values()
    elsewhere = [probe for check in made.values() for probe in check.probes]
    for requirement in requirements:
        if requirement.id not in made:
            yield if_admitted(requirement, partial(credential_check, pair, requirement, elsewhere))


def _arrives(pair: Pair, requirement: Requirement) -> Check:
    """It needs nothing: a gateway that is not led to the upstream may fail in everything else as well."""

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        address = pair.upstream.address
        for answer in answers:
            if not arrivals(answer):
                yield evidence(
                    answer,
                    f"a POST to a path that ends in /embeddings at {address}: configure the gateway's upstream as"
                    f" http://{address}/v1, or give a header that leads it there",
                    found=f"nothing there; the gateway answered {describe(answer.exchange)}",
                )

    return Check(requirement, (pair.probe("a text", pair.text()),), judge)


def _check(requirement: Requirement, probes: Sequence[Probe], look: Look) -> Check:
    return Check(requirement, tuple(probes), judge_arrivals(look), (ARRIVES,))


def _once(pair: Pair, requirement: Requirement) -> Check:
    """Each input arrives once; a batch may be divided."""

    def look(answer: ProbeResult, arrived: Sequence[Arrival]) -> Evidence | None:
        sent = len(items(sent_payload(answer)["input"]))
        found = sum(len(items(arrival.payload.get("input"))) for arrival in arrived)
        if found <= sent:
            return None
        return evidence(answer, f"{sent} inputs at the upstream, each once", found=f"{found} of them")

    return _check(requirement, _claimed(pair, _forms(pair), "once "), look)


def _inputs(values: Values, doubtful: Values | None = None) -> Make:
    """Inputs that arrive as they are; the *doubtful* ones a gateway may also refuse."""

    def make(pair: Pair, requirement: Requirement) -> Check:
        probes = _claimed(pair, values(pair))
        for description, value in (doubtful(pair) if doubtful else {}).items():
            with suppress(NotAdmitted, NotSupported):
                probes.append(replace(pair.probe(description, value), expect=Expect.EITHER))
        return _check(requirement, probes, _same_items)

    return make


def _same_items(answer: ProbeResult, arrived: Sequence[Arrival]) -> Evidence | None:
    """All inputs arrive, and no others; in their order, unless the gateway has divided them among several requests."""
    sent = items(sent_payload(answer)["input"])
    found = [item for arrival in arrived for item in items(arrival.payload.get("input"))]
    if found == sent or (len(arrived) > 1 and set(found) == set(sent)):
        return None
    expected, actual = _difference(sent, found)
    return evidence(answer, f"at the upstream {expected}", found=actual)


def _difference(sent: Sequence[Item], found: Sequence[Item]) -> tuple[str, str]:
    if len(sent) != len(found):
        return f"{len(sent)} inputs, {shown(sent)}", f"{len(found)}, {shown(found)}"
    place = next(n for n, (one, other) in enumerate(zip(sent, found, strict=True)) if one != other)
    return f"the input {shown(sent[place])} at position {place}", f"{shown(found[place])}"


PROPERTIES: dict[str, Callable[[Pair], Any]] = {
    "dimensions": lambda pair: 8,
    "user": lambda pair: f"user of {pair.text()}",
    "encoding_format": lambda pair: "base64",
}
"""Values of the optional properties."""


def _property(name: str) -> Make:
    """A property beside each form of input: gateways take other ways for batches and tokens."""

    def make(pair: Pair, requirement: Requirement) -> Check:
        given = PROPERTIES[name](pair)
        pair.context.relating("a text", "river", **{name: given})
        others = {other: make(pair) for other, make in PROPERTIES.items() if other != name}
        alone = {name: given}
        probes = _claimed(pair, _forms(pair), f"{name} {given!r} beside ", **alone)
        with suppress(NotAdmitted, NotSupported):
            together = [pair.text() for _ in range(pair.context.several(2))]
            probes.append(pair.probe(f"{name} {given!r} beside all others", together, **others, **alone))
        return _check(requirement, probes, partial(_same_property, name))

    return make


def _forms(pair: Pair) -> dict[str, object]:
    return {
        "a text": pair.text(),
        "a batch": [pair.text(), pair.text()],
        "an array of tokens": pair.tokens(),
        "a batch of arrays of tokens": [pair.tokens(), pair.tokens()],
    }


def _claimed(pair: Pair, values: Mapping[str, object], before: str = "", **properties: Any) -> list[Probe]:
    """Probes of those of *values* that contract and target know; there is one at least."""
    probes: list[Probe] = []
    reason: Exception | None = None
    for description, value in values.items():
        try:
            probes.append(pair.probe(f"{before}{description}", value, **properties))
        except (NotAdmitted, NotSupported) as error:
            reason = reason or error
    if reason is not None and not probes:
        raise reason
    return probes


def _same_property(name: str, answer: ProbeResult, arrived: Sequence[Arrival]) -> Evidence | None:
    given = sent_payload(answer)[name]
    for arrival in arrived:
        if arrival.payload.get(name) != given:
            found = shown(arrival.payload[name]) if name in arrival.payload else f"no {name}"
            return evidence(answer, f"{name} {shown(given)} at the upstream", found=found)
    return None


def _model(pair: Pair, requirement: Requirement) -> Check:
    def look(answer: ProbeResult, arrived: Sequence[Arrival]) -> Evidence | None:
        model = sent_payload(answer)["model"]
        if all(model in arrival.path.partition("?")[0].split("/") for arrival in arrived):
            return None  # Azure OpenAI names the deployment there.
        if all(model.endswith(f"/{arrival.payload.get('model')}") for arrival in arrived):
            return None  # Routers are told the upstream by what stands before the model's own name.
        return _same_property("model", answer, arrived)

    return _check(requirement, _claimed(pair, _forms(pair), "a model beside "), look)


def _dimensions_added(pair: Pair, requirement: Requirement) -> Check:
    """A length that was not asked for makes other vectors than the client's model has."""

    def look(answer: ProbeResult, arrived: Sequence[Arrival]) -> Evidence | None:
        for arrival in arrived:
            if (found := arrival.payload.get("dimensions")) is not None:
                return evidence(answer, "no dimensions at the upstream", found=shown(found))
        return None

    return _check(requirement, [pair.probe("no dimensions", pair.text())], look)


def _encoding_added(pair: Pair, requirement: Requirement) -> Check:
    """What the client leaves out may be spelled out, as what leaving it out means."""

    def look(answer: ProbeResult, arrived: Sequence[Arrival]) -> Evidence | None:
        for arrival in arrived:
            if (found := arrival.payload.get("encoding_format", "float")) != "float":
                expected = "no encoding_format at the upstream, or float, which that means"
                return evidence(answer, expected, found=shown(found))
        return None

    return _check(requirement, [pair.probe("no encoding_format", pair.text())], look)


def _blank_texts(pair: Pair) -> dict[str, object]:
    return {
        "blanks around a text": f"  {pair.text()}\t ",
        "blanks around the texts of a batch": [f"  {pair.text()}\t ", f" {pair.text()}\n"],
        "line feeds in and around a text": f"\n{pair.text()}\r\n\n{pair.text()}\n",
        "several blanks in a row": f"{pair.text()}    {pair.text()}",
    }


CHECKS: dict[str, Make] = {
    "forwarding.once": _once,
    "forwarding.input.text": _inputs(
        lambda pair: {"a text": pair.text()},
        lambda pair: {"a long text": f"{text(91, LONG)} {pair.text()}"},
    ),
    "forwarding.input.unicode": _inputs(
        lambda pair: {**_unicode(pair), "a batch": [*_unicode(pair).values()]},
        lambda pair: {what: f"{value} {pair.text()}" for what, value in CONTROL.items()},
    ),
    "forwarding.input.whitespace": _inputs(_blank_texts),
    "forwarding.input.batch": _inputs(lambda pair: {"a batch": pair.batch()}),
    "forwarding.input.tokens": _inputs(
        lambda pair: {"an array of tokens": pair.tokens()},
        lambda pair: {
            "tokens of all sizes": [*pair.tokens(), *LARGE_TOKENS],
            "a long array of tokens": pair.tokens() * (LONG // LENGTH),
        },
    ),
    "forwarding.input.nested-tokens": _inputs(
        lambda pair: {"a batch of arrays of tokens": [pair.tokens() for _ in pair.batch()]},
        lambda pair: {"a batch with tokens of all sizes": [pair.tokens(), [*pair.tokens(), *LARGE_TOKENS]]},
    ),
    "forwarding.model": _model,
    "forwarding.dimensions.added": _dimensions_added,
    "forwarding.dimensions": _property("dimensions"),
    "forwarding.user": _property("user"),
    "forwarding.encoding-format.given": _property("encoding_format"),
    "forwarding.encoding-format.added": _encoding_added,
}


def _unicode(pair: Pair) -> dict[str, str]:
    return {what: f"{value} {pair.text()}" for what, value in UNICODE.items()}
