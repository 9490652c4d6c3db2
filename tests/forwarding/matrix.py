"""The kill matrix of area forwarding: what each mutant of a gateway fails, of that area.

A fault of a gateway shows in other areas too: who drops dimensions answers in the wrong length. So it is the area
alone that is exact.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance import Report
from conformance.engine import Outcome, Verdict
from tests.forwarding.mutants import Mutant, mutants
from tests.forwarding.pairs import run_pair

HEAD = """
## forwarding

Mutants of a small gateway, against the area alone.

| mutant | breaks | and with it |
|---|---|---|"""


def section() -> tuple[str, list[str]]:
    """The part of the kill matrix, and what is not exact about it."""
    tried = [(mutant, run_pair(mutant.gateway)) for mutant in mutants().values()]
    text = "\n".join((HEAD, *(row(mutant, report) for mutant, report in tried)))
    return text, [f"{m.name}: {deviation}" for m, report in tried for deviation in deviations(m, report)]


def row(mutant: Mutant, report: Report) -> str:
    """The row of *mutant* in the table."""
    others = ", ".join(f"`{o.requirement.id}`" for o in _failed(report) if o.requirement.id != mutant.breaks)
    return f"| {mutant.name} | `{mutant.breaks}` | {others} |"


def deviations(mutant: Mutant, report: Report) -> list[str]:
    """What is not exact about *mutant*: it fails what it breaks, and none but relatives; nothing else stays open."""
    outcomes = report.result.outcomes
    failed = {outcome.requirement.id for outcome in _failed(report)}
    kin = {mutant.breaks, *report.contract.catalogue[mutant.breaks].related}
    lines = [] if mutant.breaks in failed else [f"does not fail {mutant.breaks}"]
    lines += [f"fails {id}" for id in sorted(failed - kin)]
    for id in report.result.selected:
        outcome = outcomes[id]
        if outcome.verdict not in (Verdict.PASS, Verdict.FAIL) and id not in kin and not outcome.blocked_by:
            lines.append(f"leaves {id} {outcome.verdict.value}: {outcome.reason}")
    return lines


def _failed(report: Report) -> Iterator[Outcome]:
    for outcome in report.result.outcomes.values():
        if outcome.verdict is Verdict.FAIL:
            yield outcome
