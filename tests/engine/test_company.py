"""A worker that dies takes its neighbours with it: none of them is to blame."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from conformance.engine import Check, Expect, Load
from conformance.http_client import FailureKind, Request
from tests.engine.fakes import FakeTarget, by_path, check, probe, run, verdicts

DEADLY = "bad"


class Worker:
    """Dies of the request DEADLY, and drops with it all that is under way; another takes its place at once."""

    def __init__(self, drop: int | FailureKind = FailureKind.DROPPED) -> None:
        self._drop, self._died = drop, 0

    async def __call__(self, request: Request) -> int | FailureKind:
        lives = self._died
        await asyncio.sleep(0.002)
        if request.path.strip("/") == DEADLY:
            self._died += 1
        return 200 if lives == self._died else self._drop


def checks() -> Sequence[Check]:
    return [check(DEADLY, probe(DEADLY, Expect.REJECT)), check("a"), check("b"), check("c")]


@pytest.mark.parametrize("concurrency", [1, 2, 8, 32])
@pytest.mark.parametrize("drop", [FailureKind.DROPPED, 502])
def test_only_the_request_that_brought_it_down_fails(drop: int | FailureKind, concurrency: int) -> None:
    target = FakeTarget(Worker(drop))
    result = run(checks(), target, load=Load(concurrency=concurrency))
    assert verdicts(result) == {DEADLY: "fail", "a": "pass", "b": "pass", "c": "pass"}


def test_who_is_dropped_is_sent_again_with_nothing_else_under_way() -> None:
    worker = Worker()
    at_once: list[int] = []

    async def behave(request: Request) -> int | FailureKind:
        at_once.append(target.running)
        return await worker(request)

    target = FakeTarget(behave)
    run(checks(), target)
    assert sorted(target.paths) == ["a", "a", "b", "b", DEADLY, "c", "c"]
    assert at_once[-3:] == [1, 1, 1]


def test_who_is_dropped_among_harmless_requests_is_not_excused() -> None:
    dropped = iter([FailureKind.DROPPED])
    target = FakeTarget(lambda request: next(dropped, 200) if request.path == "/b" else 200)
    assert verdicts(run([check("a"), check("b")], target)) == {"a": "pass", "b": "fail"}
    assert sorted(target.paths) == ["a", "b"]


def test_many_that_break_it_are_all_found() -> None:
    names = [f"{DEADLY}{number}" for number in range(6)]
    checks = [check(name, probe(name, Expect.REJECT)) for name in names]
    result = run(checks, by_path(dict.fromkeys(names, FailureKind.DROPPED)))
    assert set(verdicts(result).values()) == {"fail"}
