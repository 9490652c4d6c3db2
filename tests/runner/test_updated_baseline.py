"""What an updated baseline lists."""

from __future__ import annotations

import pytest

from conformance.contract import Contract
from conformance.engine import Outcome, Verdict
from conformance.report import Judged, Standing
from conformance.runner.outputs import _belongs

CATALOGUE = Contract.load().catalogue
ROOT, BLOCKED = "response.count", "state.out-of-vocabulary"


def judged(id: str, verdict: Verdict, blocked_by: str = "") -> Judged:
    return Judged(Outcome(CATALOGUE[id], verdict, "a reason", blocked_by=blocked_by), Standing.BAD)


@pytest.mark.parametrize(
    ("root", "belongs"),
    [
        (Verdict.FAIL, True),
        (Verdict.INCONCLUSIVE, False),
        (Verdict.ERROR, False),
        (Verdict.NOT_TESTED, False),
    ],
)
def test_what_a_requirement_without_a_verdict_blocks_does_not_belong_to_it(
    root: Verdict, belongs: bool
) -> None:
    blocked = judged(BLOCKED, Verdict.BLOCKED, ROOT)
    assert _belongs(blocked, {ROOT: judged(ROOT, root), BLOCKED: blocked}) is belongs
