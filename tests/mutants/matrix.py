"""The kill matrix: what each mutant fails, of the whole catalogue.

``python -m tests.mutants.matrix`` tries all mutants on all requirements, and writes docs/kill-matrix.md.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from functools import cache
from itertools import groupby
from pathlib import Path

from conformance.contract import Catalogue, Contract
from conformance.engine import Outcome, RunResult, Verdict
from tests.forwarding.matrix import section
from tests.forwarding.mutants import mutants as mutants_of_gateways
from tests.mutants.ground import Ground, failed, small_contract
from tests.mutants.mutant import Mutant
from tests.mutants.zoo import mutants

FILE = Path(__file__).parents[2] / "docs" / "kill-matrix.md"

HEAD = """# Kill matrix

{mutants} mutants of the reference server, each with one planted fault, against the whole catalogue: each of its
{requirements} requirements of level MUST or SHOULD has one at least. A row is one mutant: the requirement that it was
made to break, and what fails with it, which are that requirement's declared relatives or, in italics, what the mutant
is known to break as well. Nothing else fails.

Written by `tox -e proof`, which is also the test of it.
"""


def row(mutant: Mutant, result: RunResult) -> str:
    """The row of *mutant* in the table."""
    others = failed(result) - {mutant.breaks}
    known = [pattern for pattern in mutant.also if any(fnmatchcase(id, pattern) for id in others)]
    shown = [f"`{id}`" for id in result.outcomes if id in others and not _matches(id, mutant.also)]
    cells = (mutant.name, f"`{mutant.breaks}`", ", ".join((*shown, *(f"*{pattern}*" for pattern in known))))
    return f"| {' | '.join(cells)} |"


def deviations(mutant: Mutant, result: RunResult, catalogue: Catalogue) -> list[str]:
    """What is not exact about *mutant*: it fails what it breaks, and none but relatives; nothing else stays open."""
    found, related = failed(result), set(catalogue[mutant.breaks].related)
    strangers = found - related - {mutant.breaks}
    lines = [] if mutant.breaks in found else [f"does not fail {mutant.breaks}"]
    lines += [f"fails {id}" for id in sorted(strangers) if not _matches(id, mutant.also)]
    lines += [f"does not fail {p}" for p in mutant.also if not any(fnmatchcase(id, p) for id in strangers)]
    unsettled = {id: o for id, o in result.outcomes.items() if o.verdict not in (Verdict.PASS, Verdict.FAIL)}
    for id, outcome in unsettled.items():
        if id not in related and not _explained(outcome, catalogue[mutant.breaks].area):
            lines.append(f"leaves {id} {outcome.verdict.value}: {outcome.reason}")
    return lines


def rows(ground: Ground) -> Iterator[tuple[str, list[str]]]:
    """The row of each mutant, and its deviations, in the order of the zoo."""
    with ProcessPoolExecutor() as pool:
        yield from pool.map(_tried, mutants(ground.contract))


def text(table: Sequence[str], zoo: Mapping[str, Mutant], catalogue: Catalogue, gateways: str) -> str:
    """The file: the rows of *table*, which are in the order of the *zoo*, by area; then the part of the *gateways*."""
    needed = [id for id, requirement in catalogue.items() if requirement.level in ("must", "should")]
    head = HEAD.format(mutants=len(zoo) + len(mutants_of_gateways()), requirements=len(needed))
    by_area = sorted(zip(zoo.values(), table, strict=True), key=lambda pair: _area(pair[0]))
    parts = [
        "\n".join(
            (
                f"\n## {area}\n",
                "| mutant | breaks | and with it |",
                "|---|---|---|",
                *(line for _, line in group),
            )
        )
        for area, group in groupby(by_area, key=lambda pair: _area(pair[0]))
    ]
    return "\n".join((head, *parts, gateways)) + "\n"


def main() -> int:
    """Write the file; 1 when a mutant is not exact, and the file is left as it was."""
    ground = _ground()
    table, wrong = [], 0
    for name, (line, deviant) in zip(mutants(ground.contract), rows(ground), strict=True):
        table.append(line)
        wrong += bool(deviant)
        for deviation in deviant:
            print(f"{name}: {deviation}", flush=True)
    gateways, deviations_of_gateways = section()
    print("\n".join(deviations_of_gateways))
    wrong += len(deviations_of_gateways)
    if not wrong:
        FILE.write_text(text(table, mutants(ground.contract), Contract.load().catalogue, gateways), "utf-8")
    print(f"{len(table)} mutants and those of gateways, {wrong} not exact")
    return min(wrong, 1)


def _tried(name: str) -> tuple[str, list[str]]:
    ground = _ground()
    mutant = mutants(ground.contract)[name]
    result = ground.claiming(mutant.claims).run(mutant.fault)
    return row(mutant, result), deviations(mutant, result, ground.contract.catalogue)


@cache
def _ground() -> Ground:
    with tempfile.TemporaryDirectory() as folder:
        return Ground.of(small_contract(Path(folder)))


def _explained(outcome: Outcome, broken: str) -> bool:
    """Whether an outcome may stay open: what it needs failed, or is not claimed, or shows in no broken answer."""
    if outcome.verdict is Verdict.UNSUPPORTED:
        return broken == "capability"
    if outcome.verdict is Verdict.NOT_TESTED:
        return broken in ("capability", "meaning", "state")
    if outcome.verdict is not Verdict.BLOCKED:
        return False
    unread = broken in ("request", "response") and outcome.requirement.area in (
        "response",
        "meaning",
        "state",
    )
    return unread or bool(outcome.blocked_by)


def _matches(id: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(id, pattern) for pattern in patterns)


def _area(mutant: Mutant) -> str:
    return mutant.breaks.split(".")[0]


if __name__ == "__main__":
    sys.exit(main())
