"""The checks about the whole run, in runs that send little else."""

from __future__ import annotations

from conformance.checks.state.whole_run import CANARIES, MEASURED
from tests.mutants.setup import Setup


def test_short_run_sends_the_plainest_text_often_enough(small: Setup) -> None:
    result = small.run(selected=["state.same-text"])
    assert result.outcomes["state.same-text"].verdict == "pass"
    assert CANARIES <= len(result.canary_times) <= CANARIES + 2


def test_short_run_measures_response_times_often_enough(small: Setup) -> None:
    result = small.run(selected=["state.latency"])
    assert result.outcomes["state.latency"].verdict == "pass"
    assert MEASURED <= len(result.canary_times) <= MEASURED + 2


def test_long_run_has_sent_the_plainest_text_often_enough(small: Setup) -> None:
    result = small.run(selected=["state.same-text", "request.rejection.status", "http.error.json"])
    own = result.outcomes["state.same-text"].requests
    assert own < CANARIES
    assert len(result.canary_times) >= CANARIES
