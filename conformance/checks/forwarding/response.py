"""Area ``forwarding``: what of the upstream's answer comes back to the client."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from conformance.checks.judges import evidence
from conformance.checks.response_vectors import Vectors
from conformance.contract import Requirement
from conformance.engine import Check, Evidence, Judge, NothingToJudge, ProbeResult, describe
from conformance.validation import parse
from conformance.validation.embeddings import Vector, compared

from .arrivals import Pair, arrivals, given_vectors, items, sent_payload

RELATIVE, ABSOLUTE = 1e-5, 1e-6
"""What remains of a number in 32 bits that was written in decimal and read again."""

Judged = Callable[[ProbeResult], Evidence | None]


def _backwards(payload: Any) -> Any:
    """An answer whose items stand in another order, as their indices say."""
    return {**payload, "data": payload["data"][::-1]}


def _check(requirement: Requirement, pair: Pair, description: str, judge_one: Judged, **how: Any) -> Check:
    return Check(
        requirement,
        (pair.probe(description, pair.batch(), **how),),
        _answered(judge_one),
        ("forwarding.received",),
    )


def _answered(judge_one: Judged) -> Judge:
    """A judge of answers that came by way of the upstream."""

    def judge(answers: Sequence[ProbeResult]) -> Iterator[Evidence]:
        for answer in answers:
            if answer.exchange.status != 200 or not arrivals(answer):
                raise NothingToJudge(
                    f"a request with {answer.probe.description} was answered {describe(answer.exchange)},"
                    f" and arrived {len(arrivals(answer))} times"
                )
            if (found := judge_one(answer)) is not None:
                yield found

    return judge


def _same_vectors(answer: ProbeResult) -> Evidence | None:
    """Each text has the vector that the upstream gave for it."""
    given = given_vectors(arrivals(answer))
    found = Vectors().of(answer)
    if found is None:
        raise NothingToJudge("the answer has no vectors that can be compared")
    for place, item in enumerate(items(sent_payload(answer)["input"])):
        if item not in given:
            raise NothingToJudge(f"the text at position {place} did not arrive at the upstream")
        if not _unaltered(given[item], found[place]):
            difference = _told(given, found[place], item)
            return evidence(
                answer, f"at position {place} the vector that the upstream gave for it", found=difference
            )
    return None


def _unaltered(one: Vector, other: Vector) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=RELATIVE, atol=ABSOLUTE)


def _told(given: dict[Any, Vector], found: Vector, item: Any) -> str:
    if any(_unaltered(vector, found) for other, vector in given.items() if other != item):
        return "the vector that the upstream gave for another text"
    return f"another vector, with {compared(given[item], found)}"


def _vectors(pair: Pair, requirement: Requirement) -> Check:
    return _check(requirement, pair, "a batch of texts", _same_vectors)


def _base64(pair: Pair, requirement: Requirement) -> Check:
    return _check(requirement, pair, "a batch in base64", _same_vectors, encoding_format="base64")


def _order(pair: Pair, requirement: Requirement) -> Check:
    return _check(
        requirement,
        pair,
        "a batch that the upstream answers last item first",
        _same_vectors,
        script=_backwards,
    )


def _usage(pair: Pair, requirement: Requirement) -> Check:
    return _check(requirement, pair, "a batch, for its usage", _same_usage)


def _same_usage(answer: ProbeResult) -> Evidence | None:
    # One that arrived twice counts once: that it did is said elsewhere.
    given = [_usage_of(body) for body in {a.body: a.answer for a in arrivals(answer)}.values()]
    response = answer.exchange.response
    assert response is not None
    found = _usage_of(response.body)
    for name in ("prompt_tokens", "total_tokens"):
        wanted = sum(usage.get(name, 0) for usage in given)
        if found.get(name) != wanted:
            expected = f"{name} {wanted}, as the upstream counted"
            return evidence(answer, expected, found=f"{found.get(name, 'none')}")
    return None


def _usage_of(body: bytes) -> dict[str, Any]:
    match parse(body).value:
        case {"usage": dict(usage)}:
            return usage
    return {}


ANSWERS: dict[str, Callable[[Pair, Requirement], Check]] = {
    "forwarding.response.vectors": _vectors,
    "forwarding.response.base64": _base64,
    "forwarding.response.order": _order,
    "forwarding.response.usage": _usage,
}
