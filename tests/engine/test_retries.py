"""429 and 503 are retried after the time that the target requests, within a limit."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from conformance.engine import Load
from conformance.engine.retry import FIRST_PAUSE, retry_after
from conformance.http_client import Request, Response
from tests.engine.fakes import FakeTarget, check, exchange, probe, run, status, verdicts

RETRY_NOW = status(429, retry_after="0")


def in_turn(*responses: int | Response) -> Callable[[Request], int | Response]:
    """Give the probe ``a`` these responses in turn, and the last one repeatedly; other probes get 200."""
    left = list(responses)

    def behave(request: Request) -> int | Response:
        if request.path != "/a":
            return 200
        return left.pop(0) if len(left) > 1 else left[0]

    return behave


@pytest.mark.parametrize("code", [429, 503])
def test_a_busy_target_gets_the_request_again(code: int) -> None:
    target = FakeTarget(in_turn(status(code, retry_after="0"), status(code, retry_after="0"), 200))
    assert verdicts(run([check("a")], target)) == {"a": "pass"}
    assert target.paths == ["a", "a", "a"]


def test_retry_after_in_seconds_is_honored() -> None:
    target = FakeTarget(in_turn(status(429, retry_after="1"), 200))
    run([check("a")], target)
    assert 1.0 <= target.times[2] - target.times[1] < 2.0


def test_retry_after_as_a_date_is_honored() -> None:
    def behave(request: Request) -> int | Response:
        if request.path == "/a" and not target.paths[1:]:
            later = datetime.now(UTC) + timedelta(minutes=10)
            return status(429, retry_after=format_datetime(later, usegmt=True))
        return 200

    target = FakeTarget(behave)
    assert verdicts(run([check("a")], target, load=Load(retry_seconds=1000))) == {"a": "pass"}
    assert 500 <= target.times[2] - target.times[1] <= 600  # dates count from the real time


def test_repeated_429s_are_inconclusive_after_a_limited_number_of_tries() -> None:
    target = FakeTarget(in_turn(RETRY_NOW))
    result = run([check("a")], target, load=Load(tries=3))
    assert verdicts(result) == {"a": "inconclusive"}
    assert target.paths == ["a"] * 3
    assert "429" in result.outcomes["a"].reason


def test_a_pause_beyond_the_retry_limit_is_not_waited_for() -> None:
    target = FakeTarget(in_turn(status(429, retry_after="3600")))
    assert verdicts(run([check("a")], target, load=Load(retry_seconds=1))) == {"a": "inconclusive"}
    assert target.paths == ["a"]


def test_repeated_503s_to_one_probe_are_a_failure_if_canaries_pass() -> None:
    result = run([check("a")], in_turn(status(503, retry_after="0")))
    assert verdicts(result) == {"a": "fail"}
    assert result.outcomes["a"].evidence[0].actual == "the server responded with 503"


def test_repeated_503s_are_inconclusive_if_the_canary_gets_them_too() -> None:
    calls = Counter[str]()

    def behave(request: Request) -> int | Response:
        calls[request.path] += 1
        return 200 if sum(calls.values()) == 1 else status(503, retry_after="0")

    assert verdicts(run([check("a")], behave)) == {"a": "inconclusive"}


def test_evidence_of_one_probe_outweighs_an_inconclusive_one() -> None:
    def behave(request: Request) -> int | Response:
        if request.path == "/x":
            return RETRY_NOW
        return 500 if request.path == "/y" else 200

    assert verdicts(run([check("a", probe("x"), probe("y"))], behave)) == {"a": "fail"}


def test_a_429_with_retry_after_pauses_all_requests() -> None:
    checks = [check(name) for name in "abcdefgh"]
    target = FakeTarget(in_turn(status(429, retry_after="1"), 200))
    run(checks, target, load=Load(concurrency=1))
    assert target.paths[0] == "a"
    assert all(sent - target.times[1] >= 0.99 for sent in target.times[2:])


def test_a_503_without_retry_after_pauses_no_other_request() -> None:
    checks = [check(name) for name in "abcdefgh"]
    target = FakeTarget(in_turn(503, 200))
    assert set(verdicts(run(checks, target)).values()) == {"pass"}
    others = [t for t, request in zip(target.times, target.requests, strict=True) if request.path != "/a"]
    assert max(others) - min(others) < 0.5


def test_many_429s_end_the_retries() -> None:
    checks = [check(f"c{number}") for number in range(100)]
    target = FakeTarget(lambda request: 200 if request.path == "/canary" else RETRY_NOW)
    result = run(checks, target, load=Load(concurrency=1))
    assert set(verdicts(result).values()) == {"inconclusive"}
    assert len(target.paths) < 110


def test_many_429s_end_the_retries_of_concurrent_requests() -> None:
    checks = [check(f"c{number}") for number in range(100)]
    target = FakeTarget(lambda request: 200 if request.path == "/canary" else RETRY_NOW)
    run(checks, target, load=Load(concurrency=8, tries=4))
    assert len(target.paths) < 150


def test_a_target_that_stops_sending_429_is_tested_further() -> None:
    checks = [check(f"c{number}") for number in range(20)]
    target = FakeTarget(lambda request: RETRY_NOW if 1 < len(target.requests) < 12 else 200)
    found = Counter(verdicts(run(checks, target, load=Load(concurrency=1, tries=2))).values())
    assert found["pass"] > 8
    assert found["inconclusive"] > 5


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("Wed, 21 Oct 2015 07:28:00 -0000", 0.0),
        ("9" * 400, float("inf")),
        *[
            (invalid, FIRST_PAUSE)
            for invalid in (
                "",
                "soon",
                "-5",
                "1.5",
                "²",
                "\N{FULLWIDTH DIGIT ONE}",
                "Mon, 32 Jan 2020 00:00:00 GMT",
                "Wed, 21 Oct 2015 07:28:00 +99999999",
            )
        ],
    ],
)
def test_retry_after_is_parsed_and_invalid_values_are_ignored(value: str, seconds: float) -> None:
    busy = exchange(Request(), status(503, retry_after=value))
    assert retry_after(busy, 1) == seconds


@pytest.fixture
def in_new_york(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The time zone of this machine."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("in_new_york")
@pytest.mark.parametrize(
    "form", ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"]
)
def test_dates_of_each_format_are_in_utc(form: str) -> None:
    later = time.strftime(form, time.gmtime(time.time() + 600))
    busy = exchange(Request(), status(503, retry_after=later))
    assert 500 <= retry_after(busy, 1) <= 600


def test_pauses_grow_without_retry_after() -> None:
    busy = exchange(Request(), 503)
    assert [retry_after(busy, attempt) / FIRST_PAUSE for attempt in (1, 2, 3)] == [1, 2, 4]


def test_waiting_for_a_slot_does_not_count_as_retry_time() -> None:
    rejected_once = iter([True])

    async def behave(request: Request) -> int | Response:
        await asyncio.sleep(0.1)
        return RETRY_NOW if request.path == "/z" and next(rejected_once, False) else 200

    checks = [check(name) for name in "abcdz"]
    result = run(checks, behave, load=Load(concurrency=1, retry_seconds=0.2))
    assert set(verdicts(result).values()) == {"pass"}
