"""Limits that follow from answers of the target, and from what its rejections name."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest

from conformance.contract import Contract
from conformance.discovery.client import DiscoveryClient, ProbeContext
from conformance.discovery.findings import Basis, Finding
from conformance.discovery.limits import batch_findings, length_findings
from conformance.discovery.probing import named_limit
from conformance.generators.plain_requests import PlainRequests
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response
from tests.engine.fakes import FakeTarget


@pytest.mark.parametrize(
    ("message", "limit"),
    [
        ("This model's maximum context length is 256 tokens, however you requested 1000 tokens", 256),
        ("at most 8,192 tokens, found 10,001 tokens", 8192),
        ("input (900 tokens) is too large to process. increase the batch size of 512 tokens", 512),
        ("expected at most 512 input tokens", 512),
        ("tokens are not allowed here", None),
        ("1 tokens", None),
        ("99999999999999999999 tokens", None),
    ],
)
def test_the_smallest_number_that_a_message_calls_tokens_is_its_limit(
    message: str, limit: int | None
) -> None:
    assert named_limit(message) == limit


class Target(FakeTarget):
    """Takes *seconds* for each text of a batch; no answer after *timeout* seconds. Rejects long texts."""

    def __init__(self, seconds: float = 0.0, timeout: float = 10.0, most_words: int = 10**6) -> None:
        super().__init__(lambda request: 200)
        self._seconds, self._timeout, self._most_words = seconds, timeout, most_words

    async def send(self, request: Request, *, after: Sequence[Request] | None = None) -> Exchange:
        self.requests.append(request)
        if after is None:
            self.pooled.append(request)
        assert isinstance(request.body, bytes)
        sent = json.loads(request.body)["input"]
        texts = sent if isinstance(sent, list) else [sent]
        seconds = self._seconds * len(texts)
        if seconds > self._timeout:
            return Exchange(request, None, Failure(FailureKind.TIMEOUT, "no response in time"), self._timeout)
        if max(len(text.split()) for text in texts) > self._most_words:
            body = {"error": {"message": f"the maximum is {self._most_words} tokens, found 999999 tokens"}}
            return Exchange(request, Response(400, (), json.dumps(body).encode()), None, seconds)
        data = [{"index": n, "embedding": [1.0, n, len(text)]} for n, text in enumerate(texts)]
        return Exchange(request, Response(200, (), json.dumps({"data": data}).encode()), None, seconds)


def context_of(target: Target) -> ProbeContext:
    contract = Contract.load(profile="open")
    return ProbeContext(DiscoveryClient(target), PlainRequests(contract), "a-model", np.ones(3))


def only_finding(findings: AsyncIterator[Finding]) -> Finding:
    async def collect() -> list[Finding]:
        return [finding async for finding in findings]

    (finding,) = asyncio.run(collect())
    return finding


def test_a_timeout_follows_from_the_batches_that_were_answered() -> None:
    finding = only_finding(batch_findings(context_of(Target(seconds=0.05))))
    assert (finding.basis, finding.key) == (Basis.GUESSED, "timeout")
    assert 2048 * 0.05 < int(finding.value) <= 3 * 2048 * 0.05


def test_a_limit_of_batches_follows_if_the_largest_would_take_too_long() -> None:
    finding = only_finding(batch_findings(context_of(Target(seconds=2))))
    assert (finding.key, finding.value) == ("limit", "batch=4")


def test_no_time_of_ours_is_the_slowest_answer() -> None:
    context = context_of(Target(seconds=2))
    only_finding(batch_findings(context))
    assert context.client.slowest == 8


def test_a_large_batch_does_not_make_small_requests_slow() -> None:
    context = context_of(Target(seconds=0.05))
    only_finding(batch_findings(context))
    assert context.client.slowest > 5 * context.client.slowest_small > 0


def test_after_a_timeout_the_target_must_answer_before_the_next_request() -> None:
    target = Target(seconds=2)
    context = context_of(target)
    only_finding(batch_findings(context))
    assert target.requests[-1] == target.requests[0]


def test_the_limit_that_a_rejection_names_is_used() -> None:
    finding = only_finding(length_findings(context_of(Target(most_words=256)), ()))
    assert (finding.key, finding.value) == ("limit", "input-tokens=256")
