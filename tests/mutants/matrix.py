"""The kill matrix: the requirements that each mutant fails, of the whole catalogue.

``python -m tests.mutants.matrix`` tests all mutants with all requirements, and writes docs/kill-matrix.md.
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
from tests.forwarding.mutants import mutants as gateway_mutants
from tests.hostile.index import QUICK, SERVERS
from tests.mutants.all_mutants import mutants
from tests.mutants.mutant import Mutant
from tests.mutants.setup import Setup, failed, small_contract
from tests.stability.matrix import stability_section
from tests.stability.mutants import mutants as stability_mutants

FILE = Path(__file__).parents[2] / "docs" / "kill-matrix.md"

HEAD = """# Kill matrix

Every check can fail, and fails only for faults in its subject. The page lists {mutants} mutants: the reference server,
or a gateway, with one fault each. The whole catalogue was run against each faulty server, the area `forwarding`
against each faulty gateway, and the area `stability` with a snapshot of the correct server. Each of the
{requirements} requirements of level MUST or SHOULD has at least one mutant.

A row has the mutant, the requirement that it breaks, and the other requirements that fail with it. These are declared
as related to the first one, or, in italics, as unavoidable failures of this mutant. No other requirement fails.

`tox -e proof` writes and verifies this page.
"""


def row(mutant: Mutant, result: RunResult) -> str:
    """The row of *mutant* in the table."""
    others = failed(result) - {mutant.breaks}
    known = [pattern for pattern in mutant.also if any(fnmatchcase(id, pattern) for id in others)]
    shown = [f"`{id}`" for id in result.outcomes if id in others and not _matches(id, mutant.also)]
    cells = (mutant.name, f"`{mutant.breaks}`", ", ".join((*shown, *(f"*{pattern}*" for pattern in known))))
    return f"| {' | '.join(cells)} |"


def deviations(mutant: Mutant, result: RunResult, catalogue: Catalogue) -> list[str]:
    """How *mutant* is not exact: it must fail its requirement, and no unrelated one; all others must be settled."""
    found, related = failed(result), set(catalogue[mutant.breaks].related)
    unrelated = found - related - {mutant.breaks}
    lines = [] if mutant.breaks in found else [f"does not fail {mutant.breaks}"]
    lines += [f"fails {id}" for id in sorted(unrelated) if not _matches(id, mutant.also)]
    lines += [f"does not fail {p}" for p in mutant.also if not any(fnmatchcase(id, p) for id in unrelated)]
    unsettled = {id: o for id, o in result.outcomes.items() if o.verdict not in (Verdict.PASS, Verdict.FAIL)}
    for id, outcome in unsettled.items():
        if id not in related and not _explained(outcome, catalogue[mutant.breaks].area):
            lines.append(f"leaves {id} {outcome.verdict.value}: {outcome.reason}")
    return lines


def rows(setup: Setup) -> Iterator[tuple[str, list[str]]]:
    """The row of each mutant and its deviations, in the order of the mutants."""
    with ProcessPoolExecutor() as pool:
        yield from pool.map(_test, mutants(setup.contract))


def text(table: Sequence[str], all_mutants: Mapping[str, Mutant], catalogue: Catalogue, others: str) -> str:
    """The file: the rows of *table*, in the order of *all_mutants*, by area; then the *others*: other sections."""
    needed = [id for id, requirement in catalogue.items() if requirement.level in ("must", "should")]
    count = (
        len(all_mutants) + len(gateway_mutants()) + len(stability_mutants()) + len(broken_by_connections())
    )
    head = HEAD.format(mutants=count, requirements=len(needed))
    by_area = sorted(zip(all_mutants.values(), table, strict=True), key=lambda pair: _area(pair[0]))
    parts = [
        "\n".join(
            (
                f"\n## {area}\n",
                "| mutant | breaks | also fails |",
                "|---|---|---|",
                *(line for _, line in group),
            )
        )
        for area, group in groupby(by_area, key=lambda pair: _area(pair[0]))
    ]
    return "\n".join((head, *parts, connections(), others)) + "\n"


def connections() -> str:
    """The section on servers with a fault in their connections or process; tests/hostile verifies it."""
    lines = [f"| {name} | `{id}` |  |" for name, id in broken_by_connections().items()]
    return "\n".join(("\n## connections\n", "| mutant | breaks | also fails |", "|---|---|---|", *lines))


def broken_by_connections() -> dict[str, str]:
    """The requirement that each server of the default tests of tests/hostile breaks, by the server's name."""
    return {name: fails[0] for name in QUICK if len(fails := SERVERS[name].expected.fails) == 1}


def main() -> int:
    """Write the file. If a mutant is not exact, return 1 and do not write."""
    setup = _setup()
    table, wrong = [], 0
    for name, (line, deviant) in zip(mutants(setup.contract), rows(setup), strict=True):
        table.append(line)
        wrong += bool(deviant)
        for deviation in deviant:
            print(f"{name}: {deviation}", flush=True)
    sections = [section(), stability_section()]
    other_deviations = [deviation for _, found in sections for deviation in found]
    print("\n".join(other_deviations))
    wrong += len(other_deviations)
    if not wrong:
        others = "\n".join(part for part, _ in sections)
        FILE.write_text(text(table, mutants(setup.contract), Contract.load().catalogue, others), "utf-8")
    print(f"{len(table)} mutants, and those of gateways and snapshots; {wrong} are not exact")
    return min(wrong, 1)


def _test(name: str) -> tuple[str, list[str]]:
    setup = _setup()
    mutant = mutants(setup.contract)[name]
    result = setup.for_mutant(mutant).run(mutant.fault)
    return row(mutant, result), deviations(mutant, result, setup.contract.catalogue)


@cache
def _setup() -> Setup:
    with tempfile.TemporaryDirectory() as folder:
        return Setup.of(small_contract(Path(folder)))


def _explained(outcome: Outcome, broken: str) -> bool:
    """Whether an outcome may be unsettled: a prerequisite failed, is unsupported, or cannot be observed."""
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
