"""Response times that grow during a run, and others that only vary."""

from __future__ import annotations

from random import Random

import pytest

from conformance.checks.state.whole_run import GROWTH, RATIO, Growth

RANDOM = Random(0)
LINEAR = [0.001 * n for n in range(1, 301)]
STEP = [*[0.002] * 40, *[0.25] * 260]
STEADY = [0.2 + 0.01 * RANDOM.random() for _ in range(300)]
JITTER = [0.002 + RANDOM.random() for _ in range(300)]
HEAVY_END = [*[0.002] * 200, *[1.5] * 100]
SLOW_START = [*[1.0] * 60, *[0.002] * 240]
SLOW_MIDDLE = [*[0.002] * 100, *[0.5] * 100, *[0.002] * 100]


@pytest.mark.parametrize("times", [LINEAR, STEP])
def test_times_that_grow_and_stay_long_are_found(times: list[float]) -> None:
    assert Growth.of(times, times[-5:]).is_clear()


@pytest.mark.parametrize("times", [STEADY, JITTER, SLOW_START, SLOW_MIDDLE])
def test_times_that_only_vary_have_not_grown(times: list[float]) -> None:
    assert not Growth.of(times, times[-5:]).is_clear()


def test_long_times_at_the_end_of_the_run_alone_are_no_growth() -> None:
    assert not Growth.of(HEAVY_END, HEAVY_END[-5:]).is_clear()


def test_one_short_time_without_other_load_shows_that_nothing_has_grown() -> None:
    assert not Growth.of(LINEAR, [0.3, 0.3, 0.003, 0.3]).is_clear()


def test_growth_must_be_large_relative_to_the_start_and_in_seconds() -> None:
    long = [0.5] * 5 + [0.5 + GROWTH] * 10
    assert not Growth.of(long, long[-3:]).is_clear()
    short = [0.001] * 5 + [GROWTH / 2] * 10
    assert not Growth.of(short, short[-3:]).is_clear()


def test_machine_that_is_as_much_slower_explains_the_growth() -> None:
    found = Growth.of([0.1] * 5 + [0.4] * 10, [0.4] * 5)
    assert found.is_clear()
    assert found.is_clear(slowdown=1.3)
    assert not found.is_clear(slowdown=4 / RATIO + 0.01)


def test_times_are_described_in_milliseconds() -> None:
    assert str(Growth(0.0021, 0.34, 1.2)).startswith("2 ms at the start, 340 ms in the middle, 1,200 ms at")
