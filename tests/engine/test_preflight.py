"""The first request waits for a target that is starting, without flooding it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.engine import Unreachable
from conformance.http_client import Request
from tests.engine.fakes import REFUSED, FakeTarget, Result, check, run, status, verdicts


def after(times: int, first: Result) -> Callable[[Request], Result]:
    """Give the result *first* a number of times, then 200."""
    left = iter(range(times))
    return lambda request: 200 if next(left, None) is None else first


def test_a_503_at_the_start_is_retried() -> None:
    target = FakeTarget(after(2, 503))
    assert verdicts(run([check("a")], target)) == {"a": "pass"}
    assert target.times[-1] - target.times[0] > 0.3


def test_retry_after_0_does_not_flood_the_target() -> None:
    target = FakeTarget(after(10**9, status(503, retry_after="0")))
    result = run([check("a")], target, wait=1.0)
    assert verdicts(result) != {"a": "pass"}
    before = [time for time in target.times if time - target.times[0] < 0.75]
    assert len(before) <= 4


def test_a_refused_connection_is_not_retried_by_default() -> None:
    with pytest.raises(Unreachable):
        run([check("a")], after(1, REFUSED))


def test_a_refused_connection_is_retried_within_the_given_wait() -> None:
    assert verdicts(run([check("a")], after(2, REFUSED), wait=5.0)) == {"a": "pass"}


def test_the_wait_ends_after_the_given_time() -> None:
    target = FakeTarget(lambda request: REFUSED)
    with pytest.raises(Unreachable):
        run([check("a")], target, wait=0.5)
    assert 2 <= len(target.requests) <= 4
    assert target.times[-1] - target.times[0] <= 0.6


def test_other_statuses_are_not_retried() -> None:
    target = FakeTarget(after(1, status(404)))
    run([check("a")], target, wait=5.0)
    assert target.times[-1] - target.times[0] < 0.5
