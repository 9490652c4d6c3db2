from __future__ import annotations

from datetime import date

import pytest
import yaml

from conformance import Contract
from conformance.engine import Evidence, Outcome, Verdict
from conformance.report import KnownFailure, judge_standing, load_baseline
from conformance.report.baseline import UNEXPLAINED
from conformance.target import Exchange, Failure, FailureKind, Request, Response

from .comparison import (
    PROVIDER,
    PROVIDER_PATH,
    changed_findings,
    findings,
    strays,
    unexpected_verdicts,
    unsteady_verdicts,
)
from .gateway import Redirected
from .run import BASELINE, FINDINGS, PROFILE, _headers
from .upstream import PROFILE as UPSTREAM_PROFILE
from .upstream import Upstream

CONTRACT = Contract.load(profile=PROFILE)
MUST, MAY = "request.json.syntax", "request.json.byte-order-mark"
EXPLAINED = KnownFailure("src/handlers/embeddingsHandler.ts answers 500")
CALL = Redirected("POST", PROVIDER, PROVIDER_PATH)


def outcome(id: str, verdict: Verdict, *statuses: int) -> Outcome:
    evidence = tuple(
        Evidence(
            "a 4xx", str(status), Exchange(Request(), Response(status, (), b""), None, 0.1), f"probe {n}"
        )
        for n, status in enumerate(statuses)
    )
    return Outcome(CONTRACT.catalogue[id], verdict, "it is so", evidence)


def problems(verdict: Verdict, known: KnownFailure | None = None, id: str = MUST) -> list[str]:
    judged = judge_standing(outcome(id, verdict), fail_level="should", baseline={id: known} if known else {})
    return list(unexpected_verdicts({id: judged}))


def test_a_pass_and_an_explained_failure_are_expected() -> None:
    assert problems(Verdict.PASS) == []
    assert problems(Verdict.FAIL, EXPLAINED) == []


def test_a_new_failure_is_named_with_its_reason() -> None:
    assert problems(Verdict.FAIL) == [f"{MUST}: fail: it is so"]


def test_a_new_failure_of_a_may_is_named_too() -> None:
    assert len(problems(Verdict.FAIL, id=MAY)) == 1


def test_a_known_failure_that_passes_is_stale() -> None:
    (problem,) = problems(Verdict.PASS, EXPLAINED)
    assert "stale" in problem


def test_a_failure_without_a_reason_is_not_known() -> None:
    assert len(problems(Verdict.FAIL, KnownFailure(UNEXPLAINED))) == 1


def test_an_expired_entry_no_longer_counts() -> None:
    assert len(problems(Verdict.FAIL, KnownFailure("until then", date(2020, 1, 1)))) == 1


@pytest.mark.parametrize(
    "verdict", [Verdict.NOT_TESTED, Verdict.UNSUPPORTED, Verdict.INCONCLUSIVE, Verdict.ERROR]
)
@pytest.mark.parametrize("known", [None, EXPLAINED])
def test_what_was_not_judged_is_never_expected(verdict: Verdict, known: KnownFailure | None) -> None:
    assert len(problems(verdict, known)) == 1


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


def test_the_baseline_names_requirements_of_the_profile_and_explains_each() -> None:
    baseline = load_baseline(BASELINE, CONTRACT.catalogue)
    assert baseline
    assert UNEXPLAINED not in {known.reason for known in baseline.values()}


def test_the_baseline_and_the_findings_name_the_same_requirements() -> None:
    known = yaml.safe_load(FINDINGS.read_text("utf-8"))
    assert set(known) == set(load_baseline(BASELINE, CONTRACT.catalogue))


def test_the_upstream_wants_a_bearer_token_and_nothing_else() -> None:
    security = Contract.load(profile=UPSTREAM_PROFILE).security
    assert [scheme.header for scheme in security.schemes] == ["Authorization"]
    assert security.alternatives == (frozenset({"Provider-Auth"}),)


def test_the_gateway_gets_credentials_for_every_alternative_of_its_profile() -> None:
    headers = _headers(Upstream("127.0.0.1:1", "http://127.0.0.1:1/v1", "token"))
    given = {s.name for s in CONTRACT.security.schemes if s.extract(headers[s.header])}
    assert all(alternative <= given for alternative in CONTRACT.security.alternatives)
