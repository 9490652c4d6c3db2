"""The requests that a gateway sent to the mock upstream, and judges of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from conformance.checks.echoes import MIN_SECRET
from conformance.checks.judges import evidence
from conformance.engine import (
    Evidence,
    Expect,
    Judge,
    NothingToJudge,
    NotObservable,
    ProbeResult,
    describe_exchange,
    judges_all,
)
from conformance.reference.mock_upstream import Recording, UpstreamRequest
from conformance.validation import Base64Problem, decode_base64
from conformance.validation.embeddings import Vector

MAX_SHOWN = 120

Item = str | tuple[float, ...]
"""One input: a text, or the tokens of one."""

Look = Callable[[ProbeResult, Sequence[UpstreamRequest]], Evidence | None]
"""Judges a result by the upstream's requests for it."""


def upstream_requests(result: ProbeResult) -> list[UpstreamRequest]:
    """The upstream's requests for *result*, without those that a gateway still sends for an earlier request."""
    recorded = recorded_requests(result)
    sent = set(sent_inputs(result))
    own = [request for request in recorded if sent & set(inputs_of(request.texts))]
    return own or recorded


def secrets_of(requests: Iterable[UpstreamRequest]) -> set[str]:
    """The credentials in *requests* that are long enough to be searched for in responses."""
    credentials = (credential for request in requests for credential in request.credentials())
    return {credential for credential in credentials if len(credential) >= MIN_SECRET}


def recorded_requests(result: ProbeResult) -> list[UpstreamRequest]:
    """All requests that the upstream received while the request of *result* was in flight."""
    return recording_of(result).requests


def recording_of(result: ProbeResult) -> Recording:
    """What the upstream received while the request of *result* was in flight."""
    recording = result.probe.scenario
    assert isinstance(recording, Recording)
    return recording


def sent_inputs(result: ProbeResult) -> list[Item]:
    """The inputs of the request of *result*."""
    return inputs_of(recording_of(result).roles.texts_of(result.probe.payload))


def inputs_of(value: Any) -> list[Item]:
    """The inputs in the texts of a request; a single text and an array of one text are equal."""
    several = isinstance(value, list) and any(isinstance(item, str | list) for item in value)
    return [_item(item) for item in (value if several else [value])]


def _item(value: Any) -> Item:
    if isinstance(value, list) and all(isinstance(token, int | float) for token in value):
        return tuple(value)
    return value if isinstance(value, str) else json.dumps(value)


def judges_upstream_requests(expected: str) -> Callable[[Look], Judge]:
    """Decorate a function of a result and its upstream requests: a judge that accepts *expected*.

    A request that the gateway rejects itself is not judged; one that it answers with 200 itself is a failure.
    """

    def decorate(look: Look) -> Judge:
        @judges_all(expected)
        def judge(results: Sequence[ProbeResult]) -> Iterator[Evidence]:
            not_forwarded = []
            for result in results:
                found = upstream_requests(result)
                if found:
                    if (violation := look(result, found)) is not None:
                        yield violation
                elif result.exchange.succeeded:
                    yield evidence(
                        result, "a request at the upstream", found="200, without a request at the upstream"
                    )
                else:
                    not_forwarded.append(result)
            for result in not_forwarded:
                if result.probe.expect is not Expect.EITHER or len(not_forwarded) == len(results):
                    raise _not_forwarded(result)

        return judge

    return decorate


def _not_forwarded(result: ProbeResult) -> Exception:
    reason = (
        f"the upstream received no request for {result.probe.description};"
        f" the gateway's response: {describe_exchange(result.exchange)}"
    )
    if result.probe.expect is Expect.EITHER and 400 <= result.exchange.status < 500:
        return NotObservable(reason)
    return NothingToJudge(reason)


def shown_json(value: object) -> str:
    """*value* as JSON, shortened to MAX_SHOWN characters."""
    written = json.dumps(value, ensure_ascii=False)
    return written if len(written) <= MAX_SHOWN else f"{written[:MAX_SHOWN]} ... ({len(written)} characters)"


def upstream_vectors(requests: Iterable[UpstreamRequest]) -> dict[Item, Vector]:
    """The vector that the upstream returned for each input.

    Raises NothingToJudge if the upstream rejected a request: the gateway altered it, which other checks judge.
    """
    found: dict[Item, Vector] = {}
    for request in requests:
        if not 200 <= request.status < 300:
            raise NothingToJudge(f"the upstream responded with {request.status} to the gateway's request")
        inputs, roles = inputs_of(request.texts), request.roles
        for place, item in enumerate(roles.items_of(json.loads(request.response)) or ()):
            index = place if roles.index is None else roles.index_of(item)
            found[inputs[index]] = _vector(roles.vector_of(item))
    return found


def _vector(embedding: Any) -> Vector:
    decoded = decode_base64(embedding) if isinstance(embedding, str) else embedding
    assert not isinstance(decoded, Base64Problem)
    return np.asarray(decoded, dtype=np.float64)
