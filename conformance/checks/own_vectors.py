"""The judge of a request that must get its own vector, which another response has shown."""

from __future__ import annotations

from conformance.engine import Evidence, NothingToJudge, ProbeResult
from conformance.validation.embeddings import Vector, describe_difference, same

from .answers import Answers
from .judges import evidence, meets_expectation

OWN_VECTOR = "the vector of its own text"


def vector_of(answers: Answers, result: ProbeResult, place: int = 0) -> Vector:
    """The vector at *place* of the response. Raises NothingToJudge without such a vector."""
    found = answers.of(result.exchange).vectors
    if not found or place >= len(found):
        raise NothingToJudge(
            f"the response to a request ({result.probe.description}) has no vector to compare"
        )
    return found[place]


def other_vector(
    answers: Answers, result: ProbeResult, wanted: Vector, expected: str = OWN_VECTOR
) -> Evidence | None:
    """Evidence if the response has another vector than *wanted*, or if it is not what the probe expects."""
    if result.exchange.status != 200:
        return meets_expectation(result)
    found = answers.of(result.exchange).vectors
    if not found:
        return evidence(result, expected, found="no vectors that can be compared")
    if same(found[0], wanted):
        return None
    return evidence(result, expected, found=describe_difference(found[0], wanted))
