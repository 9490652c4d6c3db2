"""Which failure explains another one."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.engine import Evidence, FaultKind, Outcome, Verdict
from conformance.engine.conclusions import Conclusions
from conformance.http_client import Request
from tests.engine.fakes import check, exchange


def failed(id: str) -> Outcome:
    evidence = Evidence("one", "another", exchange(Request(), 200))
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
