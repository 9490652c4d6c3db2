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
    strays,
    unsteady_verdicts,
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
    return Outcome(CONTRACT.catalogue[id], verdict, "it is so", evidence)


def test_findings_hold_every_failing_exchange_by_its_probe() -> None:
    outcomes = [outcome(MUST, Verdict.FAIL, *[500] * 9), outcome(MAY, Verdict.PASS)]
    assert findings(outcomes) == {MUST: {f"probe {n}": 500 for n in range(9)}}


def test_a_failing_exchange_without_an_answer_is_found_by_its_kind() -> None:
    failure = Failure(FailureKind.TIMEOUT, "no complete answer within 6 s")
    evidence = Evidence("a 4xx", "nothing", Exchange(Request(), None, failure, 6.0), "a probe")
    failed = Outcome(CONTRACT.catalogue[MUST], Verdict.FAIL, "", (evidence,))
    assert findings([failed]) == {MUST: {"a probe": "timeout"}}


def test_equal_findings_have_not_changed_whatever_their_order() -> None:
    assert not list(changed_findings({MUST: {"a": 500, "b": 200}}, {MUST: {"b": 200, "a": 500}}))


@pytest.mark.parametrize(
    ("now", "known", "change"),
    [
        ({MUST: {"a": 500}}, {}, f"{MUST}, a: expected no failure, found 500"),
        ({}, {MUST: {"a": 500}}, f"{MUST}, a: expected 500, found no failure"),
        ({MUST: {"a": 200}}, {MUST: {"a": 500}}, f"{MUST}, a: expected 500, found 200"),
    ],
)
def test_changed_findings_are_named(
    now: dict[str, dict[str, int | str]], known: dict[str, dict[str, int | str]], change: str
) -> None:
    assert list(changed_findings(now, known)) == [change]


def test_runs_that_find_the_same_are_steady() -> None:
    run = [outcome(MUST, Verdict.FAIL, 500), outcome(MAY, Verdict.PASS)]
    assert not list(unsteady_verdicts(run, run, "32 requests at once"))


def test_another_verdict_under_another_load_is_unsteady() -> None:
    first, again = [outcome(MAY, Verdict.PASS)], [outcome(MAY, Verdict.INCONCLUSIVE)]
    assert list(unsteady_verdicts(first, again, "32 requests at once")) == [
        f"{MAY}: pass at first, inconclusive with 32 requests at once"
    ]


def test_another_failing_exchange_under_another_load_is_unsteady() -> None:
    first, again = [outcome(MUST, Verdict.FAIL, 500)], [outcome(MUST, Verdict.FAIL, 500, 200)]
    assert list(unsteady_verdicts(first, again, "1 request at once")) == [
        f"{MUST}, probe 1: expected no failure, found 200 with 1 request at once"
    ]


def test_calls_of_the_provider_are_no_strays() -> None:
    assert not list(strays([CALL, Redirected("GET", PROVIDER, PROVIDER_PATH), CALL], []))


def test_an_attempt_to_leave_loopback_is_a_stray() -> None:
    assert list(strays([CALL], ["lookup telemetry.invalid"])) == [
        "the gateway tried to leave loopback: lookup telemetry.invalid"
    ]


@pytest.mark.parametrize("other", [("api.mistral.ai", PROVIDER_PATH), (PROVIDER, "/v1/models")])
def test_a_call_of_another_place_is_a_stray_and_named_once(other: tuple[str, str]) -> None:
    (stray,) = strays([CALL, *[Redirected("POST", *other)] * 3], [])
    assert "".join(other) in stray


def test_a_gateway_that_calls_nobody_is_not_redirected() -> None:
    assert len(list(strays([], []))) == 1


def test_the_findings_name_the_requirements_of_the_baseline_but_for_those_of_a_played_upstream() -> None:
    known = yaml.safe_load(FINDINGS.read_text("utf-8"))
    entries = load_baseline(BASELINE, CONTRACT.catalogue)
    assert set(known) == {id for id in entries if CONTRACT.catalogue[id].area != "forwarding"}


def test_the_gateway_gets_credentials_for_every_alternative_of_its_profile() -> None:
    headers = _headers(load(FOLDER / EXAMPLE).variables("http://127.0.0.1:1/v1", "token"))
    given = {s.name for s in CONTRACT.security.schemes if s.extract(headers[s.header])}
    assert all(alternative <= given for alternative in CONTRACT.security.alternatives)
