"""``Expect: 100-continue``: what a slow server shows, and what it does not."""

from __future__ import annotations

import pytest

from conformance.checks import build_suite
from conformance.contract import Contract
from conformance.engine import Check, NotObservable, ProbeResult
from conformance.http_client import CONTINUE_SECONDS, Exchange, Response
from tests.mutants.setup import credentials

CONTRACT = Contract.load()
FAST, SLOW, LATE = 0.0, 0.75 * CONTINUE_SECONDS, 1.5 * CONTINUE_SECONDS


@pytest.fixture(scope="module")
def check() -> Check:
    return build_suite(CONTRACT, credentials(CONTRACT)).checks["http.expect"]


def failures(check: Check, plain: float, *waiting: float, interim: tuple[int, ...] = ()) -> int:
    """The failures if a request without Expect takes *plain* seconds, and the requests with it take *waiting*.

    *interim* are the statuses that come before each response to these.
    """
    exchanges = [
        Exchange(probe.request, Response(200, (), b"{}"), None, seconds, interim=interim if number else ())
        for number, (probe, seconds) in enumerate(zip(check.probes, (plain, *waiting), strict=True))
    ]
    results = [ProbeResult(*pair) for pair in zip(check.probes, exchanges, strict=True)]
    return len(list(check.judge(results)))


def test_server_that_waits_for_the_body_fails(check: Check) -> None:
    assert failures(check, FAST, LATE, LATE, FAST, FAST) == 1
    assert failures(check, FAST, LATE, LATE, LATE, LATE) == 2


def test_one_late_response_is_not_a_failure(check: Check) -> None:
    assert failures(check, FAST, LATE, FAST, FAST, LATE) == 0


def test_slow_server_that_responds_before_the_body_passes(check: Check) -> None:
    assert failures(check, SLOW, SLOW, SLOW, SLOW, SLOW) == 0
    assert failures(check, LATE, SLOW, LATE, SLOW, LATE) == 0


def test_server_that_responds_with_100_may_be_slow_afterwards(check: Check) -> None:
    assert failures(check, FAST, LATE, LATE, LATE, LATE, interim=(100,)) == 0


def test_server_that_is_slow_without_expect_too_is_not_judged(check: Check) -> None:
    with pytest.raises(NotObservable):
        failures(check, SLOW, LATE, LATE, LATE, LATE)
