"""Metamorphic relations: what must hold between the vectors of several responses."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Judge,
    NothingToJudge,
    Probe,
    ProbeResult,
    Procedure,
    judges_all,
    send_concurrently,
)
from conformance.validation import first_of
from conformance.validation.embeddings import Vector, describe_difference, identical_vectors, same_vector

from .answers import Answers
from .judges import evidence, meets_expectation, require_answers


@dataclass(frozen=True, slots=True)
class Mismatch:
    """A violated relation: the index of the result that shows it, the expected and the found value.

    ``reference``: the index of the result that it was compared with, by default the first one.
    """

    result: int
    expected: str
    found: str
    reference: int = 0


@dataclass(frozen=True, slots=True)
class SameVector:
    """Two vectors that must be the same: one of *result* and one of *reference*, both indices of results.

    ``index`` and ``reference_index`` are the vectors' positions in their responses.
    """

    result: int
    reference: int
    index: int = 0
    reference_index: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """Finds mismatches between the vectors of all results, in the order of the probes.

    ``expected`` states what it accepts, as ``requirements ID`` prints it. ``places`` are the positions of the compared
    vectors, by the index of their result, if they can be beyond the first ones.
    """

    expected: str
    find_mismatches: Callable[[Sequence[Sequence[Vector]]], Iterable[Mismatch]]
    places: Mapping[int, Collection[int]] = field(default_factory=dict)

    def __call__(self, read: Sequence[Sequence[Vector]]) -> Iterable[Mismatch]:
        """The mismatches in what was *read*."""
        return self.find_mismatches(read)


def compares(
    expected: str,
) -> Callable[[Callable[[Sequence[Sequence[Vector]]], Iterable[Mismatch]]], Comparison]:
    """Decorate a function that finds mismatches: a comparison that accepts *expected*."""
    return lambda find_mismatches: Comparison(expected, find_mismatches)


def relation_check(
    requirement: Requirement,
    answers: Answers,
    probes: Sequence[Probe],
    compare: Comparison,
    needs: tuple[str, ...],
    procedure: Procedure = send_concurrently,
) -> Check:
    """The check that the responses to *probes* are in a relation."""
    for result, places in compare.places.items():
        answers.keep_vectors(probes[result].request, places)
    judge = judge_relation(answers, len(probes), compare)
    return Check(requirement, tuple(probes), judge, needs, procedure=procedure)


def judge_relation(answers: Answers, count: int, compare: Comparison) -> Judge:
    """A judge of *count* results: each request is accepted, each response has vectors, and *compare* finds nothing.

    If the target rejects a request that it may reject, nothing can be compared.
    """

    @judges_all(compare.expected)
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        unmet = [found for result in results if (found := meets_expectation(result)) is not None]
        if unmet or len(results) < count:
            yield from unmet
            return
        require_answers(results)
        read = [_read(answers, result) for result in results]
        for mismatch in compare(read):
            compared = (results[mismatch.result], results[mismatch.reference])
            yield evidence(compared[0], mismatch.expected, found=mismatch.found, compared=compared)

    return judge


def _read(answers: Answers, result: ProbeResult) -> Sequence[Vector]:
    answer = answers.of(result.exchange)
    vectors = answers.vectors_of(result.exchange)
    if not vectors:
        violation = first_of(answer.violations.values())
        raise NothingToJudge(
            f"the response to a request ({result.probe.description}) has no vectors that can be compared",
            because_of=violation.requirement if violation is not None else "",
        )
    return vectors


def compare_pairs(pairs: Iterable[SameVector], what: str) -> Comparison:
    """Compare *pairs* of vectors that must be the same; the first mismatch is reported."""
    pairs = tuple(pairs)
    places: dict[int, set[int]] = defaultdict(set)
    for pair in pairs:
        places[pair.result].add(pair.index)
        places[pair.reference].add(pair.reference_index)

    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Mismatch]:
        for pair in pairs:
            found, reference = read[pair.result], read[pair.reference]
            if pair.index >= len(found) or pair.reference_index >= len(reference):
                continue
            one, other = found[pair.index], reference[pair.reference_index]
            if not same_vector(one, other):
                difference = describe_difference(one, other)
                expected = f"at position {pair.index} {what}"
                yield Mismatch(pair.result, expected, difference, pair.reference)
                return

    return Comparison(what, compare, places)


def compare_different(pairs: Iterable[tuple[int, int]], what: str) -> Comparison:
    """Compare the first vectors of *pairs* of results, which must differ."""

    @compares(what)
    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Mismatch]:
        for first, second in pairs:
            one, other = read[first][0], read[second][0]
            if identical_vectors(one, other):
                found = f"a vector that is almost the same: {describe_difference(one, other)}"
                yield Mismatch(second, what, found, first)
                return

    return compare
