"""Which failure explains another one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from conformance.engine import Evidence, Expect, FaultKind, Outcome, ProbeResult, Verdict
from conformance.engine.conclusions import Conclusions
from conformance.engine.evidence import BESIDE
from conformance.engine.judged import Judged
from conformance.http_client import Request
from tests.engine.fakes import check, exchange, probe


def failed(id: str, condition: str = "") -> Outcome:
    evidence = Evidence("one", "another", exchange(Request(), 200), reproduction=condition)
    return Outcome(check(id).requirement, Verdict.FAIL, "", evidence=(evidence,))


@pytest.mark.parametrize(
    ("of_others", "verdict"), [({"counts"}, Verdict.BLOCKED), (set[str](), Verdict.FAIL)]
)
def test_load_explains_what_only_requests_of_other_checks_have_shown(
    of_others: Any, verdict: Verdict
) -> None:
    ids = ("load", "counts")
    catalogue: Any = {id: check(id).requirement for id in ids}
    conclusions = Conclusions(catalogue, ids, {FaultKind.LOAD: "load"}, lambda outcome: None)
    for id in ids:
        conclusions.add(failed(id))
    conclusions.attribute_to_load(of_others=of_others)
    found = conclusions.complete("")
    assert (found["load"].verdict, found["counts"].verdict) == (Verdict.FAIL, verdict)


@pytest.mark.parametrize(
    ("severity", "of_valid", "verdict"),
    [
        ("security", {"access"}, Verdict.BLOCKED),
        ("security", set[str](), Verdict.FAIL),
        ("wrong-data", set[str](), Verdict.BLOCKED),
    ],
)
def test_load_explains_a_failure_of_security_only_if_valid_requests_did_not_succeed(
    severity: str, of_valid: Any, verdict: Verdict
) -> None:
    outcomes = [failed("load"), failed("access", BESIDE)]
    requirement = replace(outcomes[1].requirement, severity=severity)
    catalogue: Any = {"load": outcomes[0].requirement, "access": requirement}
    conclusions = Conclusions(catalogue, [*catalogue], {FaultKind.LOAD: "load"}, lambda outcome: None)
    conclusions.add(outcomes[0])
    conclusions.add(replace(outcomes[1], requirement=requirement))
    conclusions.attribute_to_load(of_valid=of_valid)
    assert conclusions.complete("")["access"].verdict == verdict


@pytest.mark.parametrize(
    ("expect", "shown", "is_of_valid"),
    [(Expect.ACCEPT, 400, True), (Expect.ACCEPT, 200, False), (Expect.REJECT, 500, False)],
)
def test_a_failure_is_of_valid_requests_only_if_these_did_not_succeed(
    expect: Expect, shown: int, is_of_valid: bool
) -> None:
    result = ProbeResult(probe("a", expect), exchange(Request(), shown))
    failure = replace(failed("a"), evidence=(Evidence("one", "another", result.exchange),))
    assert Judged(check("a"), (result,), None).is_of_valid(failure) is is_of_valid
