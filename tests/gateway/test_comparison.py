from __future__ import annotations

import pytest
import yaml

from conformance import Contract
from conformance.engine import Evidence, Outcome, Verdict
from conformance.http_client import Exchange, Failure, FailureKind, Request, Response
from conformance.report import load_baseline
from tests.gateway.comparison import (
    PROVIDER,
    PROVIDER_PATH,
    changed_findings,
    findings,
    load_differences,
    unexpected_calls,
)
from tests.gateway.gateway import EXAMPLE, Redirected
from tests.gateway.run import BASELINE, FINDINGS, PROFILE, _headers
from tests.servers.example import FOLDER, load

CONTRACT = Contract.load(profile=PROFILE)
MUST, MAY = "request.json.syntax", "request.json.byte-order-mark"
CALL = Redirected("POST", PROVIDER, PROVIDER_PATH)


def outcome(id: str, verdict: Verdict, *statuses: int) -> Outcome:
    evidence = tuple(
        Evidence(
            "a 4xx", str(status), Exchange(Request(), Response(status, (), b""), None, 0.1), f"probe {n}"
        )
        for n, status in enumerate(statuses)
    )
    return Outcome(CONTRACT.catalogue[id], verdict, "a reason", evidence)


def test_findings_contain_every_failing_exchange() -> None:
    outcomes = [outcome(MUST, Verdict.FAIL, *[500] * 9), outcome(MAY, Verdict.PASS)]
    assert findings(outcomes) == {MUST: {f"probe {n}": 500 for n in range(9)}}


def test_finding_without_a_response_has_the_kind_of_failure() -> None:
    failure = Failure(FailureKind.TIMEOUT, "no response in 6 s")
    evidence = Evidence("a 4xx", "nothing", Exchange(Request(), None, failure, 6.0), "a probe")
    failed = Outcome(CONTRACT.catalogue[MUST], Verdict.FAIL, "", (evidence,))
    assert findings([failed]) == {MUST: {"a probe": "timeout"}}


def test_order_of_findings_does_not_matter() -> None:
    assert not list(changed_findings({MUST: {"a": 500, "b": 200}}, {MUST: {"b": 200, "a": 500}}))


@pytest.mark.parametrize(
    ("now", "known", "change"),
    [
        ({MUST: {"a": 500}}, {}, f"{MUST}, a: expected no failure, found 500"),
        ({}, {MUST: {"a": 500}}, f"{MUST}, a: expected 500, found no failure"),
        ({MUST: {"a": 200}}, {MUST: {"a": 500}}, f"{MUST}, a: expected 500, found 200"),
    ],
)
def test_lists_changed_findings(
    now: dict[str, dict[str, int | str]], known: dict[str, dict[str, int | str]], change: str
) -> None:
    assert list(changed_findings(now, known)) == [change]


def test_equal_runs_have_no_differences() -> None:
    run = [outcome(MUST, Verdict.FAIL, 500), outcome(MAY, Verdict.PASS)]
    assert not list(load_differences(run, run, "concurrency 32"))


def test_lists_a_verdict_that_depends_on_the_load() -> None:
    first, second = [outcome(MAY, Verdict.PASS)], [outcome(MAY, Verdict.INCONCLUSIVE)]
    assert list(load_differences(first, second, "concurrency 32")) == [
        f"{MAY}: pass in the first run, inconclusive with concurrency 32"
    ]


@pytest.mark.parametrize(("second", "differences"), [(Verdict.NOT_TESTED, 0), (Verdict.PASS, 1)])
def test_requirement_that_a_load_cannot_test_is_not_tested(second: Verdict, differences: int) -> None:
    runs = [outcome(MAY, Verdict.PASS)], [outcome(MAY, second)]
    assert len(list(load_differences(*runs, "concurrency 1", [MAY]))) == differences


def test_lists_an_exchange_that_depends_on_the_load() -> None:
    first, second = [outcome(MUST, Verdict.FAIL, 500)], [outcome(MUST, Verdict.FAIL, 500, 200)]
    assert list(load_differences(first, second, "concurrency 1")) == [
        f"{MUST}, probe 1: expected no failure, found 200 with concurrency 1"
    ]


def test_calls_of_the_provider_are_expected() -> None:
    assert not list(unexpected_calls([CALL, Redirected("GET", PROVIDER, PROVIDER_PATH), CALL], []))


def test_connection_outside_loopback_is_unexpected() -> None:
    assert list(unexpected_calls([CALL], ["lookup telemetry.invalid"])) == [
        "the gateway tried to connect outside loopback: lookup telemetry.invalid"
    ]


@pytest.mark.parametrize("other", [("api.mistral.ai", PROVIDER_PATH), (PROVIDER, "/v1/models")])
def test_lists_a_call_to_another_host_once(other: tuple[str, str]) -> None:
    (call,) = unexpected_calls([CALL, *[Redirected("POST", *other)] * 3], [])
    assert "".join(other) in call


def test_reports_a_gateway_without_calls() -> None:
    assert len(list(unexpected_calls([], []))) == 1


def test_findings_have_the_requirements_of_the_baseline() -> None:
    known = yaml.safe_load(FINDINGS.read_text("utf-8"))
    entries = load_baseline(BASELINE, CONTRACT.catalogue)
    assert set(known) == {id for id in entries if CONTRACT.catalogue[id].area != "forwarding"}


def test_gateway_gets_credentials_for_every_alternative() -> None:
    headers = _headers(load(FOLDER / EXAMPLE).variables("http://127.0.0.1:1/v1", "token"))
    given = {s.name for s in CONTRACT.security.schemes if s.extract(headers[s.header])}
    assert all(alternative <= given for alternative in CONTRACT.security.alternatives)
