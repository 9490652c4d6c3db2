"""The judge of a request for one text: the request must get the vector that an earlier response had for this text."""

from __future__ import annotations

from conformance.engine import Evidence, NothingToJudge, ProbeResult
from conformance.validation.embeddings import Vector, describe_difference, same_vector

from .answers import Answers
from .judges import evidence, meets_expectation

OWN_VECTOR = "the vector of its own text"


def vector_of(answers: Answers, result: ProbeResult, place: int = 0) -> Vector:
    """The vector at *place* of the response. Raises NothingToJudge without such a vector.

    Raises NotObservable for vectors that are not kept.
    """
    found = answers.vectors_of(result.exchange)
    if not found or place >= len(found):
        raise NothingToJudge(
            f"the response to a request ({result.probe.description}) has no vector to compare"
        )
    return found[place]


def other_vector(
    answers: Answers, result: ProbeResult, reference: ProbeResult, expected: str = OWN_VECTOR
) -> Evidence | None:
    """Evidence if the response has another vector than that of *reference*, or if it is not what the probe expects.

    Raises NothingToJudge if the reference has no vector, and NotObservable for vectors that are not kept.
    """
    wanted = vector_of(answers, reference)
    if not result.exchange.succeeded:
        return meets_expectation(result)
    found = answers.vectors_of(result.exchange)
    if not found:
        return evidence(result, expected, found="no vectors that can be compared")
    if same_vector(found[0], wanted):
        return None
    difference = describe_difference(found[0], wanted)
    return evidence(result, expected, found=difference, compared=(result, reference))
