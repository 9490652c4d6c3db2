"""Checks for all accepted requests: different inputs get different vectors, and equal inputs get equal ones."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

from conformance.contract import Requirement
from conformance.contract.roles import MissingRole
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    judges_all,
    send_concurrently,
    send_in_sequence,
)
from conformance.generators.sample_texts import sample_text
from conformance.validation.embeddings import Vector, describe_difference, identical_vectors, same_vector

from .answers import FIRST
from .context import Context
from .judges import evidence, meets_expectation
from .not_sent import NotAllowed, NotSupported

COUNT, ENCODING = "response.count", "response.encoding"
USUAL_SIZE = 8
"""A requested length of a vector; the vectors of every model that can shorten are longer."""

SHOWN = 40
"""Characters of an input in descriptions."""


@dataclass(frozen=True, slots=True)
class Place:
    """The vector of one input: *what* the input is, its probe, and its position there."""

    what: str
    probe: Probe
    index: int = 0


@dataclass(frozen=True, slots=True)
class Pair:
    """Two vectors that must be *equal*, or must be different."""

    one: Place
    other: Place
    equal: bool = False

    def is_met_by(self, one: Vector, other: Vector) -> bool:
        """Whether two vectors are as they must be."""
        return same_vector(one, other) if self.equal else not identical_vectors(one, other)

    @property
    def expected(self) -> str:
        """What the other vector must be."""
        return (
            f"the vector of {self.one.what}" if self.equal else f"a vector other than that of {self.one.what}"
        )


def place_alone(context: Context, value: object, *, either: bool = False, **properties: object) -> Place:
    """The place of *value* in a request of its own; if *either*, a target may reject it."""
    options = "".join(f", {name} {choice}" for name, choice in properties.items())
    probe = context.input_probe(f"the input {shown_input(value)}{options}", value, **properties)
    return Place(f"{shown_input(value)}{options}", _may_be_rejected(probe) if either else probe)


def each_alone(context: Context, values: Iterable[object], *, either: bool = False) -> list[Place]:
    """The places of *values*, each in a request of its own."""
    return [place_alone(context, value, either=either) for value in values]


def places_together(context: Context, inputs: Sequence[object], *, either: bool = False) -> list[Place]:
    """The places of *inputs* in as few requests as the target's limits allow."""
    try:
        size = context.batch_size(FIRST)
    except (NotSupported, NotAllowed):
        return each_alone(context, inputs, either=either)
    return [
        Place(shown_input(value), place.probe, index)
        for start in range(0, len(inputs), size)
        for place in [place_alone(context, list(inputs[start : start + size]), either=either)]
        for index, value in enumerate(inputs[start : start + size])
    ]


def all_different(places: Iterable[Place]) -> list[Pair]:
    """Each two of *places* must have different vectors."""
    return [Pair(one, other) for one, other in combinations(places, 2)]


def distinct_vectors(
    context: Context,
    requirement: Requirement,
    expected: str,
    pairs: Sequence[Pair],
    *,
    order: Iterable[Place] = (),
    watched: Collection[str] = (),
) -> Check:
    """The check that the vectors of all *pairs* are equal or different, as they must be.

    What a target rejects, as it may, is not compared, nor a response whose vectors cannot be read. A response that
    violates one of the *watched* requirements, such as one with a wrong number of vectors, belongs to another request.
    With an *order*, one request is sent after the other.
    """
    if not pairs:
        return Check.skipped(
            requirement, untestable="the contract allows none of the inputs that are compared"
        )
    first = [place.probe for place in order]
    probes = tuple(
        dict.fromkeys([*first, *(place.probe for pair in pairs for place in (pair.one, pair.other))])
    )
    needs = context.needs_of(*(context.roles.texts_of(probe.payload) for probe in probes))
    usual = [probe for probe in _usual(context, watched) if probe not in probes]

    @judges_all(expected)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        found = _Found(context, results, watched, {probe.key for probe in usual})
        yield from found.unmet
        if id := found.always_violated:
            if not found.unmet:
                raise NothingToJudge(f"responses to simpler requests also violate {id}", because_of=id)
            return
        yield from found.mismatches(pairs)

    procedure = send_in_sequence if first else send_concurrently
    return Check(requirement, (*probes, *usual), judge, needs, procedure=procedure)


def _usual(context: Context, watched: Collection[str]) -> Iterator[Probe]:
    """Usual requests, with the options that the *watched* requirements are about."""
    if ENCODING in watched:
        named: list[dict[str, Any]] = [{"encoding": "base64"}, {"dimensions": USUAL_SIZE}]
        for number, options in enumerate(named):
            with suppress(NotSupported, NotAllowed, MissingRole):
                value = sample_text(941 + number, 8)  # no other check sends it, so no cache has it
                yield context.input_probe("a text", value, **context.roles.named(**options))


class _Found:
    """The vectors in *results*, by probe; ``unmet`` is the evidence of single results.

    *usual* are the keys of usual requests. ``always_violated`` is a watched requirement that their responses violate
    too: it explains why others do so. Empty without one.
    """

    def __init__(
        self,
        context: Context,
        results: Sequence[ProbeResult],
        watched: Collection[str],
        usual: Collection[Hashable],
    ) -> None:
        self._watched = watched
        self._results = {result.probe.key: result for result in results}
        self._answers = {key: context.answers.of(result.exchange) for key, result in self._results.items()}
        self._violated = {id for key in usual & self._answers.keys() for id in self._answers[key].violations}
        self.always_violated = ""
        judged = [result for result in results if result.probe.key not in usual]
        self.unmet = [problem for result in judged if (problem := self._problem(result)) is not None]

    def mismatches(self, pairs: Iterable[Pair]) -> Iterator[Evidence]:
        """The first of *pairs* that is not as it must be. Raises if none can be compared."""
        compared = bool(self.unmet)
        for pair in pairs:
            one, other = self._vector(pair.one), self._vector(pair.other)
            if one is None or other is None:
                continue
            compared = True
            if not pair.is_met_by(one, other):
                found = f"for {pair.other.what}: {describe_difference(one, other)}"
                places = [self._results[place.probe.key] for place in (pair.other, pair.one)]
                yield evidence(places[0], pair.expected, found=found, compared=places)
                return
        if not compared:
            raise self._nothing_to_judge()

    def _vector(self, place: Place) -> Vector | None:
        answer = self._answers.get(place.probe.key)
        return answer.vectors[place.index] if answer is not None and answer.vectors else None

    def _nothing_to_judge(self) -> Exception:
        accepted = [key for key, result in self._results.items() if result.exchange.succeeded]
        if not all(self._answers[key].vectors for key in accepted):
            return NothingToJudge("no two responses have vectors that can be compared")
        return NotObservable("the server rejects these inputs, which is allowed")

    def _problem(self, result: ProbeResult) -> Evidence | None:
        problem = meets_expectation(result)
        violations = self._answers[result.probe.key].violations
        watched = next((id for id in self._watched if id in violations), None)
        if problem is not None or watched is None:
            return problem
        if watched in self._violated:
            self.always_violated = watched
            return None
        return evidence(result, violations[watched].expectation, found=violations[watched].found)


def _may_be_rejected(probe: Probe) -> Probe:
    return replace(probe, expect=Expect.EITHER)


def shown_input(value: object) -> str:
    """The beginning of *value*, for descriptions."""
    whole = repr(value)
    return whole if len(whole) <= SHOWN else f"{whole[:SHOWN]}..."
