"""Measurements of a run: credentials and latency."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.contract import Contract
from conformance.engine import RunResult
from conformance.http_client import Exchange, Failure, FailureKind, Request
from conformance.report.model.metrics import MAX_CANARIES, canary_metrics, credential_metrics, latency_metrics


@pytest.mark.parametrize(
    ("status", "result"),
    [(200, "accepted"), (204, "neither"), (302, "neither"), (403, "refused"), (500, "neither")],
)
def test_each_set_of_credentials_has_an_expectation_and_a_result(
    status: int, result: str, contract: Contract, exchange: Any
) -> None:
    alternative = contract.security.alternatives[0]
    found = credential_metrics(contract.security, {alternative: exchange(status=status)})
    assert len(found["sets"]) == 2 ** len(found["schemes"])
    accepted = [s for s in found["sets"] if s["expected"] == "accepted"]
    assert len(accepted) == sum(contract.security.accepts(names) for names in contract.security.subsets())
    (one,) = [s for s in found["sets"] if frozenset(s["schemes"]) == alternative]
    assert (one["expected"], one["found"], one["status"]) == ("accepted", result, status)
    assert {s["found"] for s in found["sets"] if s is not one} == {None}


def test_a_set_without_a_response_is_neither_accepted_nor_rejected(contract: Contract) -> None:
    dropped = Exchange(Request(), None, Failure(FailureKind.DROPPED, "connection lost"), 0.1)
    found = credential_metrics(contract.security, {frozenset(): dropped})
    assert found["sets"][0] == {"schemes": [], "expected": "refused", "found": "neither", "status": None}


def test_latency_counts_each_exchange_once_in_an_area(result: Any) -> None:
    run: RunResult = result({"request.type": "pass", "http.method.get": "pass", "http.method.put": "pass"})
    seconds = {"request.type": (0.5,), "http.method.get": (0.1, 0.2, 0.3), "http.method.put": (0.3, 0.4, 0.5)}
    timed = {id: replace(o, seconds=seconds.get(id, ())) for id, o in run.outcomes.items()}
    request, http = latency_metrics(replace(run, outcomes=timed))
    assert (request["area"], request["requests"], request["median"]) == ("request", 1, 0.5)
    assert request["minimum"] == request["p95"] == request["maximum"] == 0.5
    assert (http["area"], http["requests"]) == ("http", 5)
    assert (http["minimum"], http["median"], http["maximum"]) == (0.1, 0.3, 0.5)
    assert (http["lower_quartile"], http["upper_quartile"]) == (0.2, 0.4)


def test_canaries_of_the_whole_run_are_in_a_report_at_most_a_fixed_number_of_them(result: Any) -> None:
    run: RunResult = result({})
    assert canary_metrics(run) == []
    assert canary_metrics(replace(run, canary_times=[(1.23456, 0.00123456)])) == [
        {"after": 1.235, "seconds": 0.001235}
    ]
    many = canary_metrics(replace(run, canary_times=[(float(n), 0.5) for n in range(5000)]))
    assert MAX_CANARIES / 2 < len(many) <= MAX_CANARIES
    assert many[0]["after"] == 0
    assert many[-1]["after"] == pytest.approx(5000, rel=0.01)
