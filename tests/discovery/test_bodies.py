"""The largest request body that a target accepts."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from conformance.contract import Contract
from conformance.discovery.bodies import KIB, LARGEST, body_findings
from conformance.discovery.client import DiscoveryClient, ProbeContext
from conformance.discovery.findings import Finding
from conformance.generators.plain_requests import PlainRequests
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response
from tests.engine.fakes import FakeTarget

ACCEPTED = json.dumps({"data": [{"index": 0, "embedding": [1.0, 2.0, 3.0]}]}).encode()
DROPPED, TIMEOUT = (Failure(kind, "no response") for kind in (FailureKind.DROPPED, FailureKind.TIMEOUT))

End = int | Failure
"""A status, or a failure."""


class Target(FakeTarget):
    """Ends requests with a body of over *most* KiB as *ends* says."""

    def __init__(self, most: int, ends: Callable[[Request], End]) -> None:
        super().__init__(lambda request: 200)
        self._most, self._ends = most, ends

    async def send(self, request: Request, *, after: Sequence[Request] | None = None) -> Exchange:
        assert isinstance(request.body, bytes)
        assert after is None
        json.loads(request.body)
        self.requests.append(request)
        end = self._ends(request) if len(request.body) > self._most * KIB else 200
        if isinstance(end, Failure):
            return Exchange(request, None, end, 0.1)
        return Exchange(request, Response(end, (), ACCEPTED if end == 200 else b"too large"), None, 0.1)


def finding_of(target: Target) -> Finding:
    context = ProbeContext(
        DiscoveryClient(target), PlainRequests(Contract.load(profile="open")), "a-model", np.ones(3)
    )

    async def collect() -> list[Finding]:
        return [finding async for finding in body_findings(context)]

    (finding,) = asyncio.run(collect())
    return finding


def test_bodies_of_four_mebibytes_are_tried() -> None:
    target = Target(LARGEST, lambda _: 413)
    assert finding_of(target).sentence == "body: a body of 4,096 KiB is accepted; larger ones were not tried"
    sizes = [len(request.body or b"") // KIB for request in target.requests]
    assert sizes == [64, 128, 256, 512, 1024, 2048, 4096]


@pytest.mark.parametrize("status", [400, 413])
def test_a_large_limit_is_written_down(status: int) -> None:
    sentence = finding_of(Target(1024, lambda _: status)).sentence
    assert sentence == f"body: a body of 1,024 KiB is accepted; a body of 2,048 KiB: {status} (too large)"


def test_a_small_limit_names_the_requirement_that_will_fail() -> None:
    sentence = finding_of(Target(100, lambda _: 413)).sentence
    assert sentence.startswith("body: a body of 64 KiB is accepted; a body of 128 KiB: 413")
    assert "http.size.accepted" in sentence
    assert finding_of(Target(10, lambda _: 413)).sentence.startswith("body: a body of 64 KiB: 413")


def test_a_client_that_waits_with_the_body_learns_the_reason_of_a_reset() -> None:
    target = Target(1024, lambda request: 413 if request.transport.expect_continue else DROPPED)
    assert "a body of 2,048 KiB: 413" in finding_of(target).sentence


@pytest.mark.parametrize("end", [500, DROPPED])
def test_a_crash_names_the_requirement_that_will_fail(end: End) -> None:
    assert "http.size.no-crash" in finding_of(Target(1024, lambda _: end)).sentence


def test_without_an_answer_nothing_is_known() -> None:
    assert finding_of(Target(1024, lambda _: TIMEOUT)).sentence.startswith("body: unknown")


def test_no_setting_follows() -> None:
    assert {finding_of(Target(most, lambda _: 413)).key for most in (100, 1024, LARGEST)} == {""}
