"""A target that is still starting is waited for, without a flood."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.engine import Unreachable
from conformance.http_client import Request
from tests.engine.fakes import REFUSED, Answered, FakeTarget, check, run, status, verdicts


def after(times: int, first: Answered) -> Callable[[Request], Answered]:
    """Answers *first* so many times, and 200 from then on."""
    left = iter(range(times))
    return lambda request: 200 if next(left, None) is None else first


def test_a_503_at_the_start_is_waited_for() -> None:
    target = FakeTarget(after(2, 503))
    assert verdicts(run([check("a")], target)) == {"a": "pass"}
    assert target.times[-1] - target.times[0] > 0.3


def test_a_target_that_asks_for_no_pause_is_not_flooded() -> None:
    target = FakeTarget(after(10**9, status(503, retry_after="0")))
    result = run([check("a")], target, wait=1.0)
    assert verdicts(result) != {"a": "pass"}
    before = [time for time in target.times if time - target.times[0] < 0.75]
    assert len(before) <= 4


def test_a_refused_connection_is_not_waited_for_unless_asked() -> None:
    with pytest.raises(Unreachable):
        run([check("a")], after(1, REFUSED))


def test_a_refused_connection_is_waited_for_as_long_as_asked() -> None:
    assert verdicts(run([check("a")], after(2, REFUSED), wait=5.0)) == {"a": "pass"}


def test_waiting_ends() -> None:
    target = FakeTarget(lambda request: REFUSED)
    with pytest.raises(Unreachable):
        run([check("a")], target, wait=0.5)
    assert 2 <= len(target.requests) <= 4
    assert target.times[-1] - target.times[0] <= 0.6


def test_what_can_not_be_mended_by_waiting_is_not_waited_for() -> None:
    target = FakeTarget(after(1, status(404)))
    run([check("a")], target, wait=5.0)
    assert target.times[-1] - target.times[0] < 0.5
