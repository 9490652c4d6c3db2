"""The kill matrix of area ``stability``: the requirements of the area that each server with other vectors fails."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.contract import Contract
from conformance.engine import RunResult, Verdict
from tests.mutants.setup import failed
from tests.stability.mutants import Mutant, mutants
from tests.stability.runs import run_with_snapshot

HEAD = """
## stability

Mutants of the reference server, compared with a snapshot of it. Only the requirements of this area were run against
them.

| mutant | breaks | also fails |
|---|---|---|"""


def stability_section() -> tuple[str, list[str]]:
    """The section of the kill matrix, and its deviations."""
    results = [(mutant, run_with_snapshot(mutant.fault).result) for mutant in mutants().values()]
    text = "\n".join((HEAD, *(row(mutant, result) for mutant, result in results)))
    return text, [f"{mutant.name}: {d}" for mutant, result in results for d in deviations(mutant, result)]


def row(mutant: Mutant, result: RunResult) -> str:
    """The row of *mutant* in the table."""
    others = [f"`{id}`" for id in result.outcomes if id in failed(result) and id != mutant.breaks]
    return f"| {mutant.name} | `{mutant.breaks}` | {', '.join(others)} |"


def deviations(mutant: Mutant, result: RunResult) -> Iterator[str]:
    """Deviations of *mutant*: it must fail its requirement; all others of the area must be settled."""
    if mutant.breaks not in failed(result):
        yield f"does not fail {mutant.breaks}"
    related = {mutant.breaks, *Contract.load().catalogue[mutant.breaks].related}
    yield from (f"fails {id}" for id in sorted(failed(result) - related))
    for id in result.selected:
        if result.outcomes[id].verdict not in (Verdict.PASS, Verdict.FAIL):
            yield f"leaves {id} {result.outcomes[id].verdict.value}: {result.outcomes[id].reason}"
