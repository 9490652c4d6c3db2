"""The kill matrix of area ``forwarding``: the requirements of the area that each faulty gateway fails.

A fault of a gateway may fail other areas too: without dimensions, vectors have the wrong length. So only the area
itself is exact.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance import Report
from conformance.engine import Outcome, Verdict
from tests.forwarding.gateway_runs import run_gateway
from tests.forwarding.mutants import Mutant, mutants

HEAD = """
## forwarding

Mutants of a small gateway. Only the requirements of this area were run against them.

| mutant | breaks | also fails |
|---|---|---|"""


def section() -> tuple[str, list[str]]:
    """The section of the kill matrix, and its deviations."""
    results = [(mutant, run_gateway(mutant.gateway)) for mutant in mutants().values()]
    text = "\n".join((HEAD, *(row(mutant, report) for mutant, report in results)))
    return text, [f"{m.name}: {deviation}" for m, report in results for deviation in deviations(m, report)]


def row(mutant: Mutant, report: Report) -> str:
    """The row of *mutant* in the table."""
    others = ", ".join(f"`{o.requirement.id}`" for o in _failed(report) if o.requirement.id != mutant.breaks)
    return f"| {mutant.name} | `{mutant.breaks}` | {others} |"


def deviations(mutant: Mutant, report: Report) -> list[str]:
    """Deviations of *mutant*: it must fail its requirement, and only related ones; all others must be settled."""
    outcomes = report.result.outcomes
    failed = {outcome.requirement.id for outcome in _failed(report)}
    related = {mutant.breaks, *report.contract.catalogue[mutant.breaks].related}
    lines = [] if mutant.breaks in failed else [f"does not fail {mutant.breaks}"]
    lines += [f"fails {id}" for id in sorted(failed - related)]
    for id in report.result.selected:
        outcome = outcomes[id]
        if (
            outcome.verdict not in (Verdict.PASS, Verdict.FAIL)
            and id not in related
            and not outcome.blocked_by
        ):
            lines.append(f"leaves {id} {outcome.verdict.value}: {outcome.reason}")
    return lines


def _failed(report: Report) -> Iterator[Outcome]:
    for outcome in report.result.outcomes.values():
        if outcome.verdict is Verdict.FAIL:
            yield outcome
