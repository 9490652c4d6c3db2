"""Relations between the vectors of several answers (metamorphic relations): what they share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from conformance.checks.response_vectors import Vectors
from conformance.contract import Requirement
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    Judge,
    NothingToJudge,
    NotObservable,
    Probe,
    ProbeResult,
    all_at_once,
)
from conformance.engine.check import Conduct
from conformance.validation.embeddings import Vector, compared, identical, same

from .judges import evidence, meets_expectation

Found = tuple[int, str, str]
"""The place of an answer among the probes, what was expected of it, and what was found."""

Compare = Callable[[Sequence[Sequence[Vector]]], Iterable[Found]]
"""Looks at the vectors of all answers, in the order of the probes."""


def relation(
    requirement: Requirement,
    vectors: Vectors,
    probes: Sequence[Probe],
    compare: Compare,
    needs: tuple[str, ...],
    conduct: Conduct = all_at_once,
) -> Check:
    """The check that the answers to *probes* stand in a relation."""
    return Check(
        requirement, tuple(probes), judge_relation(vectors, len(probes), compare), needs, conduct=conduct
    )


def judge_relation(vectors: Vectors, count: int, compare: Compare) -> Judge:
    """A judge for *count* answers: each is accepted, each has vectors, and these *compare*.

    A request that the target may refuse, and does, leaves nothing to compare.
    """

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        unmet = [found for answer in answers if (found := meets_expectation(answer)) is not None]
        if unmet or len(answers) < count:
            yield from unmet
            return
        refused = next((answer for answer in answers if _honestly_refused(answer)), None)
        if refused is not None:
            raise NotObservable(f"the target refuses a request with {refused.probe.description}, as it may")
        read = [_read(vectors, answer) for answer in answers]
        for place, expected, difference in compare(read):
            yield evidence(answers[place], expected, found=difference)

    return judge


def _honestly_refused(answer: ProbeResult) -> bool:
    return answer.probe.expect is Expect.EITHER and answer.exchange.status != 200


def _read(vectors: Vectors, answer: ProbeResult) -> Sequence[Vector]:
    found = vectors.of(answer)
    if not found:
        raise NothingToJudge(
            f"a request with {answer.probe.description} was answered without vectors that can be compared"
        )
    return found


def pairwise(pairs: Iterable[tuple[int, int, int, int]], what: str) -> Compare:
    """Compare vectors that must be the same: (answer, position, answer, position) each."""

    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Found]:
        for first, position, second, place in pairs:
            if position >= len(read[first]) or place >= len(read[second]):
                continue
            one, other = read[first][position], read[second][place]
            if not same(one, other):
                yield first, f"at position {position} {what}", compared(one, other)
                return

    return compare


def differing(pairs: Iterable[tuple[int, int]], what: str) -> Compare:
    """Compare first vectors of answers that must differ."""

    def compare(read: Sequence[Sequence[Vector]]) -> Iterator[Found]:
        for first, second in pairs:
            if identical(read[first][0], read[second][0]):
                yield (
                    second,
                    what,
                    f"a vector that can not be told apart: {compared(read[first][0], read[second][0])}",
                )
                return

    return compare
