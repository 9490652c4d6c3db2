"""Area ``forwarding``: the upstream's vectors and usage reach the client unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from conformance.checks.answers import PROMPT, TOTAL, Answers, usage_in
from conformance.checks.judges import evidence
from conformance.contract import Requirement
from conformance.contract.roles import Roles
from conformance.engine import (
    Check,
    Evidence,
    Expect,
    Judge,
    NothingToJudge,
    NotObservable,
    ProbeResult,
    describe_exchange,
    judges_all,
)
from conformance.reference.mock_upstream import Compressed
from conformance.text import counted
from conformance.validation import parse_json
from conformance.validation.embeddings import Vector, describe_difference

from .probes import RECEIVED, GatewayMaker, GatewayMakers, GatewayProbes
from .upstream_requests import Item, recording_of, sent_inputs, upstream_requests, upstream_vectors

LARGE = 150
"""Texts in a large batch. Gateways split batches at 96, 100 or 128 texts, or send each text in its own request."""

RELATIVE, ABSOLUTE = 1e-5, 1e-6
"""Tolerances for a 32-bit number that is written in decimal and read again."""


def _reversed(roles: Roles) -> Callable[[Any], Any]:
    """Reverses the order of the items of a response; their indices stay."""

    def rewrite(payload: Any) -> Any:
        items = roles.items_of(payload)
        assert isinstance(items, list)
        items.reverse()
        return payload

    return rewrite


def _judges_forwarded(expected: str) -> Callable[[Callable[[ProbeResult], Evidence | None]], Judge]:
    """Decorate a function of one result: a judge of responses that came from the upstream."""

    def decorate(judge_one: Callable[[ProbeResult], Evidence | None]) -> Judge:
        @judges_all(expected)
        def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
            for result in results:
                received = len(upstream_requests(result))
                if not result.exchange.succeeded or not received:
                    raise NothingToJudge(
                        f"a request ({result.probe.description}) got this response:"
                        f" {describe_exchange(result.exchange)},"
                        f" and the upstream received it {counted(received, 'time')}"
                    )
                if (found := judge_one(result)) is not None:
                    yield found

        return judge

    return decorate


def _has_same_vectors(answers: Answers) -> Judge:
    @_judges_forwarded("for each text, the vector that the upstream returned for it")
    def judge(result: ProbeResult) -> Evidence | None:
        given = upstream_vectors(upstream_requests(result))
        found = answers.of(result.exchange).vectors
        if found is None:
            raise NothingToJudge("the response has no vectors that can be compared")
        for index, item in enumerate(sent_inputs(result)):
            if item not in given:
                raise NothingToJudge(f"the text at position {index} did not reach the upstream")
            if not _is_unchanged(given[item], found[index]):
                expected = f"at position {index} the vector that the upstream returned for it"
                return evidence(result, expected, found=_difference(given, found[index], item))
        return None

    return judge


def _is_unchanged(one: Vector, other: Vector) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=RELATIVE, atol=ABSOLUTE)


def _difference(given: Mapping[Item, Vector], found: Vector, item: Item) -> str:
    if any(_is_unchanged(vector, found) for other, vector in given.items() if other != item):
        return "the vector that the upstream returned for another text"
    return f"another vector, with {describe_difference(given[item], found)}"


def _has_same_usage(answers: Answers) -> Judge:
    @_judges_forwarded("the usage that the upstream returned")
    def judge(result: ProbeResult) -> Evidence | None:
        # A request that reached the upstream twice counts once here; another requirement forbids it.
        roles = recording_of(result).roles
        responses = {request.body: request.response for request in upstream_requests(result)}
        given = [usage_in(parse_json(body).value, roles) for body in responses.values()]
        found = answers.of(result.exchange).usage
        for name in (PROMPT, TOTAL):
            wanted = sum(count for usage in given if isinstance(count := usage.get(name, 0), int | float))
            if found.get(name) != wanted:
                expected = f"{name} {wanted}, as the upstream counted"
                return evidence(result, expected, found=f"{found.get(name, 'none')}")
        return None

    return judge


def _batch(
    description: str,
    make_judge: Callable[[Answers], Judge],
    how: Callable[[Roles], dict[str, Any]] = lambda roles: {},
) -> GatewayMaker:
    def make(probes: GatewayProbes, requirement: Requirement) -> Check:
        probe = probes.probe(description, probes.batch(), **how(probes.context.roles))
        return Check(requirement, (probe,), make_judge(probes.context.answers), (RECEIVED,))

    return make


def _compressed(probes: GatewayProbes, requirement: Requirement) -> Check:
    """A gateway that cannot read a compressed response must not request it: then nothing can be tested."""
    answers = probes.context.answers
    is_same = _has_same_vectors(answers)

    @judges_all("a 200 with the vectors that the upstream returned, compressed")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        for result in results:
            requests = upstream_requests(result)
            if requests and not any(request.compressed for request in requests):
                raise NotObservable("the gateway's upstream requests accept no gzip")
            if requests and answers.of(result.exchange).vectors is None:
                yield evidence(result, "a 200 with the vectors that the upstream returned, compressed")
                return
        yield from is_same(results)

    forms = probes.possible_probes(probes.forms(), "compressed: ", script=Compressed())
    return Check(requirement, tuple(forms), judge, (RECEIVED,))


def _large_batch(probes: GatewayProbes, requirement: Requirement) -> Check:
    """A gateway may split the batch, or reject it."""
    texts = [probes.text() for _ in range(probes.context.batch_size(LARGE))]
    probe = replace(probes.probe(f"a batch of {counted(len(texts), 'text')}", texts), expect=Expect.EITHER)
    probes.context.answers.keep_vectors(probe.request, range(len(texts)))
    is_same = _has_same_vectors(probes.context.answers)

    @judges_all("for each text of a large batch, the vector that the upstream returned for it, or a 4xx")
    def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
        if any(400 <= result.exchange.status < 500 for result in results):
            raise NotObservable(
                f"the gateway rejects a batch of {counted(len(texts), 'text')}, which is allowed"
            )
        yield from is_same(results)

    return Check(requirement, (probe,), judge, (RECEIVED,))


CHECKS: GatewayMakers = {
    "forwarding.response.compressed": _compressed,
    "forwarding.response.large-batch": _large_batch,
    "forwarding.response.vectors": _batch("a batch of texts", _has_same_vectors),
    "forwarding.response.base64": _batch(
        "a batch in base64", _has_same_vectors, lambda roles: roles.named(encoding="base64")
    ),
    "forwarding.response.order": _batch(
        "a batch that the upstream returns in reverse order",
        _has_same_vectors,
        lambda roles: {"script": _reversed(roles)},
    ),
    "forwarding.response.usage": _batch("a batch, for its usage", _has_same_usage),
}
