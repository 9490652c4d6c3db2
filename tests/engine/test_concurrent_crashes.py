"""A worker that crashes drops the other requests in flight: only the request that crashed it fails."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from conformance.engine import Check, Expect, Load
from conformance.http_client import FailureKind, Request
from tests.engine.fakes import FakeTarget, by_path, check, probe, run, verdicts

CRASHING = "bad"


class Worker:
    """Crashes on the request CRASHING, drops all requests in flight, and is replaced at once."""

    def __init__(self, drop: int | FailureKind = FailureKind.DROPPED) -> None:
        self._drop, self._crashes = drop, 0

    async def __call__(self, request: Request) -> int | FailureKind:
        crashes = self._crashes
        await asyncio.sleep(0.002)
        if request.path.strip("/") == CRASHING:
            self._crashes += 1
        return 200 if crashes == self._crashes else self._drop


def checks() -> Sequence[Check]:
    return [check(CRASHING, probe(CRASHING, Expect.REJECT)), check("a"), check("b"), check("c")]


@pytest.mark.parametrize("concurrency", [1, 2, 8, 32])
@pytest.mark.parametrize("drop", [FailureKind.DROPPED, 502])
def test_only_the_request_that_crashes_the_worker_fails(drop: int | FailureKind, concurrency: int) -> None:
    target = FakeTarget(Worker(drop))
    result = run(checks(), target, load=Load(concurrency=concurrency))
    assert verdicts(result) == {CRASHING: "fail", "a": "pass", "b": "pass", "c": "pass"}


def test_dropped_requests_are_sent_again_one_by_one() -> None:
    worker = Worker()
    in_flight: dict[str, list[int]] = {}

    async def behave(request: Request) -> int | FailureKind:
        in_flight.setdefault(request.path.strip("/"), []).append(target.running)
        return await worker(request)

    target = FakeTarget(behave)
    run(checks(), target)
    assert [in_flight[name][1:] for name in ("a", "b", "c")] == [[1], [1], [1]]


def test_a_request_dropped_among_accepted_requests_fails() -> None:
    dropped = iter([FailureKind.DROPPED])
    target = FakeTarget(lambda request: next(dropped, 200) if request.path == "/b" else 200)
    assert verdicts(run([check("a"), check("b")], target)) == {"a": "pass", "b": "fail"}


def test_all_requests_that_crash_the_worker_fail() -> None:
    names = [f"{CRASHING}{number}" for number in range(6)]
    checks = [check(name, probe(name, Expect.REJECT)) for name in names]
    result = run(checks, by_path(dict.fromkeys(names, FailureKind.DROPPED)))
    assert set(verdicts(result).values()) == {"fail"}
